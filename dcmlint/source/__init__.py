"""Where bytes come from: entries to visit, and the bytes of each.

A source knows places and how to open them, nothing of DICOM beyond that. `dcmlint.source.paths` is
the one for files and folders; others come in by the hook `dcmlint_sources`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any, NamedTuple, Protocol

__all__ = ["Blob", "Entry", "Skip", "Source"]

Skip = Callable[[str, bool], bool]
"""Tells of what a walk meets, (path, whether it is a folder), whether to leave it out. A folder that is left
out is not entered. What the user names is not asked about."""


class Entry(NamedTuple):
    """One input to visit. Small and picklable: it crosses to worker processes.

    `named` is True when the user gave this very path, False when it was met in a folder. `problem`
    tells why a folder could not be walked ("" = none); such an entry is reported, not opened.
    """

    path: str
    named: bool = False
    problem: str = ""
    scheme: str = "file"


class Blob:
    """The bytes of one input: `buf` is bytes or a memory map of all of it."""

    __slots__ = ("buf",)

    def __init__(self, buf: Any) -> None:
        self.buf = buf

    def close(self) -> None:
        """Give a memory map back; views of it that a check kept alive keep it open."""
        if not isinstance(self.buf, bytes):
            with suppress(BufferError):
                self.buf.close()


class Source(Protocol):
    """A kind of place that inputs come from, chosen by URI scheme."""

    def entries(self, location: str) -> Iterator[Entry]:
        """Yield what there is to visit at `location`, as a stream, in a stable order.

        Problems of the place are entries with a `problem`, never exceptions.
        """

    def open(self, entry: Entry) -> Blob:
        """Return the bytes of `entry`; raises UnreadableError if they cannot be had."""
