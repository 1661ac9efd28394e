"""Comments and application data in codestreams: JPEG, JPEG-LS, JPEG 2000, and what follows their end."""

from __future__ import annotations

from collections.abc import Iterator

__all__ = ["comments_of"]

_SEGMENTS = 4096
"""Marker segments and boxes that are read at most."""

_JP2 = b"\0\0\0\x0cjP  "


def comments_of(content: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield (where in words, bytes) of each part of a codestream that is no picture; never raises."""
    if content.startswith(b"\xff\xd8"):
        yield from _jpeg(content)
    elif content.startswith(b"\xff\x4f\xff\x51"):
        yield from _jpeg_2000(content)
    elif content.startswith(_JP2):
        yield from _boxes(content)
    else:
        return
    end = content.rfind(b"\xff\xd9")
    if end >= 0 and content[end + 2 :].strip(b"\0\xff"):
        yield "bytes behind the end of the codestream", content[end + 2 :]


def _jpeg(content: bytes) -> Iterator[tuple[str, bytes]]:
    """ITU-T T.81 Annex B: COM and APPn up to the first scan, and COM between scans."""
    at = 2
    for _ in range(_SEGMENTS):
        if at + 4 > len(content) or content[at] != 0xFF:
            return
        marker = content[at + 1]
        if marker == 0xFF:
            at += 1
            continue
        if marker == 0xD9:
            return
        if marker == 0x01 or 0xD0 <= marker <= 0xD8:
            at += 2
            continue
        size = int.from_bytes(content[at + 2 : at + 4], "big")
        if size < 2:
            return
        segment = content[at + 4 : at + 2 + size]
        if marker == 0xFE:
            yield "a comment (COM) of the codestream", segment
        elif 0xE0 <= marker <= 0xEF:
            yield f"application data (APP{marker - 0xE0}) of the codestream", segment
        at += 2 + size
        if marker == 0xDA:
            at = _after_scan(content, at)


def _after_scan(content: bytes, at: int) -> int:
    """Return where the marker after entropy-coded data is (FF00, and FF below 80 in JPEG-LS, are data)."""
    while 0 <= (at := content.find(b"\xff", at)) < len(content) - 1:
        following = content[at + 1]
        if following >= 0x80 and not 0xD0 <= following <= 0xD7 and following != 0xFF:
            return at
        at += 1 if following == 0xFF else 2
    return len(content)


def _jpeg_2000(content: bytes, start: int = 0) -> Iterator[tuple[str, bytes]]:
    """ITU-T T.800 Annex A: CME in the main header."""
    at = start + 2
    for _ in range(_SEGMENTS):
        if at + 4 > len(content) or content[at] != 0xFF or content[at + 1] in (0x90, 0x93, 0xD9):
            return
        size = int.from_bytes(content[at + 2 : at + 4], "big")
        if content[at + 1] == 0x64:
            yield "a comment (COM) of the codestream", content[at + 6 : at + 2 + size]
        if size < 2:
            return
        at += 2 + size


def _boxes(content: bytes) -> Iterator[tuple[str, bytes]]:
    """ITU-T T.800 Annex I: boxes of a JP2 file that hold text."""
    at = 0
    for _ in range(_SEGMENTS):
        size = int.from_bytes(content[at : at + 4], "big")
        kind = content[at + 4 : at + 8]
        if kind == b"jp2c":
            yield from _jpeg_2000(content, at + 8)
        elif kind in (b"xml ", b"uuid", b"uinf"):
            yield "a box of the JP2 file", content[at + 8 : at + size]
        if size < 8:
            return
        at += size
