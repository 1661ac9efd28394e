"""`--stdin-filename`: the object itself on standard input."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from command_line import CT, FAULTY, Command, dcmlint, process, timeless
from report_sample import FORMATS

from dcmlint.errors import UnreadableError
from dcmlint.source import Entry
from dcmlint.source.stream import StandardInput

__all__ = ["dcmlint"]

FAULT = FAULTY / "high_bit.dcm"


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> io.BytesIO:
    """What is on standard input."""
    stream = io.BytesIO()
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(stream))
    return stream


@pytest.mark.parametrize("path", [("-",), ()])
@pytest.mark.parametrize("form", FORMATS)
def test_report_is_that_of_the_file_under_the_name(tmp_path: Path, form: str, path: tuple[str, ...]) -> None:
    name = tmp_path / "export.dcm"
    piped = process("check", "--stdin-filename", name, *path, "-f", form, stdin=FAULT.read_bytes())
    name.write_bytes(FAULT.read_bytes())
    named = process("check", name, "-f", form)
    assert (piped.status, piped.err) == (1, named.err) and "rror" not in piped.err
    assert timeless(piped.out) == timeless(named.out)
    assert "pixel/high-bit-mismatch" in piped.out


@pytest.mark.parametrize("name", ["export.dcm", "a b/ü.dcm", "s3://bucket/key", "stdin://x", "-"])
def test_any_name_is_only_a_name(name: str) -> None:
    result = process("check", "--stdin-filename", name, "-", "-f", "json", stdin=FAULT.read_bytes())
    (finding,) = json.loads(result.out)["findings"]
    assert finding["file"] == name
    assert result.status == 1


def test_without_the_option_it_is_a_list() -> None:
    assert process("check", "-", stdin=os.fsencode(CT)).status == 0


@pytest.mark.parametrize(
    ("content", "rule", "told"),
    [
        (b"", "file/not-dicom", "empty file"),
        (b"%PDF-1.7", "file/not-dicom", "PDF document"),
        (os.fsencode(CT), "file/not-dicom", "text"),
    ],
)
def test_what_is_not_dicom_is_an_error(content: bytes, rule: str, told: str) -> None:
    result = process("check", "--stdin-filename", "x.dcm", "-", "-f", "json", stdin=content)
    (finding,) = json.loads(result.out)["findings"]
    assert (finding["rule"], finding["severity"], result.status) == (rule, "error", 1)
    assert told in finding["message"]


def test_nothing_is_lost_at_the_ends_of_pieces(given: io.BytesIO) -> None:
    content = os.urandom((3 << 20) + 7)
    given.write(content)
    given.seek(0)
    blob = StandardInput().open(Entry("x", scheme="stdin"))
    assert blob.buf[:] == content
    assert isinstance(blob.buf[:4], bytes), "values of elements are keys of tables"
    blob.close()


@pytest.mark.parametrize(("size", "fits"), [(3 << 20, True), ((3 << 20) + 1, False)])
def test_bound(given: io.BytesIO, size: int, fits: bool) -> None:
    given.write(bytes(size))
    given.seek(0)
    source = StandardInput(limit=3 << 20)
    if fits:
        assert len(source.open(Entry("x", scheme="stdin")).buf) == size
        return
    with pytest.raises(UnreadableError, match="more than 3,145,728 bytes"):
        source.open(Entry("x", scheme="stdin"))


def test_endless_input_is_an_error_of_its_own(dcmlint: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dcmlint.source.stream.StandardInput.__init__.__defaults__", (1 << 20,))
    with open("/dev/zero") as endless:  # noqa: PTH123
        monkeypatch.setattr("sys.stdin", endless)
        result = dcmlint("check", "--stdin-filename", "x.dcm", "-")
    assert result.status == 1
    assert "standard input has more than 1,048,576 bytes" in result.out


def test_closed_input_is_unreadable() -> None:
    command = f"{sys.executable} -m dcmlint check --stdin-filename x.dcm - <&-"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (1, "")
    assert "standard input is closed" in done.stdout


def test_closed_input_has_no_list() -> None:
    command = f"{sys.executable} -m dcmlint check - <&-"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert "Standard input is closed" in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("--stdin-filename", "x.dcm", str(CT)),
        ("--stdin-filename", "x.dcm", "-", str(CT)),
        ("--stdin-filename", "", "-"),
        ("--stdin-filename=", str(CT)),
    ],
)
def test_bad_usage(dcmlint: Command, arguments: tuple[str, ...]) -> None:
    result = dcmlint("check", *arguments)
    assert (result.status, result.out) == (2, "")
    assert "--stdin-filename takes a name, and no path but -." in result.err
