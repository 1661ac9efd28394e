"""The bytes of one frame, which may lie in several fragments, seen as one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

__all__ = ["WINDOW", "Span"]

WINDOW = 1024
"""Bytes that are read at once while marker segments are walked through."""

_TAIL = 4096
"""Bytes in which an end marker is looked for behind what is no padding."""


class Span:
    """The bytes of the pieces (offset, length) of a buffer, one after the other."""

    __slots__ = ("_buf", "_pieces", "size")

    def __init__(self, buf: Any, pieces: Sequence[tuple[int, int]]) -> None:
        self._buf = buf
        self._pieces = pieces
        self.size = pieces[0][1] if len(pieces) == 1 else sum(length for _, length in pieces)

    def read(self, position: int, count: int) -> bytes:
        """Return `count` bytes from `position` on, fewer where the frame ends before."""
        if len(self._pieces) == 1:
            offset, length = self._pieces[0]
            return bytes(self._buf[offset + position : offset + min(position + count, length)])
        parts = []
        for offset, length in self._pieces:
            if count <= 0:
                break
            if position < length:
                part = bytes(self._buf[offset + position : offset + min(position + count, length)])
                parts.append(part)
                count -= len(part)
                position = 0
            else:
                position -= length
        return b"".join(parts)

    def end_marker(self) -> tuple[bool | None, int]:
        """Tell whether the frame ends with FFD9, and how many bytes that are no padding follow it.

        That is EOI of JPEG and JPEG-LS and EOC of JPEG 2000, which occurs nowhere in entropy-coded data.
        None if there is nothing but padding (zeros and FF) in the last bytes.
        """
        tail = self.read(max(0, self.size - 16), 16)
        if tail[-2:] == b"\xff\xd9":
            return True, 0
        kept = tail.rstrip(b"\0\xff")
        if kept[-2:] == b"\xff\xd9":
            return True, 0
        tail = self.read(max(0, self.size - _TAIL), _TAIL).rstrip(b"\0\xff")
        if not tail:
            return (None, 0) if self.size > _TAIL else (False, 0)
        at = tail.rfind(b"\xff\xd9")
        return (True, len(tail) - at - 2) if at >= 0 else (False, 0)
