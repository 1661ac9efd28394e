"""RLE: the header of a frame, and how many bytes its last segment gives (PS3.5 Annex G)."""

from __future__ import annotations

import itertools

from dcmlint.codestream.header import Header
from dcmlint.codestream.span import Span

__all__ = ["MEASURED_BYTES", "decoded_length", "read_rle"]

MEASURED_BYTES = 320 << 10
"""The longest segment whose runs are counted: 512 x 512 bytes that do not compress are shorter."""

_HEADER = 64
_MOST = 15


def read_rle(span: Span, *, measure: bool) -> Header:
    """Return the number of segments, and with `measure` what the last one decodes to if it is short.

    Run headers are added up for that; no pixel is decoded.
    """
    head = span.read(0, _HEADER)
    if len(head) < _HEADER:
        return Header("RLE", fault="its header is cut off")
    words = [int.from_bytes(head[at : at + 4], "little") for at in range(0, _HEADER, 4)]
    count, offsets = words[0], words[1:]
    fault = _fault(count, offsets, span.size)
    if fault:
        return Header("RLE", fault=fault)
    measured = None
    start = offsets[count - 1]
    if measure and span.size - start <= MEASURED_BYTES:
        measured = decoded_length(span.read(start, span.size - start))
    return Header("RLE", segments=count, lossless=True, measured=measured)


def _fault(count: int, offsets: list[int], size: int) -> str:
    if not 1 <= count <= _MOST:
        return f"it claims {count} segments, and 1 to {_MOST} are possible"
    if offsets[0] != _HEADER:
        return f"its first segment starts at {offsets[0]} and not at {_HEADER}"
    used = offsets[:count]
    if any(second <= first for first, second in itertools.pairwise(used)):
        return "its segments are not in ascending order"
    if used[-1] >= size:
        return f"its last segment starts at {used[-1]}, and it has {size} bytes"
    return ""


def decoded_length(segment: bytes) -> int:
    """Return how many bytes a segment decodes to (PackBits); runs that break off count as far as they go."""
    total = position = control = 0
    end = len(segment)
    while position < end:
        control = segment[position]
        if control < 128:
            position += control + 2
            total += control + 1
        elif control > 128:
            position += 2
            total += 257 - control
        else:
            position += 1
    if position > end:
        total -= position - end if control < 128 else 257 - control
    return total
