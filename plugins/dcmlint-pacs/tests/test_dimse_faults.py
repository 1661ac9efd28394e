"""What DIMSE peers do wrong: each fault is told once where it is, and not told of peers without it."""

from __future__ import annotations

import logging
import random
import socket
import ssl
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from broken_scp import FAULTS, broken_scp
from command_line import CLEAN
from counterparts import certified
from dcmlint_pacs.dimse import link, wire
from dcmlint_pacs.dimse.source import DimseSource

from dcmlint.errors import UnreadableError, UsageError
from dcmlint.linter import Linter
from dcmlint.source import Asked, Entry

FILES = [CLEAN / f"{name}.dcm" for name in ("cr", "ct", "dx", "ecg", "enhanced_ct", "sr_text")]


@pytest.fixture(scope="module", autouse=True)
def two_of_a_series(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """One Series has a second Instance."""
    from pydicom import dcmread

    second = dcmread(CLEAN / "ct.dcm")
    second.SOPInstanceUID += ".2"
    second.file_meta.MediaStorageSOPInstanceUID = second.SOPInstanceUID
    file = tmp_path_factory.mktemp("second") / "ct.dcm"
    second.save_as(file)
    FILES.append(file)
    yield
    FILES.remove(file)


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(link, "PAUSES_S", (0.01, 0.02))
    monkeypatch.setattr(link, "GIVEN_UP_S", 0.3)


def told(location: str, asked: Asked = Asked(), *, opens: bool = True) -> Counter[str]:  # noqa: B008
    """Return the rules of all that is told of a peer: by its listing, with objects, and of objects by two
    rules that compare them with what the peer says of them."""
    source, linter, found = DimseSource(), Linter(), Counter[str]()
    source.ask(asked)
    for entry in list(source.entries(location)):
        if entry.problem:
            found[entry.rule or "file/unreadable"] += 1
            continue
        if not opens:
            continue
        try:
            blob = source.open(entry)
        except UnreadableError as error:
            found[error.rule] += 1
            continue
        found.update(remark.rule for remark in blob.remarks)
        told_of_it = {each.rule for each in linter.content(blob.buf, "").report.findings}
        found.update(told_of_it & {"file/sop-instance-mismatch", "file/transfer-syntax-mismatch"})
    return found


def test_nothing_is_told_of_a_peer_without_faults() -> None:
    with broken_scp(FILES) as location:
        assert not told(location)


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_is_told_by_its_rule_alone(fault: str) -> None:
    with broken_scp(FILES, fault) as location:
        found = told(location, opens=not FAULTS[fault].startswith("interop/find-"))
    assert set(found) == {FAULTS[fault]}
    if FAULTS[fault].startswith("interop/find-"):
        assert sum(found.values()) == 1, "what is wrong with each answer is told once"


def test_answers_that_do_not_match_the_filter_are_told_and_left_out() -> None:
    asked = Asked(where=(("Modality", "CT"),))
    with broken_scp(FILES, "ignores-filter") as location:
        assert told(location, asked) == {"interop/filter-ignored": 1}
    with broken_scp(FILES) as location:
        assert not told(location, asked)
        source = DimseSource()
        source.ask(asked)
        assert 0 < len(list(source.entries(location))) < len(FILES)


def test_reasons_have_no_values_in_them() -> None:
    with broken_scp(FILES, "other-study") as location:
        problems = [each.problem for each in DimseSource().entries(location) if each.problem]
    assert problems == [
        "answers at level SERIES have another StudyInstanceUID (0020,000D) than asked for (in 1 of 1)"
    ]


def test_patients_are_above_studies_where_the_peer_knows_no_other_model() -> None:
    with broken_scp(FILES, model="patient") as location:
        source = DimseSource()
        entries = list(source.entries(location))
        assert [each.path for each in entries] == sorted(each.path for each in entries)
        assert len(entries) == len(FILES)
        assert all(source.open(each).buf for each in entries)


def test_a_rejection_says_what_to_check() -> None:
    with broken_scp(FILES, calling=["SOMEBODY"]) as location:
        found = list(DimseSource().entries(location))
    assert found == [
        Entry(
            location,
            True,
            "the association is rejected for good: it does not know our AE title as calling (DCMLINT_AET)",
            "dimse",
        )
    ]


def test_a_peer_that_is_not_there_is_one_problem() -> None:
    found = list(DimseSource().entries("dimse://NOBODY@127.0.0.1:9"))
    assert [each.problem for each in found] == ["the connection is refused: nothing listens there"]


def test_a_peer_that_does_not_answer_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "ANSWER_S", 0.2)
    with broken_scp(FILES, waits_s=lambda: 1.0) as location:
        found = list(DimseSource().entries(location))
    assert [each.problem for each in found] == ["there is no answer in time"]


def test_a_peer_that_is_gone_meanwhile_gives_reasons(monkeypatch: pytest.MonkeyPatch) -> None:
    source = DimseSource()
    with broken_scp(FILES) as location:
        entries = list(source.entries(location))
    monkeypatch.setattr(link, "GIVEN_UP_S", 30)
    begun = time.monotonic()
    for entry in entries:
        with pytest.raises(UnreadableError, match=r"connection is refused|closed the connection"):
            source.open(entry)
    assert time.monotonic() - begun < 5


def test_an_association_that_broke_is_renewed() -> None:
    source = DimseSource()
    with broken_scp(FILES) as location:
        entries = list(source.entries(location))
        source.open(entries[0])
        for each in source._links.values():
            for association, _ in each._kept.values():
                association._wire.close()
        assert source.open(entries[0]).buf


def test_an_object_beyond_the_bound_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    from dcmlint_pacs.dimse import retrieve

    monkeypatch.setattr(retrieve, "MOST_BYTES", 500)
    source = DimseSource()
    with broken_scp(FILES) as location:
        entry = next(source.entries(location))
        with pytest.raises(UnreadableError, match="it has more than 500 bytes"):
            source.open(entry)


def test_a_sop_class_that_is_not_told_is_learnt() -> None:
    source = DimseSource()
    with broken_scp(FILES) as location:
        for entry in list(source.entries(location)):
            assert source.open(entry).buf == source.open(entry._replace(etag="")).buf


def test_the_bytes_are_those_that_came(tmp_path: Path) -> None:
    """A Data Set is what a C-STORE has, and the file that is kept is what is checked."""
    from dimse_compare import data_set

    source = DimseSource()
    source.ask(Asked(keep=str(tmp_path)))
    originals = {data_set(each.read_bytes()) for each in FILES}
    with broken_scp(FILES) as location:
        for entry in list(source.entries(location)):
            content = source.open(entry).buf
            assert data_set(content) in originals
            study, series, instance = entry.path.split("/")[4::2]
            assert (tmp_path / study / series / f"{instance}.dcm").read_bytes() == content
    assert not list(tmp_path.rglob("*.part"))


def test_nothing_of_an_object_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    from pydicom import dcmread

    caplog.set_level(logging.DEBUG)
    with broken_scp(FILES, "no-key") as location:
        caplog.clear()
        source = DimseSource()
        names = [str(dcmread(each).PatientName) for each in FILES]
        entries = [each for each in source.entries(location) if not each.problem]
        source.open(entries[0])
        ours = [each.getMessage() for each in caplog.records if "dcmlint" in each.name]
    assert not ours
    assert not any(name in repr(each) for name in names for each in entries)


def test_tls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The certificate must be trusted and be of the host; else the reason says so."""
    certificate, key = certified(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with broken_scp(FILES, tls=context) as location:
        untrusted = [each.problem for each in DimseSource().entries(location)]
        monkeypatch.setenv("DCMLINT_TLS_CA", certificate)
        source = DimseSource()
        entries = list(source.entries(location))
        assert len(entries) == len(FILES)
        assert source.open(entries[0]).buf
        elsewhere = [
            each.problem for each in DimseSource().entries(location.replace("localhost", "127.0.0.1"))
        ]
    reason = "its certificate is not trusted, or is of another host (see DCMLINT_TLS_CA)"
    assert untrusted == elsewhere == [reason]


@pytest.mark.parametrize(
    ("where", "message"),
    [
        ("Modalty", "Did you mean Modality?"),
        ("(0009,0001)", "no Attribute of PS3.6"),
        ("ProcedureCodeSequence", "cannot be asked for"),
        ("QueryRetrieveLevel", "no key of a query"),
    ],
)
def test_what_cannot_be_asked_is_said_without_the_value(where: str, message: str) -> None:
    with pytest.raises(UsageError) as raised:
        DimseSource().ask(Asked(where=((where, "SECRET"),)))
    assert message in str(raised.value)
    assert "SECRET" not in str(raised.value)


@pytest.mark.parametrize("end", ["/studies", "/studies/1.2/instances/3", "/patients/1", "/studies//series/1"])
def test_other_locations_below_a_peer_are_refused(end: str) -> None:
    with pytest.raises(UsageError, match="After AE title, host and port"):
        DimseSource().root(f"dimse://X@127.0.0.1:104{end}")


HOSTILE = {
    "closes": b"",
    "half a header": b"\2\0\0",
    "a length that lies": b"\2\0\0\0\0\x40abc",
    "a PDU without end": b"\2\0\xff\xff\xff\xff" + bytes(100),
    "an empty acceptance": b"\2\0\0\0\0\0",
    "an acceptance of noise": b"\2\0\0\0\0\x50" + bytes(range(80)),
    "an acceptance of zeros": b"\2\0\0\0\0\x60" + bytes(96),
    "a rejection without reason": b"\3\0\0\0\0\0",
    "a rejection of unknown kind": b"\3\0\0\0\0\4\0\x09\x09\x09",
    "an abort": b"\7\0\0\0\0\4\0\0\0\0",
    "data": b"\4\0\0\0\0\6\0\0\0\2\1\3",
    "an unknown type": b"\x99\0\0\0\0\0",
    "HTTP": b"HTTP/1.1 400 Bad Request\r\n\r\n",
}


@pytest.mark.parametrize("what", HOSTILE)
def test_a_peer_that_is_no_dicom_peer_is_a_problem(what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "ANSWER_S", 0.3)
    with answering(HOSTILE[what]) as port:
        found = list(DimseSource().entries(f"dimse://X@127.0.0.1:{port}"))
    assert len(found) == 1
    assert found[0].problem
    assert not found[0].is_place


@pytest.mark.parametrize("seed", range(20))
def test_a_command_set_of_noise_is_no_exception_but_value_error(seed: int) -> None:
    from dcmlint_pacs.dimse import command, identifier

    source = random.Random(seed)
    for _ in range(500):
        noise = source.randbytes(source.randrange(80))
        told = command.encoded({"CommandField": 1, "MessageID": 1}, has_content=False)
        at = source.randrange(len(told))
        for raw in (noise, told[:at] + noise + told[at + len(noise) :]):
            with suppress(ValueError):
                command.decoded(raw)
            for is_implicit in (True, False):
                with suppress(ValueError):
                    identifier.decoded(raw, is_implicit=is_implicit)


@contextmanager
def answering(content: bytes) -> Iterator[int]:
    """Give the port of a server that answers whatever comes with some bytes, and closes."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            with suppress(OSError):
                while True:
                    connection, _ = listener.accept()
                    with connection:
                        connection.recv(1 << 16)
                        connection.sendall(content)

        threading.Thread(target=serve, daemon=True).start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
