"""The program tesseract: words in a grey picture, with bounds on its time and on what it says."""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import NamedTuple

from dcmlint.errors import UsageError

__all__ = ["Tesseract", "Word", "find_tesseract", "lines_of", "words_of_table"]

SECONDS = 30.0
"""Time for one picture."""

_MOST = 1 << 20
"""Bytes of an answer: some 15,000 words."""

_LANGUAGE = "eng"
_WORD_ROW, _COLUMNS = "5", 12
_HINT = "Debian and Ubuntu: apt-get install tesseract-ocr; others: https://tesseract-ocr.github.io/tessdoc/"


class Word(NamedTuple):
    """A word that was read, how sure the reader is (0 to 100), and which line it is in."""

    text: str
    confidence: float
    line: tuple[str, ...]


class Tesseract(NamedTuple):
    """The program, by its path; `seconds` is how long it may take for one picture."""

    program: str
    seconds: float = SECONDS

    def words(self, picture: bytes) -> list[Word] | None:
        """Return the words in a picture, a PGM file of 8 bits; None where the program fails or is late."""
        arguments = ("stdin", "stdout", "--psm", "11", "-l", _LANGUAGE, "tsv")  # 11: text here and there
        process = _started(self.program, *arguments)
        timer = threading.Timer(self.seconds, process.kill)
        timer.start()
        try:
            table = _answer(process, picture)
        finally:
            timer.cancel()
            process.kill()
            process.wait()
        if process.returncode or len(table) > _MOST:
            return None
        return list(words_of_table(table.decode("utf-8", "replace")))


def find_tesseract() -> Tesseract:
    """Return the program that is on PATH; raises UsageError if it is not there or cannot read English."""
    program = shutil.which("tesseract")
    if program is None:
        raise UsageError("--ocr needs the program tesseract, which is not on PATH.", _HINT)
    try:
        done = subprocess.run(
            [program, "--list-langs"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        raise UsageError("--ocr needs the program tesseract, which does not run.", _HINT) from None
    if _LANGUAGE.encode() not in (done.stdout + done.stderr).split():
        raise UsageError("tesseract has no English language data (eng.traineddata).", _HINT)
    return Tesseract(program)


def words_of_table(table: str) -> Iterator[Word]:
    """Yield the words of what tesseract writes as TSV: a row for each, its texts in the last column."""
    for row in table.splitlines():
        fields = row.split("\t")
        if len(fields) == _COLUMNS and fields[0] == _WORD_ROW and fields[11].strip():
            yield Word(fields[11].strip(), float(fields[10]), tuple(fields[1:5]))


def lines_of(words: Iterable[Word]) -> str:
    """Return words as text, those of one line with spaces between."""
    return "\n".join(
        " ".join(word.text for word in line) for _, line in groupby(words, key=lambda word: word.line)
    )


def _started(program: str, *arguments: str) -> subprocess.Popen[bytes]:
    # What it says of a picture may hold what is in it.
    return subprocess.Popen(
        [program, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "OMP_THREAD_LIMIT": "1"},
    )


def _answer(process: subprocess.Popen[bytes], picture: bytes) -> bytes:
    """Return what the program writes about a picture, one byte more than the most at most."""
    assert process.stdin is not None and process.stdout is not None
    with process.stdout:
        try:
            with process.stdin:
                process.stdin.write(picture)
        except BrokenPipeError:
            return b""
        table = process.stdout.read(_MOST + 1)
    if len(table) <= _MOST:
        process.wait()
    return table
