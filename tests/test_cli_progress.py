"""The progress bar: on a terminal, for long work, and nowhere else."""

from __future__ import annotations

import io
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
from command_line import CLEAN, CT

from dcmlint import progress
from dcmlint.progress import Progress


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """A clock that stands at the number it holds."""
    now = [0.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    return now


def step(bar: Progress, clock: list[float], number: int, seconds: float) -> None:
    for _ in range(number):
        clock[0] += seconds / number
        bar.step()


def test_short_work_shows_nothing(clock: list[float]) -> None:
    stream = io.StringIO()
    bar = Progress(stream, (str(CLEAN),))
    step(bar, clock, 1000, 0.9)
    bar.clear()
    assert stream.getvalue() == ""


def test_long_work_shows_a_bar_and_clears_it(clock: list[float], tmp_path: Path) -> None:
    for number in range(64):
        (tmp_path / str(number)).write_bytes(b"")
    stream = io.StringIO()
    bar = Progress(stream, (str(tmp_path),))
    step(bar, clock, 32, 2.0)
    shown = stream.getvalue()
    assert "32 of 64 files" in shown
    assert " 50%" in shown
    assert "16 files/s" in shown
    bar.clear()
    assert stream.getvalue().endswith("\r\x1b[K")


@pytest.mark.parametrize("locations", [(), ("s3://somewhere/else",)])
def test_unknown_total_shows_a_count(clock: list[float], locations: tuple[str, ...]) -> None:
    stream = io.StringIO()
    step(Progress(stream, locations), clock, 32, 2.0)
    assert "32 files" in stream.getvalue()
    assert "%" not in stream.getvalue()


def test_counting_gives_up_in_time(
    monkeypatch: pytest.MonkeyPatch, clock: list[float], tmp_path: Path
) -> None:
    for number in range(300):
        (tmp_path / str(number)).write_bytes(b"")
    monkeypatch.setattr(progress, "_COUNTING_S", -1.0)
    stream = io.StringIO()
    step(Progress(stream, (str(tmp_path),)), clock, 32, 2.0)
    assert "%" not in stream.getvalue()


def on_a_terminal(*arguments: str | Path, silent_s: float) -> tuple[str, int]:
    """Run a check whose standard error is a terminal, and return what it shows and the exit status."""
    code = (
        "import sys, dcmlint.progress as p\n"
        f"p._SILENT_S = {silent_s}\n"
        "from dcmlint.__main__ import main; main()\n"
    )
    master, slave = pty.openpty()
    command = [sys.executable, "-c", code, "check", *map(str, arguments)]
    done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=slave, timeout=60, check=False)
    os.close(slave)
    shown = b""
    try:
        while piece := os.read(master, 65536):
            shown += piece
    except OSError:
        pass  # the other end is closed
    finally:
        os.close(master)
    return shown.decode(), done.returncode


def test_terminal_shows_it() -> None:
    shown, status = on_a_terminal("--jobs", "1", *[CT] * 64, silent_s=0)
    assert status == 0
    assert "of 64 files" in shown


def test_quiet_and_short_work_do_not() -> None:
    assert on_a_terminal("--quiet", *[CT] * 64, silent_s=0) == ("", 0)
    assert on_a_terminal(CT, silent_s=60) == ("", 0)
