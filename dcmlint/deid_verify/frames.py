"""The words in the frames of an Instance, by OCR, and the count of what could not be looked at."""

from __future__ import annotations

import json
from typing import NamedTuple

from dcmlint.deid_verify.tesseract import Tesseract, Word
from dcmlint.extra import import_extra
from dcmlint.read.item import Instance
from dcmlint.worker_process import WorkerProcess

__all__ = ["FrameReader", "ReadFrame", "chosen"]

_MEMORY_MB = 4096
_SECONDS = 60.0
"""Time for decoding one frame."""

_MOST_FRAMES = 4096
"""Frames of one Instance that are looked at where all are asked for."""

_WHY = {
    "failed": "no decoder that is installed takes it",
    "large": "it has too many pixels",
    "died": "the process that decodes it crashed",
    "late": f"decoding takes more than {_SECONDS:.0f} s",
    "unread": "tesseract fails on it or takes too long",
}
_ENDS = frozenset((_WHY["died"], _WHY["late"]))
"""Problems after which the other frames of an Instance are not tried."""


class ReadFrame(NamedTuple):
    """A frame (from 1) and the words in each view of it; `problem` says why it was not looked at, else ""."""

    number: int
    views: tuple[tuple[Word, ...], ...]
    problem: str = ""


class FrameReader:
    """Reads the frames of Instances and counts them; its process starts when it is first needed."""

    def __init__(self, tesseract: Tesseract, *, every_frame: bool = False) -> None:
        """Raises UsageError if a package is not there that decoding needs."""
        for package in ("numpy", "PIL"):
            import_extra(package, extra="deep", wanted_by="--ocr")
        self._tesseract = tesseract
        self._every_frame = every_frame
        self._worker = WorkerProcess(
            "dcmlint.deid_verify.frame_worker", memory_mb=_MEMORY_MB, seconds=_SECONDS
        )
        self._frames = self._read = self._failed = self._files = 0

    def read(self, file: str, instance: Instance) -> list[ReadFrame]:
        """Return what was read in the frames that are looked at."""
        there = instance.first("NumberOfFrames")
        count = max(1, there) if isinstance(there, int) else 1
        found: list[ReadFrame] = []
        for number in chosen(count, every_frame=self._every_frame):
            if found and found[-1].problem in _ENDS:
                found.append(ReadFrame(number + 1, (), found[-1].problem))
            else:
                found.append(self._frame(file, number))
        failed = sum(bool(frame.problem) for frame in found)
        self._files += 1
        self._frames += count
        self._read += len(found) - failed
        self._failed += failed
        return found

    def close(self) -> None:
        """End the process that decodes."""
        self._worker.close()

    def told(self) -> str:
        """Return what was looked at and what not, as a sentence."""
        said = f"OCR read {self._read} of {self._frames} frames in {self._files} files"
        return f"{said}; {self._failed} could not be looked at" if self._failed else said

    def _frame(self, file: str, number: int) -> ReadFrame:
        line = self._worker.ask(json.dumps({"path": file, "frame": number}).encode() + b"\n")
        views, problem = list[tuple[Word, ...]](), ""
        while line.startswith("picture "):
            words = self._tesseract.words(self._worker.content(int(line.removeprefix("picture "))))
            if words is None:
                problem = "unread"
            else:
                views.append(tuple(words))
            line = self._worker.line()
        if line != "end":
            problem = line
        return ReadFrame(number + 1, tuple(views), problem and _WHY[problem])


def chosen(count: int, *, every_frame: bool) -> list[int]:
    """Return which of `count` frames are looked at, from 0: the first, the middle and the last, or all."""
    if every_frame:
        return list(range(min(count, _MOST_FRAMES)))
    return sorted({0, count // 2, count - 1})
