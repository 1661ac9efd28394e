"""Edits as the fixes of rules make them, from the Data Element that is there."""

from __future__ import annotations

from dcmlint.fix.edit import Edit, NewElement
from dcmlint.model import UNDEFINED_LENGTH
from dcmlint.read.item import Item
from dcmlint.read.vr import BINARY_SIZE
from dcmlint.standard.dictionary import entry

__all__ = ["added", "as_elements", "certain_vr", "fits", "removed", "replaced"]


def replaced(item: Item, tag: int, value: bytes, vr: str = "") -> Edit:
    """Return the Edit that gives an element another value, and another VR if one is named."""
    return Edit(item.location, tag, "set", NewElement(tag, vr or item.elements[tag][0], value))


def added(item: Item, tag: int, vr: str, value: bytes) -> Edit:
    """Return the Edit that puts an element into an Item, in the place of one that is there."""
    return Edit(item.location, tag, "set", NewElement(tag, vr, value))


def removed(item: Item, tag: int) -> Edit:
    """Return the Edit that takes an element out of an Item."""
    return Edit(item.location, tag, "remove")


def certain_vr(tag: int) -> str:
    """Return the VR that PS3.6 gives a tag, "" where it knows none or leaves a choice; LO for Private
    Creators (PS3.5 7.8.1)."""
    if tag & 0x10000 and 0x10 <= tag & 0xFFFF <= 0xFF:
        return "LO"
    known = entry(tag)
    return "" if known is None or " or " in known.vr or known.vr in ("UN", "") else known.vr


def fits(vr: str, length: int) -> bool:
    """Tell whether a Value Length is one that the VR can have, but for a pad byte (PS3.5 Table 6.2-1)."""
    return length != UNDEFINED_LENGTH and length % BINARY_SIZE.get(vr, 1) == 0


def as_elements(item: Item) -> tuple[NewElement, ...] | None:
    """Return the elements of an Item in Implicit VR with the VRs of PS3.6, None where one is not certain.

    What PS3.6 does not know stays UN.
    """
    found = []
    for tag, (vr, offset, length, items) in item.elements.items():
        if items is not None:
            nested = [as_elements(each) for each in items]
            if None in nested:
                return None
            found.append(NewElement(tag, "SQ", items=tuple(each for each in nested if each is not None)))
            continue
        known = entry(tag)
        if length == UNDEFINED_LENGTH or (known is not None and " or " in known.vr) or not fits(vr, length):
            return None
        found.append(NewElement(tag, vr, bytes(item.buf[offset : offset + length])))
    return tuple(found)
