"""The bytes of one file between two passes: in memory, or where they are many in a file."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

__all__ = ["holding"]

_HELD_IN_MEMORY = 64 << 20
"""Bytes of a file beyond which it is kept on disk between two passes."""


class holding:  # noqa: N801 - used as a context manager
    """Gives what keeps the bytes of one file between passes: in memory, or where they are many in a file
    beside `target`; without one, in the folder for temporary files."""

    def __init__(self, target: Path | None) -> None:
        self._folder = (
            None if target is None else next(each for each in target.absolute().parents if each.is_dir())
        )
        self._open: list[Any] = []

    def __enter__(self) -> Callable[[Iterable[Any]], Any]:
        return self._held

    def __exit__(self, *_: object) -> None:
        for each in self._open:
            with suppress(BufferError):
                each.close()

    def _held(self, chunks: Iterable[Any]) -> Any:
        kept = bytearray()
        chunks = iter(chunks)
        for chunk in chunks:
            if len(kept) + len(chunk) > _HELD_IN_MEMORY:
                return self._on_disk(kept, chunk, chunks)
            kept += chunk
        return bytes(kept)

    def _on_disk(self, kept: bytearray, chunk: Any, chunks: Iterable[Any]) -> Any:
        import mmap
        import tempfile

        with tempfile.TemporaryFile(dir=self._folder) as file:
            for each in (kept, chunk, *chunks):
                file.write(each)
            file.flush()
            held = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        self._open.append(held)
        return held
