"""What the scanner says about bytes that are not as PS3.5 has them.

Each method records Faults; none of them changes what is read.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dcmlint.model import UNDEFINED_LENGTH, Fault
from dcmlint.read.item import Instance, Item
from dcmlint.read.vr import LONG_VRS, SHORT_VRS

__all__ = ["PIXEL_DATA", "Irregularities", "printable_vr"]

MAX_FAULTS = 1000
"""Faults of one file after which the scanner records no more."""

PIXEL_DATA = 0x7FE00008
"""The lowest tag of pixel data: little may follow it in a Data Set."""


class Irregularities:
    """Records the Faults of one Instance.

    `short` and `long` unpack an explicit element's header and a 32-bit length in the byte order
    that is being read. `met` counts irregularities, recorded or not. `cut` is the index of the Fault
    that says the file is truncated, with the bytes that are missing.
    """

    __slots__ = ("cut", "dictionary_vr", "faults", "instance", "long", "met", "mixed", "short")

    def __init__(self, instance: Instance, dictionary_vr: Callable[[int], str]) -> None:
        self.instance = instance
        self.faults = instance.faults
        self.dictionary_vr = dictionary_vr
        self.cut: tuple[int, int] | None = None
        self.mixed = False
        self.met = 0
        self.short: Callable[[Any, int], tuple[Any, ...]]
        self.long: Callable[[Any, int], tuple[Any, ...]]

    def add(self, rule: str, item: Item, tag: int | None, pos: int, length: int, **args: Any) -> None:
        """Record an irregularity at `pos` of the item's buffer."""
        self.met += 1
        if len(self.faults) < MAX_FAULTS:
            self.faults.append(Fault(rule, item, tag, item.base + pos, length, args))

    def bad_item(self, item: Item, tag: int | None, pos: int, length: int, what: str) -> None:
        """Report bytes that are not the Item, or the end of Items, that belongs there."""
        self.add("encoding/bad-item", item, tag, pos, length, what=what)

    def order(self, item: Item, tag: int, pos: int, last: int) -> None:
        """Report a tag that is not higher than the one before it."""
        rule = "encoding/duplicate-element" if tag in item.elements else "encoding/out-of-order"
        self.add(rule, item, tag, pos, 8, last=last)

    def overrun(self, item: Item, tag: int, offset: int, length: int, end: int) -> None:
        """Report a value that reaches beyond `end`: of the file, or else of what holds it."""
        missing = offset + length - end
        at_end = item.base + end >= self.instance.size
        if at_end and (self.cut is not None or not self.bounded(item)):
            self.truncated(item, tag, offset, length, missing)
        else:
            self.add("encoding/length-overrun", item, tag, offset, length, missing=missing)

    def truncated(self, item: Item, tag: int, offset: int, length: int, missing: int) -> None:
        """Report that the file is cut off: once, at the innermost element that is."""
        index = len(self.faults)
        if self.cut is not None:
            index, outer = self.cut
            missing = max(missing, outer)
            del self.faults[index:]
        self.cut = index, missing
        what = f"the file ends {missing} bytes too early"
        self.add("file/truncated", item, tag, offset, length, what=what)

    def bounded(self, item: Item) -> bool:
        """Tell whether a defined length of an enclosing Item or Sequence says where `item` ends."""
        while item.parent is not None:
            parent = item.parent
            size = self.long(parent.buf, item.base + item.offset - 4 - parent.base)[0]
            if size != UNDEFINED_LENGTH or parent.elements[item.tag][2] != UNDEFINED_LENGTH:
                return True
            item = parent
        return False

    def ended(self, item: Item, pos: int, end: int, stop: int, last: int) -> None:
        """Report a Data Set that does not end with its last element or with its delimiter."""
        left = end - pos
        if 4 <= left < 8 and item.base + end >= self.instance.size and not self.bounded(item):
            group, number, _, _ = self.short(bytes(item.buf[pos:end]) + bytes(8), 0)
            tag = group << 16 | number
            if tag > last and self.dictionary_vr(tag) != "UN":
                self.truncated(item, tag, pos, left, 8 - left)
                return
        if stop:
            self.undelimited(item, None, pos, "Item")
        else:
            self.left_over(item, pos, end)

    def undelimited(self, item: Item, tag: int | None, pos: int, what: str) -> None:
        """Report a missing delimiter, unless the end of the file cut it off."""
        if self.cut is None:
            self.add("encoding/missing-delimiter", item, tag, pos, 0, what=what)

    def left_over(self, item: Item, pos: int, end: int) -> None:
        """Report bytes that are no Data Element at the end of a Data Set or Item."""
        if item.parent is not None:
            self.add("encoding/bad-item", item, None, pos, end - pos, what="bytes that are no Data Element")
        elif item is not self.instance.meta:
            self.add("file/trailing-bytes", item, None, pos, end - pos, bytes=end - pos)

    def zero_length(self, item: Item, pos: int) -> None:
        """Report a delimiter with a length, which must be zero."""
        if self.long(item.buf, pos + 4)[0]:
            self.add("encoding/bad-item", item, None, pos, 8, what="delimiter with a length")

    def stray(self, item: Item, tag: int, pos: int, length: int, end: int, last: int) -> int:
        """Step over a delimiter or Item that does not belong here; return where to go on."""
        if tag == 0xFFFEE00D or tag == 0xFFFEE0DD:
            self.add("encoding/bad-item", item, None, pos, 8, what="delimiter without its Sequence or Item")
            return pos + 8
        self.add("encoding/bad-item", item, None, pos, 8, what="Item outside a Sequence")
        after = pos + 8 + (0 if length == UNDEFINED_LENGTH else length)
        return after if after <= end else pos

    def switched(self, item: Item, pos: int, *, explicit: bool) -> None:
        """Report, once, Items that are not in the VR encoding of their Data Set."""
        self.met += 1
        if not self.mixed:
            self.mixed = True
            names = ("Explicit VR", "Implicit VR") if explicit else ("Implicit VR", "Explicit VR")
            arguments = {"part": "Item", "declared": names[0], "actual": names[1]}
            self.add("file/transfer-syntax-mismatch", item, None, pos, 8, **arguments)

    def implicit_plausible(
        self, item: Item, pos: int, end: int, header: Callable[[Any, int], tuple[Any, ...]]
    ) -> bool:
        """Tell whether an Item whose first element has no VR is in Implicit VR altogether."""
        last = -1
        for _ in range(2):
            group, number, length = header(item.buf, pos)
            tag = group << 16 | number
            if group == 0xFFFE and last >= 0:
                return True
            if tag <= last or self.dictionary_vr(tag) == "UN":
                return False
            pos += 8 + length
            if length == UNDEFINED_LENGTH or pos == end:
                return True
            if pos + 8 > end:
                return False
            last = tag
        return True

    def after_last(self, tag: int, last: int) -> bool:
        """Tell whether an element without VR is rather what follows the end of the Data Set."""
        if last >= PIXEL_DATA or (tag <= last and tag < 0x00080000):
            return True
        return tag <= last and not tag & 0x10000 and self.dictionary_vr(tag) == "UN"

    def plausible(self, buf: Any, pos: int, end: int, tag: int) -> bool:
        """Tell whether an element of Explicit VR that follows `tag` may start at `pos`."""
        if pos == end:
            return True
        if pos + 8 > end:
            return False
        group, number, vr_bytes, _ = self.short(buf, pos)
        following = group << 16 | number
        return following > tag and (group == 0xFFFE or vr_bytes in SHORT_VRS or vr_bytes in LONG_VRS)


def printable_vr(vr: bytes) -> str:
    """Return the bytes of a VR field as text, in hex where they are none."""
    text = vr.decode("latin-1")
    return text if text.isascii() and text.isprintable() else vr.hex(" ").upper()
