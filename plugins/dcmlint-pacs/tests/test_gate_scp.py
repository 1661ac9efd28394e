"""The Storage SCP of the gate, with DCMTK and pynetdicom as SCUs."""

from __future__ import annotations

import json
import ssl
import subprocess
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from counterparts import certified, dcmtk, has_dcmtk, storescu
from dcmlint_pacs.gate import service
from dcmlint_pacs.gate.config import Allow, Choice, Limits, Tls
from dcmlint_pacs.gate.incoming import Incoming
from dcmlint_pacs.gate.meta import IMPLEMENTATION_CLASS_UID
from dcmlint_pacs.gate.model import NoRoomError
from dcmlint_pacs.gate.respond import store_response
from gate_process import data_set_hash, images
from gates import CLEAN, Answered, altered, associated, gate, sent, small_disk

CT = CLEAN / "ct.dcm"
MISSING = "module/missing-type-2"


def objects(folder: Path) -> dict[str, list[Path]]:
    """The files of a spool by shelf, without those of its state."""
    found: dict[str, list[Path]] = {}
    for path in folder.rglob("*"):
        shelf = path.relative_to(folder).parts[0]
        if path.is_file() and shelf != "state":
            found.setdefault(shelf, []).append(path)
    return found


@pytest.mark.skipif(not has_dcmtk(), reason="DCMTK is not installed")
def test_what_dcmtk_sends_is_kept_byte_by_byte(tmp_path: Path) -> None:
    from pydicom import dcmread

    files = sorted(CLEAN.glob("*.dcm"))
    with gate(tmp_path, otherwise="accept", decide=()) as running:
        assert running.scp is not None
        port = running.scp.port
        echo = [str(dcmtk("echoscu")), "-aec", "DCMLINT", "127.0.0.1", str(port)]
        assert subprocess.run(echo, check=False).returncode == 0
        done = storescu(port, "-xf", _profile(tmp_path), "Default", *map(str, files), aec="DCMLINT")
        assert done.returncode == 0, done.stdout
        reference = {data_set_hash(path) for path in files}
    kept = objects(tmp_path)["accepted"]
    assert len(kept) == len(files)
    assert len(reference & {data_set_hash(path) for path in kept}) >= len(files) - 2  # DCMTK encodes anew
    meta = dcmread(kept[0]).file_meta
    assert meta.ImplementationClassUID == IMPLEMENTATION_CLASS_UID
    assert meta.SourceApplicationEntityTitle == "STORESCU"
    assert meta.MediaStorageSOPInstanceUID == dcmread(kept[0]).SOPInstanceUID


def _profile(folder: Path) -> str:
    """An association of DCMTK with all Storage SOP Classes of the fixtures, each in its Transfer Syntax."""
    from pydicom import dcmread

    pairs = sorted(
        {(meta.MediaStorageSOPClassUID, meta.TransferSyntaxUID)
         for meta in (dcmread(path, stop_before_pixels=True).file_meta for path in CLEAN.glob("*.dcm"))}
    )  # fmt: skip
    syntaxes = sorted({syntax for _, syntax in pairs})
    lines = ["[[TransferSyntaxes]]"]
    for number, syntax in enumerate(syntaxes):
        lines += [f"[Syntax{number}]", f"TransferSyntax1 = {syntax}"]
    lines += ["[[PresentationContexts]]", "[Contexts]"]
    for number, (sop_class, syntax) in enumerate(pairs, 1):
        lines.append(f"PresentationContext{number} = {sop_class}\\Syntax{syntaxes.index(syntax)}")
    lines += ["[[Profiles]]", "[Default]", "PresentationContexts = Contexts"]
    file = folder / "associations.cfg"
    file.write_text("\n".join(lines) + "\n")
    return str(file)


def test_what_pynetdicom_sends_is_kept_byte_by_byte(tmp_path: Path) -> None:
    files = sorted(CLEAN.glob("*.dcm"))
    with gate(tmp_path, decide=()) as running:
        assert {answer.status for answer in sent(running.scp.port, *files)} == {0}
    kept = objects(tmp_path)["accepted"]
    assert sorted(map(data_set_hash, kept)) == sorted(map(data_set_hash, files))


def test_an_object_with_an_error_goes_to_quarantine_and_is_warned_about(tmp_path: Path) -> None:
    faulty = altered(tmp_path / "in.dcm", PatientName="SECRET^NAME", PatientSex=None)
    with gate(tmp_path / "spool") as running:
        assert sent(running.scp.port, faulty) == [Answered(0xB007, f"quarantined: {MISSING}")]
        snapshot = running.events.snapshot()
        log = running.log._stream.getvalue()  # type: ignore[attr-defined]
    note, kept = sorted(objects(tmp_path / "spool")["quarantine"], key=lambda path: path.suffix != ".json")
    assert data_set_hash(kept) == data_set_hash(faulty)
    said = json.loads(note.read_text())
    assert (said["rule"], said["calling"], said["how"]) == (MISSING, "TESTSCU", "C-STORE")
    found = next(each for each in said["findings"] if each["rule"] == MISSING)
    assert (found["severity"], found["times"]) == ("error", 1)
    assert snapshot.counters["objects", "quarantine"] == 1
    assert snapshot.counters["findings", MISSING] == 1
    assert snapshot.senders[0].rules[MISSING] == 1
    state = b"".join(path.read_bytes() for path in (tmp_path / "spool" / "state").iterdir())
    for text in (log, note.read_text(), repr(snapshot), state.decode("latin-1")):
        assert "SECRET" not in text


def test_an_object_that_is_refused_is_not_kept(tmp_path: Path) -> None:
    faulty = altered(tmp_path / "in.dcm", PatientSex=None)
    decide = (Choice("refuse", rule=("module/*",), severity="error"),)
    with gate(tmp_path / "spool", decide=decide) as running:
        assert sent(running.scp.port, faulty, CT) == [
            Answered(0xA900, f"refused: {MISSING}"),
            Answered(0x0000, ""),
        ]
    assert list(objects(tmp_path / "spool")) == ["accepted"]


def test_an_object_that_is_not_what_its_sender_calls_it_is_refused(tmp_path: Path) -> None:
    from pydicom import dcmread

    dataset = dcmread(CT)
    dataset.file_meta.MediaStorageSOPInstanceUID = "1.2.3"
    dataset.save_as(tmp_path / "in.dcm")
    with gate(tmp_path / "spool") as running:
        answers = sent(running.scp.port, tmp_path / "in.dcm")
    assert answers == [Answered(0xA900, "another SOP Instance UID in the Data Set")]
    assert objects(tmp_path / "spool") == {}


def test_the_same_object_again_and_another_with_its_uid(tmp_path: Path) -> None:
    other = altered(tmp_path / "other.dcm", InstanceNumber=4711)
    with gate(tmp_path / "spool") as running:
        answers = sent(running.scp.port, CT, CT, other, other)
        counters = running.events.snapshot().counters
    assert {answer.status for answer in answers} == {0}
    kept = objects(tmp_path / "spool")["accepted"]
    assert sorted(map(data_set_hash, kept)) == sorted([data_set_hash(CT), data_set_hash(other)])
    assert counters["duplicates", ""] == 2
    assert counters["notes", "other content under a known SOP Instance UID: both are kept"] == 2


@pytest.mark.parametrize(
    ("allow", "options", "rejected"),
    [
        (Allow(), {"ae_title": "OTHER"}, (1, 1, 7)),
        (Allow(called=("OTHER",)), {"ae_title": "OTHER"}, None),
        (Allow(called=("*",)), {"ae_title": "WHATEVER"}, None),
        (Allow(calling=("CT1",)), {}, (1, 1, 3)),
        (Allow(calling=("CT1",)), {"calling": "CT1"}, None),
        (Allow(addresses=("127.0.0.0/8",)), {}, None),
    ],
)
def test_who_is_let_in(tmp_path: Path, allow: Allow, options: Any, rejected: tuple[int, ...] | None) -> None:
    with gate(tmp_path, allow=allow) as running, associated(running.scp.port, **options) as association:
        assert association.is_established == (rejected is None)
        if rejected:
            primitive = association.acceptor.primitive
            assert (primitive.result, primitive.result_source, primitive.diagnostic) == rejected


def test_an_address_that_is_not_allowed_is_closed(tmp_path: Path) -> None:
    with gate(tmp_path, allow=Allow(addresses=("10.0.0.0/8",))) as running:
        with associated(running.scp.port) as association:
            assert not association.is_established
        assert "refused: address not allowed" in running.log._stream.getvalue()  # type: ignore[attr-defined]


@pytest.mark.parametrize("limits", [Limits(associations=2, reserve=0), Limits(per_address=2, reserve=0)])
def test_no_more_associations_than_allowed(tmp_path: Path, limits: Limits) -> None:
    with gate(tmp_path, limits=limits) as running:
        port = running.scp.port
        with associated(port) as one, associated(port) as two, associated(port) as three:
            assert (one.is_established, two.is_established) == (True, True)
            primitive = three.acceptor.primitive
            assert (primitive.result, primitive.result_source, primitive.diagnostic) == (2, 3, 2)
        _until(lambda: running.scp.connections == 0)
        with associated(port) as again:
            assert again.is_established


def test_back_pressure_rejects_for_now(tmp_path: Path) -> None:
    with (
        gate(tmp_path, limits=Limits(reserve=1 << 60)) as running,
        associated(running.scp.port) as association,
    ):
        primitive = association.acceptor.primitive
        assert (primitive.result, primitive.result_source, primitive.diagnostic) == (2, 3, 1)


def test_an_object_that_is_too_large(tmp_path: Path) -> None:
    large = altered(tmp_path / "large.dcm", ImageComments="x" * 9000, SOPInstanceUID="1.2.3")
    limits = Limits(object=CT.stat().st_size + 2000, reserve=0)
    with gate(tmp_path / "spool", limits=limits) as running:
        answers = sent(running.scp.port, large, CT)
    assert answers == [Answered(0xA700, "out of resources: the object is too large"), Answered(0, "")]
    assert {shelf: len(files) for shelf, files in objects(tmp_path / "spool").items()} == {"accepted": 1}


def test_a_disk_that_is_full_for_a_while(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write, calls = Incoming.write, []

    def full(self: Incoming, part: Any) -> None:
        calls.append(len(part))
        if len(calls) == 2:
            raise NoRoomError
        write(self, part)

    monkeypatch.setattr(Incoming, "write", full)
    with gate(tmp_path) as running:
        answers = sent(running.scp.port, CT, CT)
        counters = running.events.snapshot().counters
    assert answers == [Answered(0xA700, "out of resources: no room on the disk"), Answered(0, "")]
    assert len(objects(tmp_path)["accepted"]) == 1
    assert (counters["objects", "refuse"], counters["objects", "accept"]) == (1, 1)


def test_a_disk_that_is_really_full(tmp_path: Path) -> None:
    files = images(tmp_path / "objects", 9, 200 << 10)
    with small_disk(tmp_path / "disk") as disk:
        with gate(disk / "spool") as running:
            answers = sent(running.scp.port, *files)
            assert [answer.status for answer in answers[:2]] == [0, 0]
            full = Answered(0xA700, "out of resources: no room on the disk")
            assert set(answers) == {Answered(0, ""), full}
            count = answers.count(Answered(0, ""))
            kept = objects(disk / "spool")
            assert list(kept) == ["accepted"]
            assert {data_set_hash(path) for path in kept["accepted"]} <= set(map(data_set_hash, files))
            assert len(kept["accepted"]) == count
            kept["accepted"][0].unlink()
            assert sent(running.scp.port, files[-1]) == [Answered(0, "")]
        assert len(objects(disk / "spool")["accepted"]) == count


def test_a_fault_of_the_gate_is_answered_and_logged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with gate(tmp_path) as running:
        monkeypatch.setattr(running.intake, "take", lambda _: 1 // 0)
        answers = sent(running.scp.port, CT)
        monkeypatch.undo()
        assert answers == [Answered(0xA700, "out of resources: a fault of the gate")]
        assert "(ZeroDivisionError)" in running.log._stream.getvalue()  # type: ignore[attr-defined]
        assert objects(tmp_path) == {}
        assert sent(running.scp.port, CT) == [Answered(0, "")]


@pytest.mark.parametrize("unrestricted", [False, True])
def test_private_sop_classes_come_in_if_they_are_let_in(tmp_path: Path, unrestricted: bool) -> None:
    from pydicom import dcmread

    dataset = dcmread(CT)
    dataset.SOPClassUID = dataset.file_meta.MediaStorageSOPClassUID = "1.2.826.0.1.3680043.8.498.1.2"
    dataset.save_as(tmp_path / "in.dcm")
    with gate(tmp_path / "spool", unrestricted=unrestricted, decide=()) as running:
        with associated(running.scp.port, tmp_path / "in.dcm") as association:
            assert bool(association.accepted_contexts) == unrestricted
        if unrestricted:
            assert sent(running.scp.port, tmp_path / "in.dcm")[0].status == 0


@pytest.mark.parametrize("comment", [None, "quarantined: module/missing-type-1"])
def test_a_response_is_what_pynetdicom_would_send(comment: str | None) -> None:
    from pynetdicom.dimse_messages import C_STORE_RSP
    from pynetdicom.dimse_primitives import C_STORE

    primitive = C_STORE()
    primitive.MessageIDBeingRespondedTo = 7
    primitive.AffectedSOPClassUID = "1.2.840.10008.5.1.4.1.1.2"
    primitive.AffectedSOPInstanceUID = "1.2.3"
    primitive.Status = 0xB007
    primitive.ErrorComment = comment
    message = C_STORE_RSP()
    message.primitive_to_message(primitive)
    (part,) = message.encode_msg(1, 16382)
    assert part.presentation_data_value_list == [(1, b"\x03" + store_response(primitive))]


def test_an_association_that_is_aborted_leaves_nothing(tmp_path: Path) -> None:
    with gate(tmp_path) as running:
        with associated(running.scp.port, CT) as association:
            send, parts = association.dul.send_pdu, []

            def some(primitive: Any) -> None:
                parts.append(primitive)
                if len(parts) < 2:
                    send(primitive)

            association.dul.send_pdu = some
            sender = threading.Thread(target=association.send_c_store, args=(CT,), daemon=True)
            sender.start()
            _until(lambda: list((tmp_path / "incoming").iterdir()))
            association.dul.send_pdu = send
            association.abort()
        _until(lambda: running.scp.connections == 0)
        assert objects(tmp_path) == {}
        assert sent(running.scp.port, CT) == [Answered(0, "")]


def test_the_gate_stops_though_an_association_is_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "_STOP_S", 0.5)
    with gate(tmp_path) as running, associated(running.scp.port) as association:
        began = time.monotonic()
        running.scp.stop(0.5)
        assert time.monotonic() - began < 5
        _until(lambda: association.is_aborted)
    assert association.is_aborted


def test_the_feed_of_events(tmp_path: Path) -> None:
    scanned = altered(
        tmp_path / "in.dcm", Manufacturer="Acme", ManufacturerModelName="Rapid", StationName="R7"
    )
    for show, device in ((False, "Acme / Rapid"), (True, "Acme / Rapid / R7")):
        with gate(tmp_path / str(show), show_station=show) as running:
            sent(running.scp.port, scanned, calling="CT1")
            (happening,) = running.events.since(0)
            assert running.events.since(happening.number) == []
        assert (happening.device, happening.calling_aet, happening.address) == (device, "CT1", "127.0.0.1")
        assert (happening.action, happening.status, happening.how) == ("accept", 0, "C-STORE")


def test_counters_go_on_after_a_restart(tmp_path: Path) -> None:
    for round_ in (1, 2):
        with gate(tmp_path) as running:
            sent(running.scp.port, CT)
            assert running.events.snapshot().counters["objects", "accept"] == round_
    (tmp_path / "state" / "counters.json").write_text("damaged")
    with gate(tmp_path) as running:
        assert running.events.snapshot().counters == {}


def test_waivers_end_on_their_day_though_the_gate_runs_on(tmp_path: Path) -> None:
    with gate(tmp_path) as running:
        inspector = running.intake._inspector
        linter = inspector._linter
        sent(running.scp.port, CT)
        assert inspector._linter is linter
        inspector._day = inspector._day.replace(year=2001)
        assert sent(running.scp.port, CT) == [Answered(0, "")]
        assert inspector._linter is not linter


def test_an_object_that_the_linter_fails_on_goes_where_errors_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with gate(tmp_path) as running:
        monkeypatch.setattr(running.intake._inspector._linter, "file", lambda _: 1 // 0)
        assert sent(running.scp.port, CT) == [Answered(0xB007, "quarantined: internal/check-failed")]
    assert {path.suffix for path in objects(tmp_path)["quarantine"]} == {".dcm", ".json"}


def test_quarantine_can_be_a_success_to_the_sender(tmp_path: Path) -> None:
    faulty = altered(tmp_path / "in.dcm", PatientSex=None)
    with gate(tmp_path / "spool", quarantined="success") as running:
        assert sent(running.scp.port, faulty) == [Answered(0x0000, f"quarantined: {MISSING}")]
    assert list(objects(tmp_path / "spool")) == ["quarantine"]


@pytest.mark.parametrize("with_client", [False, True])
def test_tls(tmp_path: Path, with_client: bool) -> None:
    certificate, key = certified(tmp_path)
    tls = Tls(certificate, key, certificate if with_client else "")
    with gate(tmp_path / "spool", tls=tls) as running:
        context = ssl.create_default_context(cafile=certificate)
        if with_client:
            with associated(running.scp.port, CT, tls_args=(context, "localhost")) as association:
                assert not association.is_established or not association.send_c_store(CT)
            context.load_cert_chain(certificate, key)
        assert sent(running.scp.port, CT, tls_args=(context, "localhost")) == [Answered(0, "")]
        with associated(running.scp.port) as plain:
            assert not plain.is_established


def test_what_cannot_be_used_is_told_at_the_start(tmp_path: Path) -> None:
    from dcmlint.errors import UsageError

    with gate(tmp_path / "one") as running:
        config = replace(running.config, spool=str(tmp_path / "two"), port=running.scp.port)
        with pytest.raises(UsageError, match="cannot be had"), service.running(config):
            pass
        with (
            pytest.raises(UsageError, match="cannot be used"),
            service.running(replace(config, port=0, tls=Tls("none", "none"))),
        ):
            pass
        wrong = replace(config, port=0, decide=(Choice("refuse", rule=("modul/*",)),))
        with pytest.raises(UsageError, match="there is no rule"), service.running(wrong):
            pass


def _until(is_so: Any) -> None:
    end = time.monotonic() + 10
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.01)
