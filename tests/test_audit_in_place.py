"""`dcmlint fix --in-place --log`: what the log says is what backups and files bear out, killed or not."""

from __future__ import annotations

import hashlib
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest
from audit_logs import SECRET, records_of
from command_line import FAULTY, Command, dcmlint

__all__ = ["dcmlint"]


class Scene(NamedTuple):
    """A folder to be fixed in place, where backups go, log and key."""

    folder: Path
    backup: Path
    log: Path
    key: Path

    def fix(self) -> tuple[object, ...]:
        places = ("--in-place", "--backup", self.backup, "--log", self.log, "--key-file", self.key)
        return ("fix", self.folder, "--unsafe-fixes", *places)

    def verify(self) -> tuple[object, ...]:
        folders = ("--originals", self.backup, "--results", self.folder)
        return ("audit", "verify", self.log, "--key-file", self.key, *folders)


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    (tmp_path / "key").write_bytes(SECRET)
    shutil.copytree(FAULTY, tmp_path / "in")
    (tmp_path / "in" / "notes.txt").write_text("no DICOM")
    return Scene(tmp_path / "in", tmp_path / "backup", tmp_path / "log.jsonl", tmp_path / "key")


def contents(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_backups_are_the_originals(scene: Scene, dcmlint: Command) -> None:
    before = contents(scene.folder)
    fixed = dcmlint(*scene.fix())
    assert fixed.status in (0, 1), fixed.err
    after = contents(scene.folder)
    changed = {name for name in before if before[name] != after[name]}
    status, told, _ = dcmlint(*scene.verify())
    assert status == 0, told
    assert f"{len(changed)} originals" in told and "results that no record is about: 1" in told
    files = [record for record in records_of(scene.log.read_bytes()) if record["type"] == "file"]
    kept = {record["before"]: record["after"] for record in files if record["status"] == "done"}
    assert kept == {before[name]: after[name] for name in changed}
    assert not Path(f"{scene.log}.pending").exists()


def test_a_changed_backup_result_or_neighbour_is_noticed(scene: Scene, dcmlint: Command) -> None:
    dcmlint(*scene.fix())
    backup = next(path for path in scene.backup.rglob("odd_length.dcm"))
    unchanged = scene.folder / "not_enumerated.dcm"
    for path, told in ((backup, "its original is not what it was"), (unchanged, "its result is not what")):
        content = path.read_bytes()
        path.write_bytes(content[:-1] + b"x")
        status, out, _ = dcmlint(*scene.verify())
        assert status == 1 and told in out
        path.write_bytes(content)
    backup.unlink()
    status, out, _ = dcmlint(*scene.verify())
    assert status == 1 and "its original is not in the folder" in out


def test_an_older_backup_is_no_original_of_this_run(scene: Scene, dcmlint: Command) -> None:
    """Another content of an earlier run is in the place of the backup: the new one has a number."""
    place = scene.folder.resolve() / "odd_length.dcm"
    older = scene.backup / place.relative_to(place.anchor)
    older.parent.mkdir(parents=True)
    older.write_bytes((FAULTY / "not_enumerated.dcm").read_bytes())
    dcmlint(*scene.fix())
    assert (older.parent / "odd_length.dcm.1").is_file()
    status, told, _ = dcmlint(*scene.verify())
    assert status == 0 and "originals that no record is about: 1" in told, told


KILLED = """
import os, sys
from dcmlint.audit.log import AuditLog
from dcmlint.fix import logged, replace
import dcmlint.audit.log as audit_log
from dcmlint.__main__ import main
name, wanted = sys.argv.pop(1), int(sys.argv.pop(1))
owner, attribute = {
    "backup": (replace, "back_up"), "note": (logged.PendingNote, "write"), "replace": (replace, "replace"),
    "record": (AuditLog, "record"), "half": (audit_log, "_write"),
}[name]
old, count = getattr(owner, attribute), [0]
def new(*a, **k):
    if name == "half" and b'"type":"edit"' not in bytes(a[1]):
        return old(*a, **k)
    count[0] += 1
    if count[0] == wanted and name == "half":
        os.write(a[0], bytes(a[1])[:-40])
        os.kill(os.getpid(), 9)
    found = old(*a, **k)
    if count[0] == wanted:
        os.kill(os.getpid(), 9)
    return found
setattr(owner, attribute, new)
main()
"""


@pytest.mark.parametrize("moment", ["backup", "note", "replace", "record", "half"])
@pytest.mark.parametrize("count", [1, 4])
def test_killed_and_continued(scene: Scene, dcmlint: Command, moment: str, count: int) -> None:
    before = contents(scene.folder)
    command = [sys.executable, "-c", KILLED, moment, str(count), *map(str, scene.fix())]
    killed = subprocess.run(command, capture_output=True, text=True, check=False)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    again = dcmlint(*scene.fix())
    assert again.status in (0, 1), again.err
    status, told, _ = dcmlint(*scene.verify())
    assert status == 0 and "continued 1 time" in told, told
    after = contents(scene.folder)
    changed = {name for name in before if before[name] != after[name]}
    files = [record for record in records_of(scene.log.read_bytes()) if record["type"] == "file"]
    kept = {record["before"]: record["after"] for record in files if record["status"] == "done"}
    assert kept == {before[name]: after[name] for name in changed}
    assert f"{len(changed)} originals" in told
    assert not list(scene.folder.parent.rglob("*.part"))
    assert not Path(f"{scene.log}.pending").exists()
    cited = {record["clause"] for record in records_of(scene.log.read_bytes()) if record["type"] == "edit"}
    assert "" not in cited


def test_a_note_of_another_log_does_not_count(scene: Scene, dcmlint: Command) -> None:
    command = [sys.executable, "-c", KILLED, "replace", "1", *map(str, scene.fix())]
    assert subprocess.run(command, capture_output=True, check=False).returncode == -signal.SIGKILL
    scene.log.unlink()
    dcmlint(*scene.fix())
    files = [record for record in records_of(scene.log.read_bytes()) if record["type"] == "file"]
    (backup,) = (
        path
        for path in scene.backup.rglob("*.dcm")
        if hashlib.sha256(path.read_bytes()).hexdigest() not in {record["before"] for record in files}
    )
    assert backup.is_file()
    assert dcmlint(*scene.verify()).status == 0


def test_a_log_that_lies_among_the_backups_is_no_backup(scene: Scene, dcmlint: Command) -> None:
    inside = scene._replace(log=scene.backup / "log.jsonl")
    scene.backup.mkdir()
    dcmlint(*inside.fix())
    status, told, _ = dcmlint(*inside.verify())
    assert status == 0 and "originals that no record" not in told, told


def test_what_was_done_in_place_is_not_made_again(scene: Scene, dcmlint: Command) -> None:
    dcmlint(*scene.fix())
    again = ("audit", "reproduce", scene.log, "--key-file", scene.key, "--originals", scene.backup)
    status, _, err = dcmlint(*again)
    assert status == 2 and "in place" in err
