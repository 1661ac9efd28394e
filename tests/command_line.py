"""How tests run the command line: in this process, or as a user does."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[1]
CLEAN = ROOT / "fixtures" / "clean"
FAULTY = ROOT / "fixtures" / "faulty"
CT = CLEAN / "ct.dcm"


class Result(NamedTuple):
    """What a command came to."""

    status: int
    out: str
    err: str


class Command:
    """The command line, run in this process with captured streams."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._monkeypatch = monkeypatch
        self._capsys = capsys

    def __call__(self, *arguments: str | Path) -> Result:
        from dcmlint.__main__ import main

        self._monkeypatch.setattr(sys, "argv", ["dcmlint", *map(str, arguments)])
        with pytest.raises(SystemExit) as stopped:
            main()
        captured = self._capsys.readouterr()
        return Result(int(stopped.value.code or 0), captured.out, captured.err)


@pytest.fixture
def dcmlint(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    return Command(monkeypatch, capsys)


def process(*arguments: str | Path, stdin: bytes = b"", env: dict[str, str] | None = None) -> Result:
    """Run the command line in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "dcmlint", *map(str, arguments)],
        input=stdin,
        capture_output=True,
        env={**os.environ, **(env or {})},
        timeout=120,
        check=False,
    )
    return Result(done.returncode, done.stdout.decode(), done.stderr.decode())


def timeless(text: str) -> list[str]:
    """Return the lines of a report without those that tell how long it took."""
    times = ("elapsed_s", "checked in", ' time="')
    return [line for line in text.splitlines() if not any(time in line for time in times)]
