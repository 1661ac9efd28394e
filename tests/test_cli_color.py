"""Colours of text output: NO_COLOR, FORCE_COLOR and TERM, on a terminal and elsewhere."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest
from command_line import FAULTY

FAULT = FAULTY / "high_bit.dcm"
ESCAPE = re.compile(r"\x1b\[[0-9;]*m")

CASES = [
    ({}, True, False),
    ({"NO_COLOR": "1"}, False, False),
    ({"NO_COLOR": ""}, True, False),
    ({"TERM": "dumb"}, False, False),
    ({"FORCE_COLOR": "1"}, True, True),
    ({"FORCE_COLOR": "0"}, True, False),
    ({"FORCE_COLOR": ""}, True, False),
    ({"FORCE_COLOR": "1", "TERM": "dumb"}, True, True),
    ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False, False),
]
"""Variables, and whether there are colours on a terminal and in a pipe."""


def shown(variables: dict[str, str], *arguments: str | Path, terminal: bool) -> str:
    """Return what a check writes to its standard output, a terminal or a pipe."""
    without = {key: value for key, value in os.environ.items() if not key.endswith("_COLOR")}
    environment = {**without, "TERM": "xterm-256color", **variables}
    command = [sys.executable, "-m", "dcmlint", "check", *map(str, arguments)]
    if not terminal:
        done = subprocess.run(command, env=environment, capture_output=True, timeout=60, check=False)
        return done.stdout.decode()
    master, slave = pty.openpty()
    running = subprocess.Popen(command, env=environment, stdout=slave)
    os.close(slave)
    text = b""
    try:
        while piece := os.read(master, 65536):
            text += piece
    except OSError:
        pass  # the other end is closed
    finally:
        os.close(master)
    running.wait(timeout=60)
    return text.decode().replace("\r\n", "\n")


@pytest.mark.parametrize(("variables", "on_terminal", "in_pipe"), CASES, ids=lambda each: str(each))
def test_colours(variables: dict[str, str], on_terminal: bool, in_pipe: bool) -> None:
    terminal = shown(variables, FAULT, terminal=True)
    pipe = shown(variables, FAULT, terminal=False)
    assert bool(ESCAPE.search(terminal)) == on_terminal
    assert bool(ESCAPE.search(pipe)) == in_pipe
    assert "high-bit-mismatch" in ESCAPE.sub("", terminal)
    lines = [ESCAPE.sub("", text).splitlines()[:-1] for text in (terminal, pipe)]
    assert lines[0] == lines[1], "colours are all that differs"


@pytest.mark.parametrize("form", ["json", "jsonl", "sarif"])
def test_formats_for_programs_have_none(form: str) -> None:
    assert not ESCAPE.search(shown({"FORCE_COLOR": "1"}, FAULT, "--format", form, terminal=True))


def test_files_have_none(tmp_path: Path) -> None:
    shown({"FORCE_COLOR": "1"}, FAULT, "--output", tmp_path / "report.txt", terminal=True)
    text = (tmp_path / "report.txt").read_text()
    assert "high-bit-mismatch" in text
    assert not ESCAPE.search(text)
