"""Text that waits for its place in a report."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO, TextIO

__all__ = ["Spill"]

_SPILL_BYTES = 1 << 20
"""Characters that are kept in memory before they go to a temporary file."""

_COPY_BYTES = 1 << 18


class Spill:
    """Text that waits: in memory while it is short, else in a temporary file without a name.

    What cannot be written as UTF-8 (lone surrogates) becomes a backslash and its code there.
    """

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._size = 0
        self._file: IO[str] | None = None

    def write(self, text: str) -> None:
        """Append."""
        self._pieces.append(text)
        self._size += len(text)
        if self._size > _SPILL_BYTES:
            if self._file is None:
                from tempfile import TemporaryFile

                self._file = TemporaryFile(  # noqa: SIM115
                    "w+", encoding="utf-8", errors="backslashreplace", newline=""
                )
            self._file.write("".join(self._pieces))
            self._pieces.clear()
            self._size = 0

    def parts(self, end: str) -> Iterator[str]:
        """Yield what was written part by part, without the text that ends each; forgets nothing."""
        rest = ""
        for piece in self._read():
            *parts, rest = (rest + piece).split(end)
            yield from parts

    def _read(self) -> Iterator[str]:
        if self._file is not None:
            self._file.flush()
            self._file.seek(0)
            while piece := self._file.read(_COPY_BYTES):
                yield piece
        yield "".join(self._pieces)

    def copy(self, out: TextIO) -> None:
        """Write all of it to `out` and forget it."""
        if self._file is not None:
            with self._file:
                self._file.seek(0)
                while piece := self._file.read(_COPY_BYTES):
                    out.write(piece)
        out.write("".join(self._pieces))
        self._pieces.clear()
