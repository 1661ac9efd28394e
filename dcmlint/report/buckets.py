"""Lines that wait for a report in another order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import IO, NamedTuple

__all__ = ["Buckets"]

_PENDING_BYTES = 1 << 15
"""Characters of one key that are kept in memory before they go to the temporary file."""


class _Chunk(NamedTuple):
    """Lines of one key that are together in the temporary file."""

    offset: int
    size: int
    lines: int


class Buckets:
    """Lines of ASCII text by key: in memory while a key has few, else in one temporary file without a name.

    Of each key the first `most` lines are kept, the others only counted: `counts` has them all.
    """

    def __init__(self, most: int) -> None:
        self.counts: Counter[str] = Counter()
        self.size = 0
        """Characters that are kept."""
        self._most = most
        self._pending: dict[str, list[str]] = {}
        self._sizes: Counter[str] = Counter()
        self._chunks: dict[str, list[_Chunk]] = {}
        self._file: IO[bytes] | None = None
        self._end = 0

    def add(self, key: str, line: str) -> None:
        """Append a line, given without its line break."""
        self.counts[key] += 1
        if self.counts[key] > self._most:
            return
        self._pending.setdefault(key, []).append(line)
        self._sizes[key] += len(line) + 1
        self.size += len(line) + 1
        if self._sizes[key] > _PENDING_BYTES:
            self._spill(key)

    def _spill(self, key: str) -> None:
        if self._file is None:
            from tempfile import TemporaryFile

            self._file = TemporaryFile("w+b")  # noqa: SIM115
        lines = self._pending.pop(key)
        self._file.seek(self._end)
        self._file.write("".join([f"{line}\n" for line in lines]).encode("ascii"))
        self._chunks.setdefault(key, []).append(_Chunk(self._end, self._sizes[key], len(lines)))
        self._end += self._sizes.pop(key)

    def read(self, key: str, start: int, stop: int) -> Iterator[list[str]]:
        """Yield the lines of a key from number `start` up to `stop`, some at a time."""
        first = 0
        for chunk in self._chunks.get(key, ()):
            if first + chunk.lines > start and first < stop:
                yield self._lines(chunk)[max(0, start - first) : stop - first]
            first += chunk.lines
        rest = self._pending.get(key, [])[max(0, start - first) : max(0, stop - first)]
        if rest:
            yield rest

    def _lines(self, chunk: _Chunk) -> list[str]:
        assert self._file is not None
        self._file.seek(chunk.offset)
        return self._file.read(chunk.size).decode("ascii").splitlines()

    def close(self) -> None:
        """Forget all lines."""
        self._pending.clear()
        self._chunks.clear()
        if self._file is not None:
            self._file.close()
            self._file = None
