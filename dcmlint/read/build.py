"""Values in memory to the Items of an Instance, so that rules cannot tell them from bytes.

Each Item gets a buffer of its own that holds its values one after the other.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Any

from dcmlint.model import UNDEFINED_LENGTH, Fault
from dcmlint.read.encode import encode_value
from dcmlint.read.item import Instance, Item
from dcmlint.read.scanner import MAX_DEPTH, Scanner
from dcmlint.standard.dictionary import implicit_vr

__all__ = ["Builder", "is_pixel_data"]


def is_pixel_data(tag: int) -> bool:
    """Tell whether a value may be so large that it is not copied."""
    return tag in (0x7FE00008, 0x7FE00009, 0x7FE00010)


class Builder:
    """Fills the Items of one Instance that does not come from the bytes of a file.

    `charsets` of its methods are the Defined Terms in force in the Item.
    """

    def __init__(self) -> None:
        self.instance = Instance(on_bytes=False)
        self.instance.root.buf = bytearray()
        self._scanner = Scanner(self.instance, implicit_vr)
        self._unfit: list[Fault] = []

    def finish(self) -> Instance:
        """Return the Instance; what the scanner met in nested values is not about bytes of a file."""
        self.instance.faults[:] = self._unfit
        return self.instance

    def meta(self) -> Item:
        """Return the new, empty Item of the File Meta Information."""
        meta = self.instance.meta = Item(self.instance, bytearray(), 0, None, 0, 0, 0)
        return meta

    def value(self, item: Item, tag: int, vr: str, value: Any, charsets: Sequence[str]) -> None:
        """Add an element with a value that is still to be encoded; one that the VR cannot hold is a fault."""
        big_endian = self.instance.big_endian and item is not self.instance.meta
        try:
            raw = encode_value(vr, value, big_endian=big_endian, charsets=charsets)
        except (struct.error, TypeError, ValueError, OverflowError, LookupError):
            raw = self.unfit(item, tag, vr)
        self.raw(item, tag, vr, raw)

    def unfit(self, item: Item, tag: int, vr: str) -> bytes:
        """Report a value that its VR cannot hold; return bytes that no rule takes for one."""
        what = {"what": f"what VR {vr} cannot hold"}
        self._unfit.append(Fault("value/number-range", item, tag, 0, 0, what))
        return b"?"

    def raw(self, item: Item, tag: int, vr: str, raw: bytes) -> None:
        """Add an element with the bytes of its value."""
        item.elements[tag] = (vr, len(item.buf), len(raw), None)
        item.buf += raw

    def encoded(self, item: Item, tag: int, vr: str, raw: bytes, *, explicit: bool) -> None:
        """Add an element with the bytes of its value, and read the Items among them."""
        offset = len(item.buf)
        item.buf += raw
        self._scanner.encoding(explicit=explicit, big_endian=self.instance.big_endian)
        self._scanner.element(item, tag, vr, offset, len(raw))

    def bulk(self, item: Item, tag: int, vr: str, length: int = UNDEFINED_LENGTH) -> None:
        """Add an element without its bytes; of undefined length where that is not known either."""
        item.elements[tag] = (vr, len(item.buf), length, None)

    def sequence(self, item: Item, tag: int, count: int) -> list[Item]:
        """Add a Sequence of `count` empty Items and return them; none beyond the depth that is read."""
        depth, holder = 0, item
        while holder.parent is not None:
            depth, holder = depth + 1, holder.parent
        count = 0 if depth >= MAX_DEPTH else count
        nested = [Item(self.instance, bytearray(), 0, item, tag, number, 0) for number in range(1, count + 1)]
        item.elements[tag] = ("SQ", len(item.buf), UNDEFINED_LENGTH if nested else 0, nested)
        self.instance.holders.append(item)
        self.instance.sequences.append(nested)
        return nested
