"""A buffer as large as the input, of which only what is asked for has been fetched.

It is memory that is reserved and not used until it is filled: slices, single bytes and `find` fetch what
they need first. What looks at memory without asking (`struct`, regular expressions) sees zeros where nothing
was fetched, so the scanner calls `ensure` for the headers that it unpacks, and once for the values that
screens look at (`dcmlint.read.opener`).
"""

from __future__ import annotations

import mmap
from bisect import bisect_right
from collections.abc import Callable
from typing import Any

from dcmlint.errors import UnreadableError

__all__ = ["AHEAD", "Fetch", "Ranged"]

Fetch = Callable[[int, int], bytes]
"""Returns the bytes start..end of the input; raises UnreadableError."""

AHEAD = 16 << 10
"""Bytes that are fetched at first. What follows directly on what is there doubles it, up to _MOST_AHEAD."""

_MOST_AHEAD = 256 << 10
_MOST_STEP = 64 << 10
_JUMP = 4 << 10
"""Bytes that are fetched after a jump over a value, such as the header of a fragment."""

_BEFORE = 64
"""Bytes before such a place that are fetched with it: the end of the fragment before is looked at, too."""

_NO_RESERVE = getattr(mmap, "MAP_NORESERVE", 0x4000)


def _memory(kind: type[Ranged], size: int) -> Ranged:
    if hasattr(mmap, "MAP_PRIVATE"):
        flags = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | _NO_RESERVE
        return mmap.mmap.__new__(kind, -1, size, flags=flags)
    return mmap.mmap.__new__(kind, -1, size)


class Ranged(mmap.mmap):
    """The bytes of an input of `size` bytes (at least 1), fetched as they are asked for.

    `failure` tells why bytes could not be fetched, "" if that did not happen; nothing is fetched after it.
    `fetched` is the number of bytes that were.
    """

    def __new__(cls, size: int, fetch: Fetch) -> Ranged:
        """Reserve the memory."""
        return _memory(cls, size)

    def __init__(self, size: int, fetch: Fetch) -> None:
        self.failure = ""
        self.fetched = 0
        self._fetch = fetch
        self._size = size
        self._ahead = AHEAD
        self._starts: list[int] = []
        self._ends: list[int] = []

    def ensure(self, start: int, end: int) -> None:
        """Fetch what is missing of the bytes start..end; raises UnreadableError if that fails."""
        end = min(end, self._size)
        while start < end:
            index = bisect_right(self._starts, start) - 1
            there = self._ends[index] if index >= 0 else 0
            if there >= end:
                return
            start = max(start, there)
            following = self._starts[index + 1] if index + 1 < len(self._starts) else self._size
            self._fill(*self._stretch(start, end, there, following))

    def _stretch(self, start: int, end: int, there: int, following: int) -> tuple[int, int]:
        """Return what to fetch for start..end: more than that, as far as it is not there."""
        if start - there <= self._ahead:
            stop = max(end, there + self._ahead)
            self._ahead = min(self._ahead * 2, _MOST_AHEAD)
            return there, min(stop, following)
        return max(there, start - _BEFORE), min(max(end, start + _JUMP), following)

    def _fill(self, start: int, end: int) -> None:
        if self.failure:
            raise UnreadableError(self.failure)
        try:
            content = self._fetch(start, end)
            if len(content) != end - start:
                raise UnreadableError("it is shorter than it was when it was listed")
        except UnreadableError as error:
            self.failure = error.reason
            raise
        super().__setitem__(slice(start, end), content)
        self.fetched += end - start
        self._add(start, end)

    def _add(self, start: int, end: int) -> None:
        """Note that start..end is there, joined with what it touches."""
        index = bisect_right(self._starts, start)
        if index and self._ends[index - 1] == start:
            index -= 1
            self._ends[index] = end
        else:
            self._starts.insert(index, start)
            self._ends.insert(index, end)
        if index + 1 < len(self._starts) and self._starts[index + 1] == end:
            self._ends[index] = self._ends.pop(index + 1)
            del self._starts[index + 1]

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, slice):
            start, stop, _ = key.indices(self._size)
            self.ensure(start, stop)
        elif 0 <= key < self._size:
            self.ensure(key, key + 1)
        return super().__getitem__(key)

    def find(self, sub: Any, start: int = 0, end: int | None = None) -> int:
        """Return where `sub` is first, -1 if nowhere, fetching no further than that takes."""
        start, stop, _ = slice(start, end).indices(self._size)
        step = _JUMP
        while start + len(sub) <= stop:
            until = min(stop, start + step + len(sub))
            self.ensure(start, until)
            at = super().find(sub, start, until)
            if at >= 0 or until == stop:
                return at
            start = until - len(sub) + 1
            step = min(step * 2, _MOST_STEP)
        return -1
