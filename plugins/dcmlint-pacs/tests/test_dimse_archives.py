"""The DIMSE source with real archives, Orthanc and DCMTK's dcmqrscp, and through the command line."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from io import BytesIO
from pathlib import Path

import pytest
from archive_sample import exported, rows, run_scan
from broken_scp import broken_scp
from command_line import CLEAN, process
from counterparts import Peer, free_port, has_dcmtk, has_orthanc, orthanc, storescu
from dcmlint_pacs.dimse import link
from dcmlint_pacs.dimse.source import DimseSource
from dimse_archives import dcmqrscp, getscu
from dimse_compare import compare, data_set, store
from pydicom import dcmread

from dcmlint.errors import UnreadableError
from dcmlint.linter import Linter
from dcmlint.nightly.run import COMPLETE, FAILED, NEW
from dcmlint.scan import Settings
from dcmlint.source import Asked, Entry

CORPUS = Path(__file__).parents[4] / "shared" / "corpus"
SAMPLE = 60
PREFER = {
    "1.2.840.10008.1.2.1": "+x=",
    "1.2.840.10008.1.2": "+xi",
    "1.2.840.10008.1.2.2": "+xb",
    "1.2.840.10008.1.2.4.50": "+xy",
    "1.2.840.10008.1.2.4.51": "+xx",
    "1.2.840.10008.1.2.4.70": "+xs",
    "1.2.840.10008.1.2.4.80": "+xt",
    "1.2.840.10008.1.2.4.81": "+xu",
    "1.2.840.10008.1.2.4.90": "+xv",
    "1.2.840.10008.1.2.4.91": "+xw",
    "1.2.840.10008.1.2.5": "+xr",
    "1.2.840.10008.1.2.1.99": "+xd",
}
"""Options of getscu by the Transfer Syntax that it then prefers."""

FILES = sorted(CLEAN.glob("*.dcm"))

needs_orthanc = pytest.mark.skipif(not has_orthanc(), reason="Orthanc is not installed")
needs_dcmtk = pytest.mark.skipif(not has_dcmtk(), reason="DCMTK is not installed")


class Archive:
    """An Orthanc with a sample of the corpus, as far as it accepts that, and the port for C-MOVE."""

    def __init__(self, peer: Peer, stored: dict[str, Path], move_port: int) -> None:
        self.peer = peer
        self.stored = stored
        self.move_port = move_port


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    """The sample is every so many objects of the corpus; of the repository's own where that is not there."""
    files = FILES
    if CORPUS.is_dir():
        listed = [line.split("\t")[0] for line in (CORPUS / "index.tsv").read_text().splitlines()[1:]]
        step = len(listed) / SAMPLE
        files = [CORPUS / "files" / listed[int(number * step)] for number in range(SAMPLE)]
    port = free_port()
    known = {"ours": ["DCMLINT", "127.0.0.1", port]}
    with orthanc(tmp_path_factory.mktemp("orthanc"), DicomModalities=known) as peer:
        yield Archive(peer, store(peer, files), port)


def listed(location: str, asked: Asked = Asked()) -> tuple[DimseSource, list[Entry]]:  # noqa: B008
    source = DimseSource()
    source.ask(asked)
    return source, [each for each in source.entries(location) if not each.is_place]


def _opened(source: DimseSource, entries: list[Entry]) -> Iterator[tuple[str, bytes]]:
    for entry in entries:
        with suppress(UnreadableError):
            yield entry.path, source.open(entry).buf
    source.close()


def syntax_of(content: bytes) -> str:
    return str(dcmread(BytesIO(content), stop_before_pixels=True).file_meta.TransferSyntaxUID)


def uids_of(entry: Entry) -> tuple[str, str, str]:
    study, series, instance = entry.path.split("/")[4::2]
    return study, series, instance


@needs_orthanc
def test_findings_by_c_get_are_those_of_files(archive: Archive, tmp_path: Path) -> None:
    """But for those on File Meta Information, and those on bytes that Orthanc changes as it sends: there
    DCMTK's getscu, which writes what comes bit for bit, has what we have."""
    compared = compare(archive.peer.dimse, archive.stored)
    assert compared.objects + len(compared.unread) == len(archive.stored)
    assert compared.objects > 0.9 * len(archive.stored)
    assert all(each.why for each in compared.differences)
    changed = compared.changed[:20]
    if not (changed and has_dcmtk()):
        return
    source, entries = listed(archive.peer.dimse)
    proven = 0
    for number, entry in enumerate(entries):
        file = archive.stored.get(entry.path.removeprefix(archive.peer.dimse))
        if str(file) not in changed:
            continue
        ours = source.open(entry).buf
        source.close()
        syntax = syntax_of(ours)
        for each in getscu(archive.peer, tmp_path / str(number), uids_of(entry), PREFER[syntax]):
            theirs = each.read_bytes()
            if syntax_of(theirs) == syntax:  # it lets the peer choose
                assert data_set(theirs) == data_set(ours), file
                proven += 1
    assert proven > len(changed) / 3


@needs_orthanc
def test_c_move_brings_what_c_get_brings(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    source, entries = listed(archive.peer.dimse)
    got = dict(_opened(source, entries[:30]))
    monkeypatch.setenv("DCMLINT_MOVE_PORT", str(archive.move_port))
    moving, same = DimseSource(), 0
    moved = moving.entries(archive.peer.dimse)
    for entry in moved:
        if entry.path in got and not entry.is_place:
            assert entry.held is not None
            assert data_set(moving.open(entry).buf) == data_set(got[entry.path]), entry.path
            same += 1
        if same == len(got):
            break
    moved.close()
    moving.close()
    assert same == len(got) > 20


@needs_dcmtk
def test_dcmqrscp_has_no_faults_and_gives_the_bytes_that_it_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = free_port()
    with dcmqrscp(tmp_path / "qr", move_port=port) as peer:
        plain = [each for each in FILES if dcmread(each).file_meta.TransferSyntaxUID in tuple(PREFER)[:2]]
        for each in plain[:8]:
            storescu(peer.port, str(each), aec="QRSCP")
        source, entries = listed(peer.dimse)
        assert len(entries) > 5
        assert not [each for each in DimseSource().entries(peer.dimse) if each.problem]
        originals = {data_set(each.read_bytes()) for each in FILES}
        for entry in entries:
            blob = source.open(entry)
            assert not blob.remarks
            assert data_set(blob.buf) in originals, entry.path
        source.close()
        monkeypatch.setenv("DCMLINT_MOVE_PORT", str(port))
        moving = DimseSource()
        for entry in moving.entries(peer.dimse):
            blob = moving.open(entry)
            assert not blob.remarks
            assert data_set(blob.buf) in originals, entry.path
        moving.close()


@needs_orthanc
def test_check_with_two_jobs_tells_what_one_tells(archive: Archive, tmp_path: Path) -> None:
    location = archive.peer.dimse
    one = process("check", location, "--format", "json", "--jobs", "1", "--isolated")
    two = process("check", location, "--format", "json", "--jobs", "2", "--isolated")
    assert json.loads(one.out)["findings"] == json.loads(two.out)["findings"]
    assert one.status == two.status == 1
    assert not one.err
    assert not two.err
    _, entries = listed(location)
    told = {each["file"] for each in json.loads(two.out)["findings"] if not each["file"].endswith("/")}
    assert told <= {each.path for each in entries}


@needs_orthanc
def test_check_through_c_move_tells_the_same(archive: Archive) -> None:
    location = archive.peer.dimse
    got = process("check", location, "--format", "json", "--isolated")
    port = {"DCMLINT_MOVE_PORT": str(archive.move_port)}
    moved = process("check", location, "--format", "json", "--jobs", "2", "--isolated", env=port)
    unread = {
        each["file"]
        for report in (got.out, moved.out)
        for each in json.loads(report)["findings"]
        if each["rule"] in ("file/unreadable", "interop/wrong-object", "interop/suboperation-count")
    }
    assert len(unread) < 5
    assert _findings(moved.out, unread) == _findings(got.out, unread)


def _findings(report: str, but: set[str]) -> list[tuple[str, str, str]]:
    """Return what is told of all files but some."""
    return sorted(
        (each["file"], each["rule"], each["message"])
        for each in json.loads(report)["findings"]
        if each["file"] not in but
    )


def test_what_was_asked_for_is_what_comes(tmp_path: Path) -> None:
    with broken_scp(FILES) as location:
        every = listed(location)[1]
        ct = listed(location, Asked(where=(("Modality", "CT"),)))[1]
        by_tag = listed(location, Asked(where=(("(0008,0060)", "CT"),)))[1]
        assert 0 < len(ct) < len(every)
        assert ct == by_tag
        study = every[0].path.partition("/series/")[0]
        series = every[0].path.partition("/instances/")[0]
        assert listed(study)[1] == [each for each in every if each.path.startswith(f"{study}/")]
        assert listed(series)[1] == [each for each in every if each.path.startswith(f"{series}/")]
        missing = list(DimseSource().entries(f"{location}/studies/1.2.3"))
        assert [each.problem for each in missing] == ["the peer has no such Study"]
        kept = tmp_path / "kept"
        done = process(
            "check", location, "--isolated", "--per-series", "1", "--keep", kept, "--select", "deid"
        )
        assert "files" in done.out or done.status in (0, 1), done.err
        assert len(list(kept.rglob("*.dcm"))) == len(
            {each.path.partition("/instances/")[0] for each in every}
        )


def test_a_scan_reads_what_has_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(link, "PAUSES_S", (0.01,))
    target = tmp_path / "store.db"
    with broken_scp(FILES[:12]) as location:
        assert run_scan(location, target) in (COMPLETE, NEW)
        first = exported(target)
        assert rows(target, "SELECT changed FROM runs") == [(12,)]
        assert run_scan(location, target) in (COMPLETE, NEW)
        assert rows(target, "SELECT changed, removed FROM runs ORDER BY id DESC LIMIT 1") == [(0, 0)]
        assert exported(target) == first
    assert run_scan(location, target) == FAILED
    assert exported(target) == first
    assert rows(target, "SELECT removed FROM runs ORDER BY id DESC LIMIT 1") == [(0,)]


def test_what_is_told_of_a_peer_is_resolved_with_its_fault(tmp_path: Path) -> None:
    target = tmp_path / "store.db"
    fault = ["no-key"]
    with broken_scp(FILES[:3], fault) as location:
        run_scan(location, target)
        assert sum("interop/find-key-missing" in line for line in exported(target)) == 1
        fault[0] = ""
        run_scan(location, target)
        assert not any("interop/" in line for line in exported(target))


def test_a_scan_that_was_killed_goes_on(tmp_path: Path) -> None:
    pace = [0.2]
    target = tmp_path / "killed.db"
    with broken_scp(FILES[:12], "miscount", waits_s=lambda: pace[0]) as location:
        command = [sys.executable, "-m", "dcmlint", "scan", location, "--store", str(target), "--isolated"]
        running = subprocess.Popen([*command, "--quiet", "--jobs", "2"], stderr=subprocess.PIPE)
        deadline = time.monotonic() + 60
        while not _count(target) and time.monotonic() < deadline and running.poll() is None:
            time.sleep(0.05)
        assert running.poll() is None
        running.send_signal(signal.SIGKILL)
        running.communicate()
        before, pace[0] = _count(target), 0.0
        assert 0 < before < 12
        time.sleep(0.2)
        settings = Settings()
        assert run_scan(location, target, settings=settings) in (COMPLETE, NEW)
        assert run_scan(location, tmp_path / "whole.db", settings=settings) in (COMPLETE, NEW)
    assert exported(target) == exported(tmp_path / "whole.db")


def _count(target: Path) -> int:
    try:
        return int(str(rows(target, "SELECT count(*) FROM instances")[0][0]))
    except Exception:  # it is being made
        return 0


def test_findings_of_objects_are_those_of_files() -> None:
    """Through the policy and all: by one Linter, on generated objects of which every byte comes."""
    linter = Linter()
    with broken_scp(FILES) as location:
        source, entries = listed(location)
        found = {uids_of(each)[2]: source.open(each).buf for each in entries}
    for file in FILES:
        expected = linter.file(str(file))
        came = linter.content(found[expected.sop_instance_uid], str(file))
        assert came.report.findings == expected.report.findings
