"""JPEG and JPEG-LS: the marker segments up to the first scan (ITU-T T.81 Annex B, T.87 Annex C)."""

from __future__ import annotations

from dcmlint.codestream.header import Color, Header
from dcmlint.codestream.jpeg_ls import jpeg_ls_header
from dcmlint.codestream.span import WINDOW, Span

__all__ = ["START", "read_jpeg"]

START = b"\xff\xd8"
"""The marker SOI."""

_SEGMENTS = 512
"""Marker segments and fill bytes that are read at most."""

_SOF55, _SOS, _EOI, _FILL = 0xF7, 0xDA, 0xD9, 0xFF
_ALONE = frozenset((0x01, *range(0xD0, 0xD9)))
"""Markers without a length: TEM, RSTn, SOI."""

_PROCESSES: dict[int, str] = {
    0xC0: "baseline",
    0xC1: "extended",
    0xC2: "progressive",
    0xC3: "lossless",
    0xC5: "hierarchical",
    0xC6: "hierarchical progressive",
    0xC7: "hierarchical lossless",
    0xC9: "extended, arithmetic",
    0xCA: "progressive, arithmetic",
    0xCB: "lossless, arithmetic",
    0xCD: "hierarchical, arithmetic",
    0xCE: "hierarchical progressive, arithmetic",
    0xCF: "hierarchical lossless, arithmetic",
}
"""Second byte of SOFn to the coding process."""

_LOSSLESS = frozenset((0xC3, 0xC7, 0xCB, 0xCF))


def read_jpeg(span: Span) -> Header:
    """Return what the marker segments of a codestream that starts with SOI say."""
    frame, scan, marker_of_frame = b"", b"", 0
    color: Color = ""
    position, window, base = 2, span.read(0, WINDOW), 0
    for _ in range(_SEGMENTS):
        at = position - base
        if at + 4 > len(window):
            window, base, at = span.read(position, WINDOW), position, 0
            if len(window) < 4:
                break
        marker = window[at + 1]
        if window[at] != 0xFF or marker == _EOI:
            break
        if marker == _FILL or marker in _ALONE:
            position += 1 if marker == _FILL else 2
            continue
        size = window[at + 2] << 8 | window[at + 3]
        if size < 2:
            break
        if marker == _SOS:
            scan = span.read(position + 4, min(size - 2, 16))
            break
        if marker in _PROCESSES or marker == _SOF55:
            frame, marker_of_frame = span.read(position + 4, min(size - 2, 771)), marker
        elif marker in (0xE0, 0xEE):
            color = _color(marker, span.read(position + 4, min(size - 2, 12))) or color
        position += 2 + size
    return _header(frame, scan, marker_of_frame, color, span.end_marker())


def _color(marker: int, content: bytes) -> Color:
    """Return the colour space that APP0 of JFIF or APP14 of Adobe tells."""
    if marker == 0xE0:
        return "YBR" if content[:5] == b"JFIF\0" else ""
    if content[:5] == b"Adobe" and len(content) == 12:
        return "YBR" if content[11] == 1 else "RGB" if content[11] == 0 else ""
    return ""


def _header(frame: bytes, scan: bytes, marker: int, color: Color, end: tuple[bool | None, int]) -> Header:
    if marker == _SOF55:
        return jpeg_ls_header(frame, scan, end)
    if not marker:
        return Header("JPEG", fault="it has no frame header (SOF)")
    if len(frame) < 6 or len(frame) < 6 + 3 * frame[5]:
        return Header("JPEG", _PROCESSES[marker], fault="its frame header (SOF) is cut off")
    lossless = marker in _LOSSLESS
    selection, transform = _scan(scan)
    if lossless and transform:
        lossless = False  # a point transform drops the lowest bits
    factors = {frame[7 + 3 * number] for number in range(frame[5])}
    return Header(
        "JPEG",
        _PROCESSES[marker],
        rows=(frame[1] << 8 | frame[2]) or None,
        columns=(frame[3] << 8 | frame[4]) or None,
        components=frame[5],
        bits=frame[0],
        color=color,
        subsampled=len(factors) > 1,
        selection=selection if marker in _LOSSLESS else None,
        lossless=lossless,
        fault="" if scan else "it has no scan (SOS)",
        complete=end[0],
        behind=end[1],
    )


def _scan(scan: bytes) -> tuple[int | None, int]:
    """Return the selection value of the predictor and the point transform of a scan header."""
    at = 1 + 2 * scan[0] if scan else 0
    return (scan[at], scan[at + 2] & 0x0F) if scan and at + 2 < len(scan) else (None, 0)
