"""`--watch`: real processes that watch real folders."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from command_line import CT, FAULTY, Command, dcmlint

from dcmlint.run import Request
from dcmlint.watch import watch

__all__ = ["dcmlint"]

HIGH_BIT = FAULTY / "high_bit.dcm"
TRUNCATED = FAULTY / "truncated.dcm"
SECONDS = 20
"""How long anything may take before a test fails."""


class Watching:
    """A process that watches; what it writes is collected as it comes."""

    def __init__(self, *arguments: str | Path, cwd: Path) -> None:
        command = [sys.executable, "-m", "dcmlint", "check", "--watch", *map(str, arguments)]
        # One pipe for both streams: lines of two would come in any order.
        self.process = subprocess.Popen(
            command,
            cwd=cwd,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.lines: list[str] = []
        self._read = 0
        threading.Thread(target=self._collect, args=(self.process.stdout,), daemon=True).start()

    def _collect(self, stream: Iterator[str]) -> None:
        self.lines.extend(line.rstrip("\n") for line in stream)

    def until(self, text: str) -> str:
        """Return what was written up to a line with this text, since the last time."""
        started = time.monotonic()
        while time.monotonic() - started < SECONDS:
            lines = self.lines[self._read :]
            for number, line in enumerate(lines, 1):
                if text in line:
                    self._read += number
                    return "\n".join(lines[:number])
            time.sleep(0.02)
        raise AssertionError(f"{text!r} does not come after: {self.lines}")

    def interrupt(self) -> int:
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(timeout=SECONDS)

    def close(self) -> None:
        self.process.kill()
        self.process.wait()


@pytest.fixture
def watching(tmp_path: Path) -> Iterator[list[Watching]]:
    """Processes that are ended with the test."""
    running: list[Watching] = []
    yield running
    for each in running:
        each.close()


def start(running: list[Watching], folder: Path, *arguments: str | Path) -> Watching:
    running.append(Watching(*arguments, cwd=folder))
    return running[-1]


def put(source: Path, target: Path) -> None:
    """Put a whole file in place at once, as careful programs do."""
    aside = target.parent.parent / "aside"
    shutil.copy(source, aside)
    aside.replace(target)


def test_folder(watching: list[Watching], tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    put(CT, folder / "a.dcm")
    put(TRUNCATED, folder / "b.dcm")
    process = start(watching, tmp_path, "folder")
    assert "file/truncated" in process.until("2 SOP Instances in 2 files checked")
    process.until("Watching for changes; Ctrl-C ends.")

    put(HIGH_BIT, folder / "a.dcm")
    process.until("1 file changed, checking ...")
    told = process.until("checked in")
    assert "folder/a.dcm" in told and "pixel/high-bit-mismatch" in told
    assert "b.dcm" not in told, "only what has changed is checked"

    put(CT, folder / "a.dcm")
    assert "no findings" in process.until("1 SOP Instance in 1 file checked")

    (folder / "b.dcm").unlink()
    (folder / "note.txt").write_text("no DICOM")
    assert "1 note" in process.until("0 SOP Instances in 1 file checked"), "it was not named"

    (tmp_path / "three" / "deep").mkdir(parents=True)
    for name in ("three/1.dcm", "three/2.dcm", "three/deep/3.dcm"):
        shutil.copy(HIGH_BIT, tmp_path / name)
    (tmp_path / "three").rename(folder / "three")
    process.until("3 files changed, checking ...")
    assert process.until("checked in").count("pixel/high-bit-mismatch") == 3

    put(TRUNCATED, folder / "three" / "deep" / "3.dcm")
    assert "folder/three/deep/3.dcm" in process.until("1 SOP Instance in 1 file checked")
    assert process.interrupt() == 0


def test_files(watching: list[Watching], tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    put(CT, folder / "a.dcm")
    process = start(watching, tmp_path, "folder/a.dcm", "folder/later.dcm")
    process.until("Watching for changes")
    put(CT, folder / "other.dcm")
    for source in (HIGH_BIT, TRUNCATED):
        put(source, folder / "a.dcm")
        told = process.until("1 SOP Instance in 1 file checked")
        assert "folder/a.dcm" in told and "other.dcm" not in told
    (folder / "later.dcm").write_text("no DICOM")
    assert "1 error" in process.until("0 SOP Instances in 1 file checked"), "it was named"
    assert process.interrupt() == 0


def test_folder_by_a_link_and_a_file_together(watching: list[Watching], tmp_path: Path) -> None:
    for name in ("real", "single"):
        (tmp_path / name).mkdir()
        put(CT, tmp_path / name / "a.dcm")
    (tmp_path / "link").symlink_to("real")
    process = start(watching, tmp_path, "link", "single/a.dcm", "-f", "jsonl")
    process.until("Watching for changes")
    put(HIGH_BIT, tmp_path / "real" / "b.dcm")
    assert '"file":"link/b.dcm"' in process.until('"summary"')
    put(HIGH_BIT, tmp_path / "single" / "a.dcm")
    assert '"file":"single/a.dcm"' in process.until('"summary"')
    assert process.interrupt() == 0


def test_what_git_ignores_is_not_watched(watching: list[Watching], tmp_path: Path) -> None:
    subprocess.run(["git", "init", "--quiet", tmp_path], check=True)
    (tmp_path / ".gitignore").write_text("scratch/\n*.tmp\n")
    (tmp_path / "scratch").mkdir()
    process = start(watching, tmp_path, "--respect-gitignore", "--skip-non-dicom", ".")
    process.until("Watching for changes")
    shutil.copy(HIGH_BIT, tmp_path / "scratch" / "a.dcm")
    shutil.copy(HIGH_BIT, tmp_path / "b.tmp")
    shutil.copy(HIGH_BIT, tmp_path / "c.dcm")
    told = process.until("checked in")
    assert "1 file changed" in told and "c.dcm" in told
    assert process.interrupt() == 0


def test_changes_during_the_first_check_are_not_lost(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    put(CT, tmp_path / "a.dcm")
    os.utime(tmp_path / "a.dcm", (1, 1))
    time.sleep(0.2)  # the change of its time is a change too
    checked: list[list[str] | None] = []

    def check(request: Request, only: list[object] | None = None) -> int:
        checked.append(None if only is None else [os.path.basename(entry.path) for entry in only])  # type: ignore[attr-defined]  # noqa: PTH119
        if only is not None:
            raise KeyboardInterrupt
        put(HIGH_BIT, tmp_path / "b.dcm")
        return 1

    monkeypatch.setattr("dcmlint.watch.check", check)
    assert watch(Request((str(tmp_path),))) == 0
    assert checked == [None, ["b.dcm"]]
    assert "1 file changed, checking ..." in capsys.readouterr().err


def test_interrupt_of_the_first_check(watching: list[Watching], tmp_path: Path) -> None:
    shutil.copy(CT, tmp_path / "first.dcm")
    for number in range(3000):
        (tmp_path / f"{number}.dcm").hardlink_to(tmp_path / "first.dcm")
    process = start(watching, tmp_path, "-f", "jsonl", "--fail-on", "never", FAULTY, tmp_path)
    process.until('"rule"')
    assert process.interrupt() == 0


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("-",),
        ("s3://bucket/key",),
        (str(CT), "--output", "report.txt"),
        ("--stdin-filename", "x.dcm", "-"),
        (str(CT), "--select", "nothing/like-this"),
        ("/not/there/a.dcm",),
    ],
)
def test_bad_usage(dcmlint: Command, arguments: tuple[str, ...]) -> None:
    result = dcmlint("check", "--watch", *arguments)
    assert result.status == 2
    assert "dcmlint: error:" in result.err
    assert "Traceback" not in result.err


def test_watchfiles_is_asked_for_where_it_is_missing(
    dcmlint: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, "watchfiles", None)
    result = dcmlint("check", "--watch", tmp_path)
    assert (result.status, result.out) == (2, "")
    assert "--watch needs the package watchfiles" in result.err
    assert "python -m pip install 'dcmlint[watch]'" in result.err
