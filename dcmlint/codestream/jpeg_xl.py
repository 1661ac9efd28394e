"""JPEG XL: size and image metadata (ISO/IEC 18181-1 Annex D), bare or in boxes (18181-2)."""

from __future__ import annotations

from dcmlint.codestream.bits import LowFirst
from dcmlint.codestream.header import Header
from dcmlint.codestream.span import Span

__all__ = ["CONTAINER", "START", "read_jpeg_xl", "read_jpeg_xl_container"]

START = b"\xff\x0a"
CONTAINER = b"\0\0\0\x0cJXL \r\n\x87\n"
"""The signature box of the file format."""

_BOXES = 64
_HEAD = 64
"""Bytes in which the fields lie that are read."""

_RATIOS = ((1, 1), (1, 1), (12, 10), (4, 3), (3, 2), (16, 9), (5, 4), (2, 1))
_LENGTH = ((9, 1), (13, 1), (18, 1), (30, 1))
_GRAY = 1


def read_jpeg_xl(span: Span, start: int = 0) -> Header:
    """Return what the header of a codestream that starts at `start` says."""
    content = span.read(start + 2, _HEAD)
    if len(content) < 4:
        return Header("JPEG XL", fault="its header is cut off")
    bits = LowFirst(content)
    rows, columns = _size(bits)
    header = Header("JPEG XL", rows=rows, columns=columns)
    if bits.take(1):  # all defaults: 8 bits, sRGB, transformed to XYB
        return header._replace(bits=8, components=3, color="XYB", lossless=False)
    if bits.take(1):  # extra fields
        orientation = bits.take(3)
        if orientation >= 4:  # the stored image lies on its side
            header = header._replace(rows=columns, columns=rows)
        if bits.take(1):  # intrinsic size
            _size(bits)
        if bits.take(1) or bits.take(1):  # preview or animation
            return header
    if bits.take(1):  # floating point
        return header
    header = header._replace(bits=bits.choice((0, 8), (0, 10), (0, 12), (6, 1)))
    bits.take(1)
    if bits.choice((0, 0), (0, 1), (4, 2), (12, 1)):  # extra channels, which come before what follows
        return header
    return _colored(bits, header)


def _size(bits: LowFirst) -> tuple[int, int]:
    """Return rows and columns of a SizeHeader."""
    eights = bits.take(1)
    rows = 8 * (bits.take(5) + 1) if eights else bits.choice(*_LENGTH)
    ratio = bits.take(3)
    if ratio:
        wide, high = _RATIOS[ratio]
        return rows, rows * wide // high
    return rows, 8 * (bits.take(5) + 1) if eights else bits.choice(*_LENGTH)


def _colored(bits: LowFirst, header: Header) -> Header:
    """Read whether the image is transformed to XYB, and the colour encoding."""
    transformed = bits.take(1)
    header = header._replace(color="XYB", lossless=False) if transformed else header._replace(color="none")
    if bits.take(1):  # the default colour encoding: sRGB
        return header._replace(components=3)
    bits.take(1)
    space = bits.choice((0, 0), (0, 1), (4, 2), (6, 18))
    return header._replace(components=1 if space == _GRAY else 3)


def read_jpeg_xl_container(span: Span) -> Header:
    """Return what the codestream in the boxes of the file format says."""
    position, rebuilt = 0, False
    for _ in range(_BOXES):
        head = span.read(position, 16)
        if len(head) < 8:
            break
        length, kind = int.from_bytes(head[:4], "big"), head[4:8]
        start = position + 8
        if length == 1:
            length, start = int.from_bytes(head[8:16], "big"), position + 16
        rebuilt |= kind == b"jbrd"
        if kind in (b"jxlc", b"jxlp"):
            start += 4 if kind == b"jxlp" else 0
            if span.read(start, 2) == START:
                process = "recompressed JPEG" if rebuilt else ""
                return read_jpeg_xl(span, start)._replace(wrapped="JPEG XL file", process=process)
        if length < 8:
            break
        position += length
    return Header("JPEG XL", wrapped="JPEG XL file", fault="it has no codestream")
