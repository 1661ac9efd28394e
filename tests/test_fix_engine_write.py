"""Changed files are written whole or not at all, and never over what they come from without a backup."""

from __future__ import annotations

import errno
import hashlib
import os
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from dcmlint.errors import FixError, UsageError
from dcmlint.fix.write import (
    back_up,
    is_part,
    put_part,
    remove_parts,
    replace,
    write_new,
    write_part,
)

CONTENT = b"content " * 1000


def listed(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def in_place(path: Path, folder: Path, chunks: Iterable[bytes]) -> tuple[Path, str]:
    return back_up(path, folder), replace(path, chunks)


def test_the_digest_is_that_of_the_file(tmp_path: Path) -> None:
    target = tmp_path / "new" / "folder" / "file.dcm"
    digest = write_new(target, [CONTENT, memoryview(CONTENT)[8:]])
    assert target.read_bytes() == CONTENT + CONTENT[8:]
    assert digest == hashlib.sha256(target.read_bytes()).hexdigest()
    assert listed(tmp_path) == ["new/folder/file.dcm"]


@pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")
@pytest.mark.parametrize("mode", [0o640, 0o400])
def test_permissions_are_those_of_the_source(tmp_path: Path, mode: int) -> None:
    source = tmp_path / "source"
    source.write_bytes(CONTENT)
    source.chmod(mode)
    write_new(tmp_path / "target", [CONTENT], source)
    assert (tmp_path / "target").stat().st_mode & 0o777 == mode


def test_what_was_there_is_replaced_but_never_the_source(tmp_path: Path) -> None:
    source, link = tmp_path / "source", tmp_path / "link"
    source.write_bytes(CONTENT)
    link.symlink_to(source)
    (tmp_path / "old").write_bytes(b"old")
    write_new(tmp_path / "old", [b"new"], source)
    assert (tmp_path / "old").read_bytes() == b"new"
    for path in (source, link, tmp_path / "." / "source"):
        with pytest.raises(UsageError, match="over itself"):
            write_new(path, [b"new"], source)
    assert source.read_bytes() == CONTENT
    assert listed(tmp_path) == ["link", "old", "source"]


def test_a_temporary_file_gets_its_name_later(tmp_path: Path) -> None:
    source, unflushed = tmp_path / "source", set[str]()
    source.write_bytes(CONTENT)
    source.chmod(0o640)
    target = tmp_path / "new" / "folder" / "target"
    for content in (b"one", b"other"):
        part, digest = write_part(str(tmp_path), [content], source)
        assert is_part(part) and digest == hashlib.sha256(content).hexdigest()
        put_part(part, target, source, unflushed=unflushed)
        assert target.read_bytes() == content and target.stat().st_mode & 0o777 == 0o640
    assert unflushed == {str(target.parent)} and listed(tmp_path) == ["new/folder/target", "source"]


def test_a_temporary_file_that_cannot_have_its_name_is_gone(tmp_path: Path) -> None:
    source, unflushed = tmp_path / "source", set[str]()
    source.write_bytes(CONTENT)
    (tmp_path / "taken").mkdir()
    for target, words in ((source, "over itself"), (tmp_path / "taken", "cannot write")):
        part, _ = write_part(str(tmp_path), [b"new"], source)
        with pytest.raises(UsageError, match=words):
            put_part(part, target, source, unflushed=unflushed)
    assert listed(tmp_path) == ["source"] and source.read_bytes() == CONTENT and not unflushed


def test_chunks_that_fail_leave_nothing_behind(tmp_path: Path) -> None:
    def failing() -> Iterator[bytes]:
        yield CONTENT
        raise FixError("no more")

    (tmp_path / "target").write_bytes(b"old")
    with pytest.raises(FixError, match="no more"):
        write_new(tmp_path / "target", failing())
    assert (tmp_path / "target").read_bytes() == b"old"
    assert listed(tmp_path) == ["target"]


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO])
def test_a_full_disk_is_said_and_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def full(descriptor: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(UsageError, match=os.strerror(number)) as caught:
        write_new(tmp_path / "target", [CONTENT])
    assert ("make room" in caught.value.hint) == (number == errno.ENOSPC)
    assert listed(tmp_path) == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_write_that_finds_no_room_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = os.open

    def to_full(path: Any, flags: int, *rest: Any) -> int:
        return opened("/dev/full", os.O_WRONLY) if str(path).endswith(".part") else opened(path, flags, *rest)

    monkeypatch.setattr(os, "open", to_full)
    with pytest.raises(UsageError, match="No space left on device"):
        write_new(tmp_path / "target", [CONTENT] * 1000)
    assert listed(tmp_path) == []


def test_a_folder_that_is_a_file_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(UsageError, match="cannot write"):
        write_new(tmp_path / "file" / "target", [CONTENT])


def test_in_place_keeps_the_original_first(tmp_path: Path) -> None:
    path, folder = tmp_path / "data" / "file.dcm", tmp_path / "backup"
    path.parent.mkdir()
    path.write_bytes(CONTENT)
    backups = []

    def changed() -> Iterator[bytes]:
        backups.extend(found.read_bytes() for found in folder.rglob("file.dcm"))
        yield b"changed"

    backup, digest = in_place(path, folder, changed())
    assert backups == [CONTENT]
    assert backup == folder.resolve() / path.resolve().relative_to(path.anchor)
    assert backup.read_bytes() == CONTENT
    assert path.read_bytes() == b"changed"
    assert digest == hashlib.sha256(b"changed").hexdigest()


def test_no_backup_is_ever_lost(tmp_path: Path) -> None:
    path, folder = tmp_path / "file", tmp_path / "backup"
    path.write_bytes(b"0")
    for number in (1, 2):
        in_place(path, folder, [b"%d" % number])
    path.write_bytes(b"0")
    backup, _ = in_place(path, folder, [b"3"])
    assert backup.name == "file"
    assert sorted(found.read_bytes() for found in folder.rglob("file*")) == [b"0", b"1"]


def test_a_file_is_not_its_own_backup(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(CONTENT)
    with pytest.raises(UsageError, match="own backup"):
        in_place(path, Path(path.anchor), [b"changed"])
    assert path.read_bytes() == CONTENT


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root gives files away")
def test_in_place_keeps_owner_and_permissions(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(CONTENT)
    path.chmod(0o640)
    os.chown(path, 1234, 2345)
    backup, _ = in_place(path, tmp_path / "backup", [b"changed"])
    for kept in (path, backup):
        status = kept.stat()
        assert (status.st_uid, status.st_gid, status.st_mode & 0o777) == (1234, 2345, 0o640)


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot read"):
        in_place(tmp_path / "file", tmp_path / "backup", [b"changed"])
    assert listed(tmp_path) == []


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    path, link = tmp_path / "file.dcm", tmp_path / "in" / "link.dcm"
    fixture = Path(__file__).parents[1] / "fixtures" / "faulty" / "odd_length.dcm"
    shutil.copy(fixture, path)
    link.parent.mkdir()
    link.symlink_to(path)
    places = ("--in-place", "--backup", str(tmp_path / "backup"))
    command = [sys.executable, "-m", "dcmlint", "fix", str(link.parent), *places]
    assert subprocess.run(command, capture_output=True, check=False).returncode == 0
    assert link.is_symlink() and path.read_bytes() != fixture.read_bytes()
    (backup,) = (found for found in (tmp_path / "backup").rglob("*.dcm"))
    assert backup.name == "file.dcm" and backup.read_bytes() == fixture.read_bytes()


KILLED = """
import sys, time
from pathlib import Path
from dcmlint.fix.write import write_new
def chunks():
    yield b"x" * 5_000_000
    print("half", flush=True)
    time.sleep(60)
write_new(Path(sys.argv[1]), chunks())
"""


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
def test_a_writer_that_is_killed_leaves_what_the_next_one_removes(tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.write_bytes(b"old")
    with subprocess.Popen(
        [sys.executable, "-c", KILLED, str(target)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "half\n"
        assert remove_parts(tmp_path) == 0, "the writer still runs"
        process.kill()
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)  # it has ended, and keeps its number
        assert target.read_bytes() == b"old"
        assert [is_part(tmp_path / name) for name in listed(tmp_path)] == [True, False]
        if Path("/proc/self/stat").exists():
            assert remove_parts(tmp_path) == 1
    remove_parts(tmp_path)
    assert listed(tmp_path) == ["target"]


def test_parts_of_any_writer_are_removed_where_none_counts(tmp_path: Path) -> None:
    (tmp_path / f".dcmlint-{os.getpid()}-1.part").write_bytes(b"half")
    (tmp_path / "other.part").write_bytes(b"not ours")
    assert remove_parts(tmp_path) == 0 and remove_parts(tmp_path, of_any=True) == 1
    assert listed(tmp_path) == ["other.part"]


WRITING = """
import hashlib, itertools, sys
from pathlib import Path
from dcmlint.fix.write import write_new
for number in itertools.count():
    content = b"%d " % number * 200_000
    write_new(Path(sys.argv[1]) / str(number % 3), [hashlib.sha256(content).digest(), content])
    print(number, flush=True)
"""


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
def test_killed_at_random_moments_no_file_is_half_written(tmp_path: Path) -> None:
    source = random.Random(7)
    parts = 0
    for _ in range(20):
        command = [sys.executable, "-c", WRITING, str(tmp_path)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            for _ in range(source.randint(1, 4)):
                assert process.stdout.readline()
            time.sleep(source.uniform(0, 0.02))
            process.kill()
        parts += remove_parts(tmp_path)
        assert set(listed(tmp_path)) <= {"0", "1", "2"}
        for path in tmp_path.iterdir():
            content = path.read_bytes()
            assert hashlib.sha256(content[32:]).digest() == content[:32]
    assert parts, "no kill came while a file was written"


@pytest.mark.parametrize("in_place", [False, True])
def test_fixing_again_removes_what_a_killed_run_has_left(tmp_path: Path, in_place: bool) -> None:
    source = tmp_path / "source"
    source.mkdir()
    fixture = next(Path(__file__).parents[1].joinpath("fixtures", "faulty").glob("odd_length.dcm"))
    shutil.copy(fixture, source / "file.dcm")
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        pass
    folder = source if in_place else tmp_path / "output"
    folder.mkdir(exist_ok=True)
    shutil.copy(fixture, folder / f".dcmlint-{ended.pid}-0.part")
    places = ("--in-place", "--backup", "../backup") if in_place else ("--output", "../output")
    command = [sys.executable, "-m", "dcmlint", "fix", ".", *places]
    done = subprocess.run(command, cwd=source, capture_output=True, text=True, check=False)
    assert "1 of 1 file" in done.stderr
    assert listed(folder) == ["file.dcm"]
