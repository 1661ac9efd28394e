"""The fragments of encapsulated Pixel Data (PS3.5 A.4): where they lie, not what they hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dcmlint.model import UNDEFINED_LENGTH
from dcmlint.read.item import Item

if TYPE_CHECKING:
    from dcmlint.read.scanner import Scanner

__all__ = ["MAX_FRAGMENTS", "read_fragments"]

MAX_FRAGMENTS = 1_000_000
"""Fragments of one element after which no more are recorded."""


def read_fragments(scanner: Scanner, item: Item, tag: int, vr: str, offset: int, end: int) -> int:
    """Walk the fragments of encapsulated data (PS3.5 A.4) without reading them."""
    fragments: list[tuple[int, int]] = []
    item.elements[tag] = (vr, offset, UNDEFINED_LENGTH, None)
    scanner.instance.fragments.append((item, tag, fragments))
    buf, header = item.buf, scanner.end
    pos = offset
    while pos + 8 <= end:
        group, number, size = header(buf, pos)
        if group == 0xFFFE and number == 0xE0DD:
            return pos + 8
        if group != 0xFFFE or number != 0xE000:
            scanner.report.add("encoding/bad-item", item, tag, pos, 8, what="bytes that are no fragment Item")
            return end
        if pos + 8 + size > end:
            scanner.report.overrun(item, tag, pos + 8, size, end)
            return end
        if len(fragments) < MAX_FRAGMENTS:
            fragments.append((pos + 8, size))
        pos += 8 + size
    scanner.report.undelimited(item, tag, pos, "encapsulated Pixel Data")
    return end
