"""What the gate sends on: to DCMTK, to Orthanc, to targets that are down, that refuse, or that come late."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from counterparts import certified, free_port, has_dcmtk, has_orthanc, orthanc, storescp
from dcmlint_pacs.gate import lane
from dcmlint_pacs.gate.config import Choice, Forward, Http, Limits, Tls
from dcmlint_pacs.gate.journal import Journal
from dcmlint_pacs.gate.send_web import _answer
from dcmlint_pacs.gate.target import NotReachedError, meaning
from dcmlint_pacs.peer import peer_of
from gate_process import data_set_hash
from gates import CLEAN, Answered, altered, gate, sent

CT, MR = CLEAN / "ct.dcm", CLEAN / "mr.dcm"


class Target(NamedTuple):
    """A target that answers as it is told, and what it received: SOP Instance UIDs and Data Sets."""

    port: int
    received: list[tuple[str, bytes]]

    @property
    def location(self) -> str:
        return f"dimse://TARGET@127.0.0.1:{self.port}"


@contextmanager
def target(answer: Callable[[int], int] = lambda _: 0, port: int = 0) -> Iterator[Target]:
    """Run a target; `answer` gives the status for the how-manieth object."""
    from pynetdicom import AE, evt

    received: list[tuple[str, bytes]] = []

    def store(event: Any) -> int:
        received.append((event.request.AffectedSOPInstanceUID, event.request.DataSet.getvalue()))
        return answer(len(received))

    entity = AE("TARGET")
    for sop_class in ("1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.5.1.4.1.1.4"):
        entity.add_supported_context(sop_class)
    server = entity.start_server(("127.0.0.1", port), block=False, evt_handlers=[(evt.EVT_C_STORE, store)])
    try:
        yield Target(server.server_address[1], received)
    finally:
        server.shutdown()


def forward(*locations: str, **options: Any) -> Any:
    targets = tuple(peer_of(location) for location in locations)
    return {"forward": Forward(targets, **options), "otherwise": "forward", "limits": Limits(reserve=0)}


def kept(folder: Path) -> list[str]:
    """The objects in a spool, as shelf and name."""
    return sorted(f"{path.parts[-3]}/{path.name}" for path in folder.rglob("*.dcm"))


def until(is_so: Callable[[], Any], within_s: float = 15) -> None:
    end = time.monotonic() + within_s
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.02)


@pytest.mark.skipif(not has_dcmtk(), reason="DCMTK is not installed")
def test_objects_go_on_to_dcmtk_and_leave_the_spool(tmp_path: Path) -> None:
    files = sorted(CLEAN.glob("*.dcm"))
    with (
        storescp(tmp_path / "target", "+B", "+xa") as peer,
        gate(tmp_path / "spool", **forward(peer.dimse)) as it,
    ):
        assert {answer.status for answer in sent(it.scp.port, *files)} <= {0, 0xB007}
        until(lambda: not any(name.startswith("outgoing") for name in kept(tmp_path / "spool")))
        refused = kept(tmp_path / "spool")
    arrived = {data_set_hash(path) for path in (tmp_path / "target").iterdir()}
    assert len(arrived) + len(refused) == len(files)
    assert arrived <= {data_set_hash(path) for path in files}
    assert len(arrived) > len(files) / 2


@pytest.mark.skipif(not has_orthanc(), reason="Orthanc is not installed")
def test_objects_go_on_to_orthanc_by_stow(tmp_path: Path) -> None:
    import requests

    with orthanc(tmp_path) as peer, gate(tmp_path / "spool", **forward(peer.dicomweb)) as it:
        assert sent(it.scp.port, CT, MR) == [Answered(0, ""), Answered(0, "")]
        until(lambda: not kept(tmp_path / "spool"))
        ids = requests.get(f"{peer.web.removesuffix('/dicom-web')}/instances", timeout=10).json()
        assert it.events.snapshot().counters["forwarded", peer.dicomweb] == 2
    assert len(ids) == 2


def test_a_gate_forwards_to_a_gate_through_tls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    certificate, key = certified(tmp_path)
    monkeypatch.setenv("DCMLINT_TLS_CA", certificate)
    with gate(tmp_path / "second", tls=Tls(certificate, key)) as second:
        location = f"dimse+tls://DCMLINT@localhost:{second.scp.port}"
        with gate(tmp_path / "first", aet="FIRST", **forward(location)) as first:
            assert sent(first.scp.port, CT, ae_title="FIRST") == [Answered(0, "")]
            until(lambda: not kept(tmp_path / "first"))
        assert second.events.since(0)[0].calling_aet == "FIRST"
    (arrived,) = (tmp_path / "second" / "accepted").rglob("*.dcm")
    assert data_set_hash(arrived) == data_set_hash(CT)


def test_a_gate_forwards_to_a_gate_by_stow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    certificate, key = certified(tmp_path)
    monkeypatch.setenv("GATE_TOKEN", "open-sesame")
    monkeypatch.setenv("DCMLINT_WEB_TOKEN", "open-sesame")
    monkeypatch.setenv("DCMLINT_TLS_CA", certificate)
    http = Http(0, tls=Tls(certificate, key), token_env="GATE_TOKEN")
    faulty = altered(tmp_path / "faulty.dcm", PatientSex=None)
    refuses = (Choice("refuse", severity="error"),)
    with gate(tmp_path / "second", http=http, decide=refuses) as second:
        location = f"dicomweb+https://localhost:{second.http.port}/dicom-web"
        settings = forward(location, acknowledge="forwarded")
        with gate(tmp_path / "first", decide=(), **settings) as first:
            assert sent(first.scp.port, CT) == [Answered(0, "")]
            refused = [Answered(0xA900, "a target of the gate refused it")]
            assert sent(first.scp.port, faulty) == refused
        assert "open-sesame" not in first.log._stream.getvalue()  # type: ignore[attr-defined]
    (arrived,) = (tmp_path / "second" / "accepted").rglob("*.dcm")
    assert data_set_hash(arrived) == data_set_hash(CT)


def test_what_was_forwarded_is_not_sent_again(tmp_path: Path) -> None:
    other = altered(tmp_path / "other.dcm", InstanceNumber=4711)
    with target() as to:
        for _ in range(2):  # the second time after a restart
            with gate(tmp_path / "spool", **forward(to.location)) as it:
                assert sent(it.scp.port, CT, CT) == [Answered(0, ""), Answered(0, "")]
                until(lambda: not kept(tmp_path / "spool"))
        assert len(to.received) == 1
        with gate(tmp_path / "spool", **forward(to.location)) as it:
            sent(it.scp.port, other)  # the same SOP Instance UID, other content
            until(lambda: len(to.received) == 2 and not kept(tmp_path / "spool"))


def test_what_waits_for_a_target_goes_out_after_a_restart(tmp_path: Path) -> None:
    port = free_port()
    settings = forward(f"dimse://TARGET@127.0.0.1:{port}")
    with gate(tmp_path, **settings) as it:
        assert sent(it.scp.port, CT) == [Answered(0, "")]
        until(lambda: "cannot be reached; again in" in it.log._stream.getvalue())  # type: ignore[attr-defined]
    assert len(kept(tmp_path)) == 1
    with target(port=port) as to, gate(tmp_path, **settings) as it:
        assert it.recovered == 1
        until(lambda: not kept(tmp_path))
        assert len(to.received) == 1


def test_a_target_is_tried_until_it_takes_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lane, "_FIRST_S", 0.05)
    with (
        target(lambda number: 0xA700 if number < 4 else 0) as to,
        gate(tmp_path, **forward(to.location)) as it,
    ):
        sent(it.scp.port, CT)
        until(lambda: not kept(tmp_path))
        assert len(to.received) == 4
        assert it.events.snapshot().counters["forwarded", to.location] == 1


def test_what_a_target_never_takes_is_undeliverable(tmp_path: Path) -> None:
    with (
        target(lambda number: 0xA900 if number == 1 else 0) as to,
        gate(tmp_path, **forward(to.location)) as it,
    ):
        sent(it.scp.port, CT, MR)
        until(lambda: len(kept(tmp_path)) == 1 and len(to.received) == 2)
        until(lambda: list(tmp_path.glob("undeliverable/*/*.json")))
    (note,) = tmp_path.glob("undeliverable/*/*.json")
    assert json.loads(note.read_text()) == {"answers": {to.location: "A900"}}
    assert kept(tmp_path)[0].startswith("undeliverable/")


def test_an_object_that_the_target_has_no_context_for_is_undeliverable(tmp_path: Path) -> None:
    with target() as to, gate(tmp_path, **forward(to.location)) as it:
        sent(it.scp.port, CLEAN / "us.dcm", CT)
        until(lambda: len(to.received) == 1 and len(kept(tmp_path)) == 1)
    (note,) = tmp_path.glob("undeliverable/*/*.json")
    assert json.loads(note.read_text()) == {"answers": {to.location: "0122"}}


def test_every_target_gets_an_object_and_it_is_kept_where_that_is_wanted(tmp_path: Path) -> None:
    with target() as one, target() as two:
        settings = forward(one.location, two.location, keep=True)
        with gate(tmp_path, **settings) as it:
            sent(it.scp.port, CT)
            until(lambda: kept(tmp_path) and kept(tmp_path)[0].startswith("accepted/"))
        assert (len(one.received), len(two.received)) == (1, 1)


def test_a_sender_who_waits_is_told_what_the_target_says(tmp_path: Path) -> None:
    answers = {1: 0x0000, 2: 0xB000, 3: 0xC123}
    with (
        target(answers.__getitem__) as to,
        gate(tmp_path / "spool", **forward(to.location, acknowledge="forwarded")) as it,
    ):
        assert sent(it.scp.port, CT, *others(tmp_path, 2)) == [
            Answered(0, ""),
            Answered(0xB000, ""),
            Answered(0xC123, "a target of the gate refused it"),
        ]
        assert kept(tmp_path / "spool") == []  # the sender still has what the target refused


def others(folder: Path, count: int) -> list[Path]:
    """Write images that differ in their SOP Instance UID."""
    from pydicom import dcmread

    dataset = dcmread(CT)
    paths = []
    for number in range(count):
        dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = f"1.2.{number}"
        paths.append(folder / f"{number}.dcm")
        dataset.save_as(paths[-1])
    return paths


def test_a_sender_who_waits_keeps_what_comes_too_late(tmp_path: Path) -> None:
    settings = forward(f"dimse://TARGET@127.0.0.1:{free_port()}", acknowledge="forwarded", within_s=0.3)
    with gate(tmp_path, **settings) as it:
        assert sent(it.scp.port, CT) == [Answered(0xA700, "out of resources: the target does not answer")]
        until(lambda: not kept(tmp_path))


def test_an_object_that_was_acknowledged_is_not_withdrawn_by_another_sender(tmp_path: Path) -> None:
    location = f"dimse://TARGET@127.0.0.1:{free_port()}"
    with gate(tmp_path, **forward(location)) as it:
        assert sent(it.scp.port, CT) == [Answered(0, "")]
    with gate(tmp_path, **forward(location, acknowledge="forwarded", within_s=0.2)) as it:
        assert sent(it.scp.port, CT)[0].status == 0xA700
        time.sleep(0.2)
    assert len(kept(tmp_path)) == 1


def test_too_much_that_waits_is_back_pressure(tmp_path: Path) -> None:
    settings = forward(f"dimse://TARGET@127.0.0.1:{free_port()}")
    settings["limits"] = Limits(reserve=0, waiting=1)
    with gate(tmp_path / "spool", **settings) as it:
        answers = sent(it.scp.port, *others(tmp_path, 6))
        assert answers[0].status == 0
        assert answers[-1] == Answered(0xA700, "out of resources: too many objects wait to be forwarded")
        assert it.gauges()["waiting", settings["forward"].targets[0].location] >= 1
        assert len(kept(tmp_path / "spool")) == sum(answer.status == 0 for answer in answers)


def test_the_journal_remembers_content_and_target(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.sqlite")
    assert not journal.knows("1.2.dcm")
    journal.forwarded("1.2.dcm", "abc", "dimse://A@b:1", 0xB000)
    journal.close()
    again = Journal(tmp_path / "journal.sqlite")
    assert again.knows("1.2.dcm")
    assert again.targets("1.2.dcm", "abc") == {"dimse://A@b:1": 0xB000}
    assert again.targets("1.2.dcm", "abd") == {}
    again.close()


def test_a_journal_that_is_none(tmp_path: Path) -> None:
    from dcmlint.errors import UsageError

    (tmp_path / "journal.sqlite").write_bytes(b"no database" * 1000)
    with pytest.raises(UsageError, match="cannot be used"):
        Journal(tmp_path / "journal.sqlite")


@pytest.mark.parametrize(
    ("status", "means"),
    [(0, "done"), (0xB000, "done"), (0xB007, "done"), (0xA700, "later"), (0x0110, "later"), (0xA900, "never"),
     (0xC000, "never"), (0x0122, "never"), (0x0124, "never")],
)  # fmt: skip
def test_what_a_status_means(status: int, means: str) -> None:
    assert meaning(status) == means


@pytest.mark.parametrize(
    ("code", "payload", "status"),
    [
        (200, {"00081199": {"vr": "SQ", "Value": [{}]}}, 0),
        (202, {"00081199": {"Value": [{"00081196": {"Value": [0xB000]}}]}}, 0xB000),
        (409, {"00081198": {"Value": [{"00081197": {"Value": [0xA900]}}]}}, 0xA900),
        (200, {"00081198": {"Value": [{"00081197": {"Value": [0x0122]}}]}}, 0x0122),
        (409, {"00081198": {"Value": [{"00081197": {"Value": ["x"]}}]}}, 0x0110),
        (200, [], 0),
        (200, {"00081199": 5}, 0),
        (409, None, 0xC000),
        (400, None, 0xC000),
        (503, None, 0x0110),
        (429, None, 0x0110),
    ],
)
def test_what_an_answer_to_stow_means(code: int, payload: Any, status: int) -> None:
    assert _answer(code, json.dumps(payload).encode()).status == status


@pytest.mark.parametrize("code", [301, 401, 403, 404])
def test_a_stow_target_that_is_not_there(code: int) -> None:
    with pytest.raises(NotReachedError):
        _answer(code, b"")


def test_a_lane_waits_longer_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lane, "_FIRST_S", 0.02)
    told: list[float] = []
    tried: list[float] = []
    done = threading.Event()

    class Clerk:
        def due(self, place: str) -> str:
            tried.append(time.monotonic())
            return place

        def put_back(self, place: str) -> None:
            pass

        def answered(self, place: str, location: str, status: int) -> None:
            done.set()

        def not_reached(self, location: str, why: str, seconds: float) -> None:
            told.append(seconds)

    class Sender:
        def send(self, path: str) -> Any:
            from dcmlint_pacs.gate.target import Answer

            if len(tried) < 5:
                raise NotReachedError("down")
            return Answer(0)

        def close(self) -> None:
            pass

    way = lane.Lane("there", Sender, Clerk())
    way.start(1)
    way.put("one")
    assert done.wait(10)
    way.stop()
    way.join(5)
    pauses = [after - before for before, after in pairwise(tried)]
    assert all(pause >= least for pause, least in zip(pauses, (0.02, 0.04, 0.08, 0.16), strict=True))
    assert told == [0.02]  # once a minute
