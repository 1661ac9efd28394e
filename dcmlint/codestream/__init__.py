"""The headers of encoded frames: JPEG, JPEG-LS, JPEG 2000, HTJ2K, JPEG XL, RLE, Deflate, MPEG.

From the bytes of a frame, wherever they lie, to a Header. Pixels are never decoded, nothing raises on any
bytes, and only marker segments and the last bytes of a frame are read.
"""

from __future__ import annotations

from dcmlint.codestream import deflate, jpeg, jpeg2000, jpeg_xl, mpeg, rle
from dcmlint.codestream.header import Color, Header, Kind
from dcmlint.codestream.span import Span

__all__ = ["Color", "Header", "Kind", "Span", "is_start", "read_header"]


def read_header(span: Span, expected: Kind, *, measure: bool = False) -> Header:
    """Return what a frame says of itself.

    `expected` is what the Transfer Syntax makes of it, which counts where the bytes have no signature. With
    `measure`, what a short RLE or deflated frame decodes to is found out.
    """
    if expected == "uncompressed":
        return deflate.read_uncompressed(span)
    head = span.read(0, 12)
    header = _by_signature(head, span)
    if header is not None:
        return header
    if expected == "RLE":
        return rle.read_rle(span, measure=measure)
    if expected == "Deflate":
        return deflate.read_deflated(span, measure=measure)
    return mpeg.read_mpeg(span)


def _by_signature(head: bytes, span: Span) -> Header | None:
    if head[:2] == jpeg.START and head[2:3] == b"\xff":
        return jpeg.read_jpeg(span)
    if head[:4] == jpeg2000.START:
        return jpeg2000.read_jpeg2000(span)
    if head == jpeg2000.JP2:
        return jpeg2000.read_jp2(span)
    if head[:2] == jpeg_xl.START:
        return jpeg_xl.read_jpeg_xl(span)
    if head == jpeg_xl.CONTAINER:
        return jpeg_xl.read_jpeg_xl_container(span)
    return None


def is_start(head: bytes, kind: Kind) -> bool:
    """Tell whether the first 12 bytes of a fragment are the start of a codestream of this kind."""
    if kind in ("JPEG", "JPEG-LS"):
        return head[:2] == jpeg.START and head[2:3] == b"\xff"
    if kind in ("JPEG 2000", "HTJ2K"):
        return head[:4] == jpeg2000.START or head == jpeg2000.JP2
    if kind == "JPEG XL":
        return head[:2] == jpeg_xl.START or head == jpeg_xl.CONTAINER
    return False
