"""A list of paths on a stream, as `find` writes it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from io import BufferedReader

__all__ = ["read_list"]

_CHUNK = 1 << 16


def read_list(stream: BufferedReader, *, separator: bytes = b"") -> Iterator[str]:
    """Yield the paths on `stream` as they come in; empty ones are left out.

    `separator` b"" means: NUL or line feed, whichever comes first. A carriage return before a line
    feed belongs to the line's end.
    """
    rest = b""
    while chunk := stream.read1(_CHUNK):
        rest += chunk
        separator = separator or _separator(chunk)
        if separator:
            *complete, rest = rest.split(separator)
            yield from _paths(complete, separator)
    yield from _paths([rest], separator or b"\n")


def _separator(chunk: bytes) -> bytes:
    positions = {chunk.find(each): each for each in (b"\0", b"\n") if each in chunk}
    return positions[min(positions)] if positions else b""


def _paths(lines: list[bytes], separator: bytes) -> Iterator[str]:
    for line in lines:
        path = line.removesuffix(b"\r") if separator == b"\n" else line
        if path:
            yield os.fsdecode(path)
