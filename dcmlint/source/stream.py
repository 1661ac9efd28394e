"""One object on standard input, checked under a name that the user gives."""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Iterator
from typing import Any

from dcmlint.errors import UnreadableError
from dcmlint.source import Blob, Entry

__all__ = ["LIMIT", "SCHEME", "StandardInput"]

SCHEME = "stdin"
"""Of the entry, and of its location: stdin://NAME."""

LIMIT = 2 << 30
"""Bytes that are read at most: all of them are in memory."""

_PIECE = 1 << 20


class StandardInput:
    """The source of the one object on standard input; it can be opened once."""

    def __init__(self, limit: int = LIMIT) -> None:
        self._limit = limit

    def entries(self, location: str) -> Iterator[Entry]:
        """Yield the entry whose path is the name in `location`."""
        yield Entry(location.removeprefix(f"{SCHEME}://"), named=True, scheme=SCHEME)

    def open(self, entry: Entry) -> Blob:
        """Return what is on standard input up to its end; raises UnreadableError if that is too much."""
        stream = getattr(sys.stdin, "buffer", None)
        if stream is None:
            raise UnreadableError("standard input is closed")
        try:
            return Blob(self._content(stream))
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or "reading fails"
            raise UnreadableError(f"standard input: {reason}") from error
        except MemoryError as error:
            raise UnreadableError("not enough memory for what is on standard input") from error

    def _content(self, stream: Any) -> Any:
        pieces: deque[bytes] = deque()
        size = 0
        while piece := stream.read(_PIECE):
            size += len(piece)
            if size > self._limit:
                raise UnreadableError(f"standard input has more than {self._limit:,} bytes")
            pieces.append(piece)
        return _joined(pieces, size) if len(pieces) > 1 else b"".join(pieces)


def _joined(pieces: deque[bytes], size: int) -> Any:
    """Return the pieces in memory of their own; each is given back once it is copied, so that the whole
    is never there twice."""
    import mmap

    memory = mmap.mmap(-1, size)
    while pieces:
        memory.write(pieces.popleft())
    return memory
