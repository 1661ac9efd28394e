"""Codestreams that are all header, for the cases of rules and for tests: there are no pixels in them."""

from __future__ import annotations

import struct

__all__ = ["jpeg", "jpeg2000", "rle"]


def jpeg(
    *,
    rows: int = 8,
    columns: int = 8,
    bits: int = 8,
    components: int = 1,
    frame: int = 0xC0,
    scan: tuple[int, int, int] = (0, 63, 0),
    applications: bytes = b"",
    end: bytes = b"\xff\xd9",
) -> bytes:
    """Return the marker segments of a JPEG or (frame 0xF7) JPEG-LS codestream.

    `scan` are the three last bytes of SOS, `applications` whole APPn segments.
    """
    listed = b"".join(bytes((number, 0x11, 0)) for number in range(1, components + 1))
    chosen = b"".join(bytes((number, 0)) for number in range(1, components + 1))
    return b"".join(
        (
            b"\xff\xd8",
            applications,
            _segment(frame, struct.pack(">BHHB", bits, rows, columns, components) + listed),
            _segment(0xDA, bytes((components,)) + chosen + bytes(scan)),
            b"\0\0",
            end,
        )
    )


def jpeg2000(
    *,
    rows: int = 8,
    columns: int = 8,
    bits: int = 8,
    signed: bool = False,
    components: int = 1,
    transformed: int = 0,
    reversible: bool = True,
    high_throughput: bool = False,
    progression: int = 0,
    end: bytes = b"\xff\xd9",
) -> bytes:
    """Return main header and one empty tile of a JPEG 2000 or HTJ2K codestream; RPCL (2) gets its TLM."""
    grid = struct.pack(">8L", columns, rows, 0, 0, columns, rows, 0, 0)
    samples = bytes((bits - 1 | 0x80 * signed, 1, 1)) * components
    capabilities = _segment(0x50, struct.pack(">LH", 1 << 17, 0)) if high_throughput else b""
    style = 0x40 if high_throughput else 0
    coding = bytes((0, progression, 0, 1, transformed, 0, 4, 4, style, int(reversible)))
    return b"".join(
        (
            b"\xff\x4f",
            _segment(
                0x51,
                struct.pack(">H", 0x4000 * high_throughput) + grid + struct.pack(">H", components) + samples,
            ),
            capabilities,
            _segment(0x52, coding),
            _segment(0x55, b"\0\0") if progression == 2 else b"",
            _segment(0x90, struct.pack(">HLBB", 0, 14, 0, 1)),
            b"\xff\x93",
            end,
        )
    )


def rle(*segments: bytes) -> bytes:
    """Return an RLE frame of these segments (PS3.5 G.5)."""
    offsets = [64 + sum(map(len, segments[:number])) for number in range(len(segments))]
    return struct.pack("<16L", len(segments), *offsets, *([0] * (15 - len(segments)))) + b"".join(segments)


def _segment(marker: int, content: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content
