"""Inputs that are not what they seem: each is a finding or a clear line, and the others are still checked."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from command_line import CT, FAULTY, Command, dcmlint, process

from dcmlint.errors import UnreadableError
from dcmlint.scan import Session, Settings, lint_entry, lint_file
from dcmlint.source import Entry
from dcmlint.source import blob as module
from dcmlint.source.blob import READ_LIMIT, open_blob
from dcmlint.source.kind import content_kind
from dcmlint.source.paths import Paths

__all__ = ["dcmlint"]


def python(code: str, *arguments: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def open_files() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


def empty(path: Path) -> None:
    path.write_bytes(b"")


def text(path: Path) -> None:
    path.write_text("Dear colleague,\nplease find the images enclosed.\n")


def jpeg(path: Path) -> None:
    path.write_bytes(b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + bytes(range(256)) * 10)


def huge(path: Path) -> None:
    with path.open("wb") as stream:
        stream.truncate(4 << 30)


def huge_dicom(path: Path) -> None:
    with path.open("wb") as stream:
        stream.write(CT.read_bytes())
        stream.truncate(4 << 30)


def fifo(path: Path) -> None:
    os.mkfifo(path)


def unix_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))


def broken_link(path: Path) -> None:
    path.symlink_to("nowhere")


def link_to_itself(path: Path) -> None:
    path.symlink_to(path.name)


def device(path: Path) -> None:
    path.symlink_to("/dev/zero")


def gone(path: Path) -> None:
    pass


def truncated(path: Path) -> None:
    path.write_bytes(CT.read_bytes()[:-100])


def cut_in_the_header(path: Path) -> None:
    path.write_bytes(CT.read_bytes()[:400])


def prefix_only(path: Path) -> None:
    path.write_bytes(b"\0" * 128 + b"DICM")


def random_after_prefix(path: Path) -> None:
    path.write_bytes(b"\0" * 128 + b"DICM" + bytes(range(255, 0, -1)) * 40)


BAD: list[tuple[Callable[[Path], None], str, str]] = [
    (empty, "file/not-dicom", "empty file"),
    (text, "file/not-dicom", "text"),
    (jpeg, "file/not-dicom", "JPEG image"),
    (huge, "file/not-dicom", "zero bytes"),
    (fifo, "file/unreadable", "named pipe"),
    (unix_socket, "file/unreadable", "socket"),
    (broken_link, "file/unreadable", "broken symbolic link"),
    (link_to_itself, "file/unreadable", "symbolic links"),
    (device, "file/unreadable", "device"),
    (gone, "file/unreadable", "no such file"),
    (truncated, "file/truncated", ""),
    (cut_in_the_header, "file/truncated", ""),
    (prefix_only, "file/missing-meta-information", ""),
    (random_after_prefix, "file/missing-meta-information", ""),
]


@pytest.mark.parametrize(("make", "rule", "said"), BAD, ids=lambda value: getattr(value, "__name__", None))
@pytest.mark.parametrize("jobs", ["1", "2"])
def test_bad_input_is_a_finding_and_the_others_are_checked(
    dcmlint: Command, tmp_path: Path, make: Callable[[Path], None], rule: str, said: str, jobs: str
) -> None:
    bad = tmp_path / "bad.dcm"
    make(bad)
    others = [CT, FAULTY / "missing_type_1.dcm"] * (30 if jobs == "2" else 1)
    result = dcmlint("check", "--format", "json", "--jobs", jobs, others[0], bad, *others[1:])
    report = json.loads(result.out)
    of_bad = [each for each in report["findings"] if each["file"] == str(bad)]
    (finding,) = [each for each in of_bad if each["rule"] == rule]
    assert said in finding["message"]
    assert finding["severity"] == "error"
    assert report["summary"]["files"] == 1 + len(others)
    assert any(each["rule"] == "module/missing-type-1" for each in report["findings"])
    assert result.status == 1
    assert result.err == ""


@pytest.mark.parametrize("make", [empty, text, jpeg])
def test_not_dicom_is_a_note_in_a_folder(
    dcmlint: Command, tmp_path: Path, make: Callable[[Path], None]
) -> None:
    make(tmp_path / "image.dcm")
    result = dcmlint("check", "--format", "json", tmp_path)
    (finding,) = json.loads(result.out)["findings"]
    assert (finding["rule"], finding["severity"]) == ("file/not-dicom", "note")
    assert result.status == 0
    assert "1 not DICOM" in dcmlint("check", tmp_path).out


def test_unreadable_file_met_in_a_folder(dcmlint: Command, tmp_path: Path) -> None:
    fifo(tmp_path / "pipe")
    (tmp_path / "ct.dcm").write_bytes(CT.read_bytes())
    result = dcmlint("check", "--format", "json", tmp_path)
    report = json.loads(result.out)
    assert [each["rule"] for each in report["findings"]] == ["file/unreadable"]
    assert (report["summary"]["instances"], report["summary"]["unreadable"]) == (1, 1)
    assert result.status == 1


def test_large_file_is_not_read(tmp_path: Path) -> None:
    """4 GB of which the header is checked, in a process that may not have 1 GB."""
    path = tmp_path / "large.dcm"
    huge_dicom(path)
    os.utime(path, (time.time() - 3600,) * 2)
    code = (
        "import re, sys; sys.argv = ['dcmlint', 'check', sys.argv[1], '-f', 'jsonl']\n"
        "from dcmlint.__main__ import main\n"
        "try: main()\n"
        "finally:\n"
        "    status = open('/proc/self/status').read()\n"
        "    print(int(re.search(r'VmHWM:\\s+(\\d+)', status)[1]) >> 10, file=sys.stderr)\n"
    )
    done = python(code, path)
    assert done.returncode == 1
    assert "file/trailing-bytes" in done.stdout
    assert int(done.stderr) < 200, "MB of memory"


def test_permission_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """No permission, also where the tests run as root, who has every permission."""

    def refuse(path: str, flags: int) -> int:
        raise PermissionError(13, "Permission denied", path)

    monkeypatch.setattr(module.os, "open", refuse)
    report = lint_file(str(CT), Session())
    assert (report.kind, [finding.rule for finding in report.findings]) == ("unreadable", ["file/unreadable"])
    assert report.findings[0].args == {"reason": "Permission denied"}


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to become someone else")
def test_permission_error_of_another_user() -> None:
    session = Session()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "file.dcm").write_bytes(CT.read_bytes())
        (folder / "folder").mkdir()
        for path in folder.iterdir():
            path.chmod(0)
        os.seteuid(65534)
        try:
            reports = [lint_entry(entry, session) for entry in Paths().entries(name)]
        finally:
            os.seteuid(0)
    reasons = [report.findings[0].args["reason"] for report in reports]
    assert reasons == ["Permission denied", "the folder cannot be listed: Permission denied"]


def test_file_that_vanishes_between_listing_and_reading(tmp_path: Path) -> None:
    for name in ("a.dcm", "b.dcm"):
        (tmp_path / name).write_bytes(CT.read_bytes())
    session = Session()
    kinds = []
    for entry in Paths().entries(str(tmp_path)):
        (tmp_path / "b.dcm").unlink(missing_ok=True)
        kinds.append(lint_entry(entry, session).kind)
    assert kinds == ["instance", "unreadable"]


def test_folder_that_vanishes_while_it_is_walked(tmp_path: Path) -> None:
    (tmp_path / "a.dcm").write_bytes(CT.read_bytes())
    (tmp_path / "b").mkdir()
    met = []
    for entry in Paths().entries(str(tmp_path)):
        if (tmp_path / "b").exists():
            (tmp_path / "b").rmdir()
        met.append(entry)
    assert [bool(entry.problem) for entry in met] == [False, True]
    assert lint_entry(met[1], Session()).kind == "unreadable"


def test_file_that_is_cut_short_while_it_is_mapped(tmp_path: Path) -> None:
    """The kernel kills a process that touches the lost part; a pool loses that file only."""
    path = tmp_path / "shrinking.dcm"
    path.write_bytes(CT.read_bytes() + bytes(READ_LIMIT * 4))
    os.utime(path, (time.time() - 3600,) * 2)
    code = f"""
import os, sys
import dcmlint.scan as scan
from dcmlint.execute.pool import Pool
from dcmlint.source import Entry
from dcmlint.policy.judge import Judge
from dcmlint.policy.model import NO_POLICY
from dcmlint.work import Work
session = scan.Session()
original = scan.looks_like_dicom
def shrink_and_look(head):
    if os.path.exists({str(path)!r}):
        os.truncate({str(path)!r}, 0)
    return original(head)
scan.looks_like_dicom = shrink_and_look
entries = [Entry({str(CT)!r})] * 70
entries[40] = Entry({str(path)!r})
outcomes = list(Pool(2).run(Work(session, Judge(NO_POLICY, session.on), None), entries))
print([(i, o.kind) for i, o in enumerate(outcomes) if o.kind != "instance"])
"""
    done = python(code)
    # Whoever truncates it first, it ends as unreadable or as an empty file; all others are checked.
    assert done.stdout.strip() in ("[(40, 'unreadable')]", "[(40, 'not-dicom')]")
    assert done.stderr == ""


def test_file_in_the_making_is_read_not_mapped(tmp_path: Path) -> None:
    path = tmp_path / "fresh.dcm"
    content = bytes(range(256)) * (READ_LIMIT // 128)
    path.write_bytes(content)
    fresh = open_blob(str(path))
    path.write_bytes(b"")  # a mapping of the file would now kill whoever reads it
    assert bytes(fresh.buf) == content
    fresh.close()
    path.write_bytes(content)
    os.utime(path, (time.time() - 3600,) * 2)
    mapped = open_blob(str(path))
    assert bytes(mapped.buf) == content
    mapped.close()


def test_mapped_blob_in_use_can_be_closed(tmp_path: Path) -> None:
    path = tmp_path / "old.dcm"
    path.write_bytes(bytes(READ_LIMIT + 1))
    os.utime(path, (0, 0))
    blob = open_blob(str(path))
    view = memoryview(blob.buf)
    blob.close()
    assert view[0] == 0


def test_open_files_do_not_pile_up(tmp_path: Path) -> None:
    path = tmp_path / "old.dcm"
    path.write_bytes(CT.read_bytes() + bytes(READ_LIMIT))
    os.utime(path, (0, 0))
    session = Session()
    lint_file(str(path), session)
    before = open_files()
    for _ in range(50):
        lint_file(str(path), session)
    assert open_files() <= before


@pytest.mark.parametrize("path", ["", "a\0b", "x" * 5000, "nowhere/at/all"])
def test_paths_that_no_file_can_have(path: str) -> None:
    with pytest.raises(UnreadableError) as caught:
        open_blob(path)
    assert caught.value.reason
    assert path[:20] not in caught.value.reason or not path


def test_links_are_followed_and_loops_end(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "ct.dcm").write_bytes(CT.read_bytes())
    (tmp_path / "a" / "up").symlink_to("..")
    (tmp_path / "a" / "self").symlink_to(".")
    (tmp_path / "again").symlink_to("a")
    (tmp_path / "one.dcm").symlink_to("a/ct.dcm")
    met = [os.path.relpath(entry.path, tmp_path) for entry in Paths().entries(str(tmp_path))]
    assert met == ["a/ct.dcm", "one.dcm"]


def test_deep_folders_are_walked(tmp_path: Path) -> None:
    folder = tmp_path
    for _ in range(400):
        folder = folder / "d"
    folder.mkdir(parents=True)
    (folder / "ct.dcm").write_bytes(CT.read_bytes())
    assert [entry.path for entry in Paths().entries(str(tmp_path))] == [str(folder / "ct.dcm")]


def test_walk_is_a_stream(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "1").write_bytes(b"")
    walk = Paths().entries(str(tmp_path))
    assert next(walk).path == str(tmp_path / "a" / "1")
    (tmp_path / "b" / "2").write_bytes(b"")
    assert [entry.path for entry in walk] == [str(tmp_path / "b" / "1"), str(tmp_path / "b" / "2")]


def test_same_folder_named_twice_is_walked_once(dcmlint: Command, tmp_path: Path) -> None:
    (tmp_path / "ct.dcm").write_bytes(CT.read_bytes())
    result = dcmlint("check", "-f", "json", tmp_path, tmp_path / ".", tmp_path / "ct.dcm")
    assert json.loads(result.out)["summary"]["files"] == 2, "the folder once, the file as it was named"


def test_folder_in_a_list_is_walked(tmp_path: Path) -> None:
    (tmp_path / "ct.dcm").write_bytes(CT.read_bytes())
    result = process("check", "-", "-f", "json", stdin=os.fsencode(tmp_path))
    assert json.loads(result.out)["summary"]["instances"] == 1


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"", "empty file"),
        (bytes(1024), "zero bytes only"),
        (b"\x89PNG\r\n\x1a\n", "PNG image"),
        (b"PK\x03\x04", "ZIP archive"),
        (b"\x1f\x8b\x08", "gzip file"),
        (b"%PDF-1.7", "PDF document"),
        (bytes(257) + b"ustar", "tar archive"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n", "Git LFS pointer"),
        (b"name,date\n1,2\n", "text"),
        ("für".encode(), "text"),
        (b"\x01\x02\x03\x00", "unknown content"),
    ],
)
def test_content_kind(head: bytes, kind: str) -> None:
    assert content_kind(head) == kind


def test_last_resort_when_the_pipeline_itself_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(instance: object, plans: object) -> None:
        raise RuntimeError("DOE^JANE")

    monkeypatch.setattr("dcmlint.scan.check_instance", fails)
    report = lint_file(str(CT), Session(Settings(select=("pixel",))))
    (finding,) = report.findings
    assert (finding.rule, finding.severity) == ("internal/check-failed", "error")
    assert "DOE" not in str(finding)


def test_failed_check_exits_1_whatever_fails(dcmlint: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(instance: object, plans: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("dcmlint.scan.check_instance", fails)
    result = dcmlint("check", "--fail-on", "never", CT)
    assert result.status == 1
    assert "internal/check-failed" in result.out


def test_entry_of_a_folder_is_unreadable_not_read(tmp_path: Path) -> None:
    assert lint_entry(Entry(str(tmp_path)), Session()).findings[0].args == {"reason": "it is a folder"}


def test_hard_links_are_inputs_of_their_own(dcmlint: Command, tmp_path: Path) -> None:
    (tmp_path / "a.dcm").write_bytes((FAULTY / "missing_type_1.dcm").read_bytes())
    os.link(tmp_path / "a.dcm", tmp_path / "b.dcm")
    found = json.loads(dcmlint("check", "--format", "json", tmp_path).out)["findings"]
    findings = [(Path(each["file"]).name, each["rule"]) for each in found]
    rule = "module/missing-type-1"
    assert findings == [("a.dcm", rule), ("b.dcm", rule), ("b.dcm", "uid/duplicate-copy")]


@pytest.mark.parametrize("make", [fifo, unix_socket, broken_link, link_to_itself, device, gone])
@pytest.mark.parametrize("name", ["a.zip", "a.tar.gz", "DICOMDIR"])
def test_what_is_no_file_and_has_the_name_of_an_archive(
    dcmlint: Command, tmp_path: Path, make: Callable[[Path], None], name: str
) -> None:
    make(tmp_path / name)
    (finding,) = json.loads(dcmlint("check", "--format", "json", tmp_path / name).out)["findings"]
    assert finding["rule"] == "file/unreadable"


def test_a_hole_in_a_file_is_not_filled(tmp_path: Path) -> None:
    """Pixel Data of 1 GB that are not on disk cost neither time nor memory."""
    content = CT.read_bytes()
    start = content.rindex(b"\xe0\x7f\x10\x00OW\0\0") + 8
    path = tmp_path / "sparse.dcm"
    with path.open("wb") as stream:
        stream.write(content[:start] + (1 << 30).to_bytes(4, "little"))
        stream.truncate(start + 4 + (1 << 30))
    os.utime(path, (1, 1))
    report = lint_file(str(path), Session())
    assert report.kind == "instance"
    assert path.stat().st_blocks < 100
