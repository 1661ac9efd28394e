"""The source of DICOMweb servers with Orthanc, through the command line, and scans that compare listings."""

from __future__ import annotations

import csv
import json
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
from archive_sample import exported, rows, run_scan
from broken_web import BrokenWeb, broken_web, stored
from command_line import CLEAN, Result, process
from counterparts import Peer, has_orthanc, orthanc

from dcmlint.nightly.run import COMPLETE, FAILED, NEW, PARTIAL
from dcmlint.scan import Settings
from dcmlint.source import Asked

needs_orthanc = pytest.mark.skipif(not has_orthanc(), reason="Orthanc is not installed")
_LATEST = "SELECT changed, removed FROM runs ORDER BY id DESC LIMIT 1"
_DONE = (COMPLETE, NEW)
FILES = sorted(CLEAN.glob("*.dcm"))


def rest(peer: Peer, path: str, content: bytes | None = None, method: str = "GET") -> Any:
    """Ask Orthanc's own API."""
    request = urllib.request.Request(peer.web.replace("/dicom-web", path), content, method=method)
    with urllib.request.urlopen(request, timeout=20) as answer:
        return json.load(answer)


def put(peer: Peer, path: Path) -> str:
    return str(rest(peer, "/instances", path.read_bytes(), "POST")["ID"])


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Peer]:
    """An Orthanc with the clean objects."""
    with orthanc(tmp_path_factory.mktemp("orthanc")) as peer:
        for path in FILES:
            put(peer, path)
        yield peer


def check(*arguments: str | Path) -> tuple[list[dict[str, str]], Result]:
    """Return the findings of a check as rows, and what the command came to."""
    done = process("check", "--isolated", "--no-cache", "--format", "csv", *arguments)
    return list(csv.DictReader(done.out.splitlines())), done


def summary(*arguments: str) -> str:
    return process("check", "--isolated", "--no-cache", *arguments).out.splitlines()[-1]


@needs_orthanc
def test_orthanc_is_a_clean_server_of_clean_objects(archive: Peer) -> None:
    found, done = check(archive.dicomweb)
    assert (found, done.status, done.err) == ([], 0, "")
    assert summary(archive.dicomweb).startswith(f"{len(FILES)} SOP Instances in {len(FILES)} files")


@needs_orthanc
def test_objects_are_those_that_were_stored_and_are_kept(archive: Peer, tmp_path: Path) -> None:
    found, done = check(archive.dicomweb, "--instances", "--keep", tmp_path / "kept", "--jobs", "2")
    assert {row["rule"] for row in found} <= {"interop/web-transfer-syntax"}
    assert done.err == ""
    kept = sorted((tmp_path / "kept").rglob("*"))
    files = [path for path in kept if path.is_file()]
    assert sorted(path.read_bytes() for path in files) == sorted(path.read_bytes() for path in FILES)
    assert all(len(path.relative_to(tmp_path / "kept").parts) == 3 for path in files)
    assert not [path for path in files if path.suffix != ".dcm"]


@needs_orthanc
def test_what_is_asked_for_is_what_is_looked_at(archive: Peer) -> None:
    studies = rest(archive, "/studies?expand")
    uid = studies[0]["MainDicomTags"]["StudyInstanceUID"]
    date = studies[0]["MainDicomTags"]["StudyDate"]
    series = rest(archive, "/series?expand")
    modalities = [each["MainDicomTags"]["Modality"] for each in series]
    count = sum(len(each["Instances"]) for each in series if each["MainDicomTags"]["Modality"] == "MR")
    within = [len(each["Instances"]) for each in series if each["ParentStudy"] == studies[0]["ID"]]
    assert summary(f"{archive.dicomweb}/studies/{uid}").startswith(f"{sum(within)} SOP Instance")
    assert summary(archive.dicomweb, "--where", "Modality=MR").startswith(f"{count} SOP Instance")
    found, done = check(archive.dicomweb, "--where", f"StudyDate={date}-{date}", "--where", "Modality=MR")
    assert (found, done.status) == ([], 0)
    assert summary(archive.dicomweb, "--per-series", "1").startswith(f"{len(modalities)} SOP Instances")
    nothing = process("check", "--isolated", archive.dicomweb, "--where", "Modality=XX")
    assert "nothing to check" in nothing.err
    unknown = process("check", "--isolated", archive.dicomweb, "--where", "Modalty=MR")
    assert (unknown.status, "Did you mean Modality" in unknown.err) == (2, True)


@needs_orthanc
def test_what_is_not_there_is_said(archive: Peer) -> None:
    found, done = check(f"{archive.dicomweb}/studies/1.2.3.4.5")
    assert [row["message"] for row in found] == ["Cannot be read: there is no such object"]
    assert done.status == 1


@needs_orthanc
def test_orthanc_is_told_what_it_leaves_out(tmp_path: Path) -> None:
    """Attributes that an object lacks are left out of results, which must have them without a value."""
    from pydicom import dcmread

    ds = dcmread(CLEAN / "ct.dcm")
    del ds.PatientSex
    ds.save_as(tmp_path / "no_sex.dcm")
    with orthanc(tmp_path) as peer:
        put(peer, tmp_path / "no_sex.dcm")
        found, _ = check(peer.dicomweb)
    assert [row["message"] for row in found if row["rule"].startswith("interop/")] == [
        "The server answers searches without what it must return: study results without PatientSex (once)"
    ]


@needs_orthanc
def test_a_scan_of_orthanc_reads_what_has_changed(tmp_path: Path) -> None:
    target = tmp_path / "store.db"
    with orthanc(tmp_path) as peer:
        ids = [put(peer, path) for path in FILES[:6]]
        assert run_scan(peer.dicomweb, target) in _DONE  # type: ignore[arg-type]
        assert rows(target, "SELECT changed FROM runs") == [(6,)]
        run_scan(peer.dicomweb, target)  # type: ignore[arg-type]
        assert rows(target, _LATEST) == [(0, 0)]
        put(peer, FILES[6])
        run_scan(peer.dicomweb, target)  # type: ignore[arg-type]
        assert rows(target, _LATEST) == [(1, 0)]
        rest(peer, f"/instances/{ids[0]}", method="DELETE")
        run_scan(peer.dicomweb, target)  # type: ignore[arg-type]
        assert rows(target, _LATEST) == [(0, 1)]
        assert run_scan(peer.dicomweb, target, settings=Settings(asked=Asked(instances=True))) in _DONE  # type: ignore[arg-type]
        assert rows(target, _LATEST) == [(6, 0)]


def metadata_requests(server: BrokenWeb) -> int:
    count = sum(path.endswith("/metadata") for path in server.asked)
    server.asked.clear()
    return count


def test_what_has_not_changed_is_not_asked_for(tmp_path: Path) -> None:
    target = tmp_path / "store.db"
    with broken_web(BrokenWeb(stored(4, 2, 2)[:-1])) as server:
        assert run_scan(server.location, target) in _DONE  # type: ignore[arg-type]
        assert metadata_requests(server) > 0
        first = exported(target)
        run_scan(server.location, target)  # type: ignore[arg-type]
        assert metadata_requests(server) == 0
        assert exported(target) == first
        server.objects = stored(4, 2, 2)
        run_scan(server.location, target)  # type: ignore[arg-type]
        assert metadata_requests(server) == 1
        assert rows(target, _LATEST) == [(1, 0)]
        run_scan(server.location, target, verify=True)  # type: ignore[arg-type]
        assert metadata_requests(server) > 1
        server.objects[0].PatientID = "other"
        run_scan(server.location, target)  # type: ignore[arg-type]
        assert rows(target, _LATEST)[0][0] == 8  # those of its Study


def test_nothing_is_gone_when_the_server_fails(tmp_path: Path) -> None:
    target = tmp_path / "store.db"
    with broken_web(BrokenWeb(stored(2, 1, 2))) as server:
        assert run_scan(server.location, target) in _DONE  # type: ignore[arg-type]
        server.faults.add("html series")
        assert run_scan(server.location, target) in (FAILED, PARTIAL)  # type: ignore[arg-type]
        assert rows(target, _LATEST)[0][1] == 0
        server.faults.clear()
        assert run_scan(server.location, target) in _DONE  # type: ignore[arg-type]
        assert rows(target, "SELECT count(*) FROM instances WHERE removed_run IS NULL") == [(4,)]


def test_what_is_told_of_the_server_is_resolved_with_its_fault(tmp_path: Path) -> None:
    target = tmp_path / "store.db"
    with broken_web(BrokenWeb(stored(2, 1, 2), "no sex", "vr", "no modality")) as server:
        run_scan(server.location, target)  # type: ignore[arg-type]
        found = [line for line in exported(target) if "interop/" in line]
        assert len(found) == 2
        assert "series results without Modality (2 times); study results without PatientSex" in "".join(found)
        run_scan(server.location, target)  # type: ignore[arg-type]
        assert [line for line in exported(target) if "interop/" in line] == found
        server.faults.clear()
        run_scan(server.location, target)  # type: ignore[arg-type]
        assert not any("interop/" in line for line in exported(target))


def test_a_study_is_a_root_of_its_own(tmp_path: Path) -> None:
    target = tmp_path / "store.db"
    with broken_web(BrokenWeb(stored(2, 1, 2), "vr")) as server:
        assert run_scan(f"{server.location}/studies/1.2.2", target) in _DONE  # type: ignore[arg-type]
    assert rows(target, "SELECT count(*) FROM instances WHERE kind = 'instance'") == [(2,)]


def test_a_scan_that_was_killed_goes_on(tmp_path: Path) -> None:
    pace = [0.15]

    def slowly(handler: BaseHTTPRequestHandler) -> None:
        time.sleep(pace[0] if handler.path.endswith("/metadata") else 0)

    target = tmp_path / "killed.db"
    with broken_web(BrokenWeb(stored(3, 2, 4), "series count")) as server:
        server.check = slowly
        command = [sys.executable, "-m", "dcmlint", "scan", server.location, "--store", str(target)]
        running = subprocess.Popen([*command, "--isolated", "--quiet", "--jobs", "2"], stderr=subprocess.PIPE)
        end = time.monotonic() + 30
        while sum(path.endswith("/metadata") for path in server.asked) < 6 and time.monotonic() < end:
            time.sleep(0.02)
        running.send_signal(signal.SIGKILL)
        running.communicate()
        pace[0] = 0.0
        time.sleep(0.3)
        server.asked.clear()
        assert run_scan(server.location, target) in _DONE  # type: ignore[arg-type]
        assert run_scan(server.location, tmp_path / "whole.db") in _DONE  # type: ignore[arg-type]
    assert exported(target) == exported(tmp_path / "whole.db")
    assert len(exported(target)) > 0
    assert rows(target, "SELECT count(*) FROM instances WHERE kind = 'instance'") == [(24,)]
