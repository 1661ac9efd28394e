"""MPEG-2, H.264 and HEVC: the sequence header, where the stream starts with one.

Only elementary streams (and MPEG-2 Program Streams) are read: containers such as MP4 and Transport Streams
put the headers anywhere, and are left alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from dcmlint.codestream.bits import HighFirst
from dcmlint.codestream.header import Header
from dcmlint.codestream.span import Span

__all__ = ["read_mpeg"]

_HEAD = 4096
"""Bytes in which a sequence header is looked for."""

_START = re.compile(re.escape(b"\0\0\1"))
_SEQUENCE, _EXTENSION, _PACK = 0xB3, 0xB5, 0xBA
_WITH_CHROMA_FORMAT = frozenset((100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135))
"""Profiles of H.264 whose parameter set tells chroma format and bit depth (ITU-T H.264 7.3.2.1.1)."""


def read_mpeg(span: Span) -> Header:
    """Return what the sequence header says; kind "" if the stream does not start with one."""
    content = span.read(0, _HEAD)
    if not content.startswith((b"\0\0\1", b"\0\0\0\1")):
        return Header("")
    units = list(_units(content))
    if units and units[0][0] in (_SEQUENCE, _PACK):
        return _mpeg2(units)
    for code, payload in units:
        if code & 0x9F == 0x07:
            return _h264(HighFirst(_unescaped(payload)))
        if code == 0x42:
            return _hevc(HighFirst(_unescaped(payload[1:])))
        if code & 0x9F not in (0x06, 0x09) and code not in (0x40, 0x44, 0x46, 0x4E):
            break
    return Header("")


def _units(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield the byte behind each start code and what lies up to the next."""
    starts = [found.end() for found in _START.finditer(content)]
    for start, end in zip(starts, [*(start - 3 for start in starts[1:]), len(content)], strict=True):
        if start < end:
            yield content[start], content[start + 1 : end]


def _unescaped(payload: bytes) -> bytes:
    """Return a NAL unit without its emulation prevention bytes."""
    return payload[:256].replace(b"\0\0\3", b"\0\0")


def _mpeg2(units: list[tuple[int, bytes]]) -> Header:
    """Sequence header and sequence extension (ITU-T H.262 6.2.2.1, 6.2.2.3)."""
    for number, (code, payload) in enumerate(units):
        if code != _SEQUENCE or len(payload) < 3:
            continue
        columns = payload[0] << 4 | payload[1] >> 4
        rows = (payload[1] & 0x0F) << 8 | payload[2]
        follower = units[number + 1] if number + 1 < len(units) else (0, b"")
        if follower[0] == _EXTENSION and len(follower[1]) >= 3 and follower[1][0] >> 4 == 1:
            extension = HighFirst(follower[1][:3])
            extension.take(15)
            columns |= extension.take(2) << 12
            rows |= extension.take(2) << 12
        return Header("MPEG-2", rows=rows, columns=columns, bits=8, lossless=False)
    return Header("")  # a Program Stream of something else


def _h264(bits: HighFirst) -> Header:
    """Sequence parameter set (ITU-T H.264 7.3.2.1.1)."""
    profile = bits.take(8)
    bits.take(16)
    bits.golomb()
    chroma, depth = 1, 8
    if profile in _WITH_CHROMA_FORMAT:
        chroma = bits.golomb()
        if chroma == 3:
            bits.take(1)
        depth = 8 + bits.golomb()
        bits.golomb()
        bits.take(1)
        if bits.take(1):  # scaling lists: their length depends on their content
            return Header("H.264", bits=depth)
    bits.golomb()
    order = bits.golomb()
    if order == 0:
        bits.golomb()
    elif order == 1:
        return Header("H.264", bits=depth)
    bits.golomb()
    bits.take(1)
    columns = 16 * (bits.golomb() + 1)
    units = bits.golomb() + 1
    by_frame = bits.take(1)
    rows = 16 * units * (2 - by_frame)
    if not by_frame:
        bits.take(1)
    bits.take(1)
    if bits.take(1):
        wide = 2 if chroma in (1, 2) else 1
        high = (2 if chroma == 1 else 1) * (2 - by_frame)
        columns -= wide * (bits.golomb() + bits.golomb())
        rows -= high * (bits.golomb() + bits.golomb())
    return _video("H.264", rows, columns, depth, exhausted=bits.exhausted)


def _hevc(bits: HighFirst) -> Header:
    """Sequence parameter set (ITU-T H.265 7.3.2.2)."""
    bits.take(4)
    layers = bits.take(3)
    bits.take(1)
    bits.take(96)  # profile, tier and level
    present = [(bits.take(1), bits.take(1)) for _ in range(layers)]
    if layers:
        bits.take(2 * (8 - layers))
    for profile, level in present:
        bits.take(88 * profile + 8 * level)
    bits.golomb()
    chroma = bits.golomb()
    if chroma == 3:
        bits.take(1)
    columns, rows = bits.golomb(), bits.golomb()
    if bits.take(1):
        wide, high = (2 if chroma in (1, 2) else 1), (2 if chroma == 1 else 1)
        columns -= wide * (bits.golomb() + bits.golomb())
        rows -= high * (bits.golomb() + bits.golomb())
    return _video("HEVC", rows, columns, 8 + bits.golomb(), exhausted=bits.exhausted)


def _video(kind: str, rows: int, columns: int, depth: int, *, exhausted: bool) -> Header:
    """Return a Header, with what is plausible only: a stream may merely look like one."""
    if exhausted or not (0 < rows < 1 << 16 and 0 < columns < 1 << 16 and 8 <= depth <= 16):
        return Header("")
    header = Header("H.264") if kind == "H.264" else Header("HEVC")
    return header._replace(rows=rows, columns=columns, bits=depth)
