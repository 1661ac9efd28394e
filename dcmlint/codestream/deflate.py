"""Deflated and uncompressed frames: they have no header, and a length (PS3.5 8.2.16, A.4.13, A.4.11)."""

from __future__ import annotations

import zlib

from dcmlint.codestream.header import Header
from dcmlint.codestream.span import Span

__all__ = ["MEASURED_BYTES", "read_deflated", "read_uncompressed"]

MEASURED_BYTES = 1 << 20
"""Bytes to which a frame is inflated at most."""


def read_deflated(span: Span, *, measure: bool) -> Header:
    """Return, with `measure`, how many bytes a short frame inflates to."""
    first = span.read(0, 1)
    if not first or first[0] & 6 == 6:
        return Header("Deflate", fault="it is no deflated stream")
    if not measure or span.size > MEASURED_BYTES:
        return Header("Deflate", lossless=True)
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        length = len(inflater.decompress(span.read(0, span.size), MEASURED_BYTES))
    except zlib.error:
        return Header("Deflate", fault="it is no deflated stream")
    if inflater.eof:
        return Header("Deflate", lossless=True, measured=length, complete=True)
    if length < MEASURED_BYTES:
        return Header("Deflate", lossless=True, complete=False)
    return Header("Deflate", lossless=True)


def read_uncompressed(span: Span) -> Header:
    """Return the length of a frame that is encapsulated and not compressed."""
    return Header("uncompressed", lossless=True, measured=span.size)
