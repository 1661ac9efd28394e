"""JPEG 2000 Part 1 and 2 and HTJ2K: the main header (ITU-T T.800 Annex A, T.801, T.814)."""

from __future__ import annotations

import struct

from dcmlint.codestream.header import Color, Header
from dcmlint.codestream.span import WINDOW, Span

__all__ = ["JP2", "START", "read_jp2", "read_jpeg2000"]

START = b"\xff\x4f\xff\x51"
"""The markers SOC and SIZ."""

JP2 = b"\0\0\0\x0cjP  \r\n\x87\n"
"""The signature box of the file format JP2."""

_SEGMENTS = 512
_BOXES = 64
_SOT, _SOD, _EOC = 0x90, 0x93, 0xD9
_CAP, _COD, _COC, _TLM = 0x50, 0x52, 0x53, 0x55
_PART_15 = 1 << 17
"""The bit of Pcap that stands for Part 15, HTJ2K."""

_PART_2 = 0x80
"""The bit of the first byte of Rsiz that says that the codestream has extensions of Part 2."""

_GRID = struct.Struct(">4x4L18x").unpack
"""Xsiz, Ysiz, XOsiz and YOsiz in the 38 bytes of SIZ before the components."""

_PROGRESSION = ("LRCP", "RLCP", "RPCL", "PCRL", "CPRL")


class _Main:
    """What is collected from the marker segments of a main header."""

    __slots__ = ("color", "high_throughput", "levels", "lossless", "progression", "tile_lengths")

    def __init__(self) -> None:
        self.color: Color = ""
        self.high_throughput = False
        self.levels = 0
        self.lossless: bool | None = None
        self.progression = ""
        self.tile_lengths = False

    def take(self, marker: int, content: bytes, components: int) -> None:
        """Take in one marker segment (ITU-T T.800 A.5, A.6)."""
        if marker == _CAP and len(content) >= 4:
            self.high_throughput |= bool(int.from_bytes(content[:4], "big") & _PART_15)
        elif marker == _TLM:
            self.tile_lengths = True
        elif marker == _COD and len(content) >= 10:
            self._default(content)
        elif marker == _COC:
            at = 2 + (components > 256)
            if len(content) > at + 4:
                self._component(content[at + 4])

    def _default(self, content: bytes) -> None:
        progression, transformed, self.levels, style, wavelet = (content[at] for at in (1, 4, 5, 8, 9))
        self.progression = _PROGRESSION[progression] if progression < len(_PROGRESSION) else ""
        self.high_throughput |= bool(style & 0x40)
        self.lossless = {0: False, 1: True}.get(wavelet)
        if transformed == 0:
            self.color = "none"
        elif transformed == 1 and wavelet in (0, 1):
            self.color = "RCT" if wavelet else "ICT"

    def _component(self, wavelet: int) -> None:
        """Take in the wavelet of one component: the irreversible one is proof, others are none."""
        self.lossless = False if wavelet == 0 else (self.lossless if self.lossless and wavelet == 1 else None)


def read_jpeg2000(span: Span, start: int = 0) -> Header:
    """Return what the main header of a codestream that starts with SOC and SIZ at `start` says."""
    window, base = span.read(start, WINDOW), start
    size = window[4:42]
    if len(size) < 38:
        return Header("JPEG 2000", fault="its header (SIZ) is cut off")
    components = size[36] << 8 | size[37]
    main = _Main()
    position = start + 4 + (size[0] << 8 | size[1])
    fault = "its header is damaged"
    for _ in range(_SEGMENTS):
        at = position - base
        if at + 4 > len(window):
            window, base, at = span.read(position, WINDOW), position, 0
        if len(window) < at + 4 or window[at] != 0xFF or window[at + 1] in (_SOT, _SOD, _EOC):
            fault = "" if window[at : at + 2] == b"\xff\x90" else "it has no tile (SOT)"
            break
        marker, length = window[at + 1], window[at + 2] << 8 | window[at + 3]
        if length < 2:
            break
        if marker in (_CAP, _COD, _COC, _TLM):
            main.take(marker, span.read(position + 4, min(length - 2, 32)), components)
        position += 2 + length
    return _header(main, size, span.read(start + 42, 3 * min(components, 512)), fault, span.end_marker())


def _header(main: _Main, size: bytes, samples: bytes, fault: str, end: tuple[bool | None, int]) -> Header:
    """Return the size on the reference grid, bits and sign where components agree (A.5.1), and the rest."""
    width, height, left, top = _GRID(size)
    depths, across, down = set(samples[::3]), set(samples[1::3]), set(samples[2::3])
    depth = depths.pop() if len(depths) == 1 else 0xFF
    rows = height - top if height > top and 1 in down else None
    columns = width - left if width > left and 1 in across else None
    return Header(
        "HTJ2K" if main.high_throughput else "JPEG 2000",
        _process(main, rows, columns, part_2=bool(size[2] & _PART_2)),
        rows=rows,
        columns=columns,
        components=size[36] << 8 | size[37],
        bits=None if depth == 0xFF else (depth & 0x7F) + 1,
        signed=None if depth == 0xFF else bool(depth & 0x80),
        color=main.color,
        subsampled=across != {1} or down != {1},
        lossless=main.lossless,
        fault=fault,
        complete=end[0],
        behind=end[1],
    )


def _process(main: _Main, rows: int | None, columns: int | None, *, part_2: bool) -> str:
    """Return the variant in words: `RPCL` if the codestream has all that HTJ2K Lossless RPCL asks for."""
    if part_2 and not main.high_throughput:
        return "Part 2"
    least = min(rows or 0, columns or 0) >> main.levels
    return "RPCL" if main.progression == "RPCL" and main.tile_lengths and least <= 64 else ""


def read_jp2(span: Span) -> Header:
    """Return what the codestream in a JP2 file says."""
    position = 0
    for _ in range(_BOXES):
        head = span.read(position, 16)
        if len(head) < 8:
            break
        length, kind = int.from_bytes(head[:4], "big"), head[4:8]
        start = position + 8
        if length == 1:
            length, start = int.from_bytes(head[8:16], "big"), position + 16
        if kind == b"jp2c" and span.read(start, 4) == START:
            return read_jpeg2000(span, start)._replace(wrapped="JP2")
        if length < 8:
            break
        position += length
    return Header("JPEG 2000", wrapped="JP2", fault="it has no codestream")
