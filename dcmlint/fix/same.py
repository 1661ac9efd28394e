"""Whether two files say the same, but for the Data Elements that were to change.

Where bytes are damaged, an edit in one place may make a reader see others otherwise. This finds out.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from dcmlint.model import UNDEFINED_LENGTH, Location
from dcmlint.read.item import Instance, Item

__all__ = ["same_elsewhere"]

_PIECE = 1 << 20


def same_elsewhere(before: Instance, after: Instance, places: Collection[Location]) -> bool:
    """Tell whether all elements have the VR and the bytes that they had, but for those at `places`, what
    these hold, and group lengths.

    A place is the location of a Data Set or Item with the tag behind it. File Meta Information that was not
    there may be there now.
    """
    if before.meta is not None and not _same_item(before.meta, after.meta, (), places):
        return False
    return _same_item(before.root, after.root, (), places) and _same_fragments(before, after)


def _same_item(one: Item, other: Item | None, location: Location, places: Collection[Location]) -> bool:
    if other is None:
        return False
    for tag in one.elements.keys() | other.elements.keys():
        place = (*location, tag)
        if place in places or not tag & 0xFFFF:
            continue
        was, now = one.elements.get(tag), other.elements.get(tag)
        if was is None or now is None or was[0] != now[0]:
            return False
        if was[3] is None and now[3] is None:
            if not _same_value(one, other, was, now):
                return False
            continue
        if was[3] is None or now[3] is None or len(was[3]) != len(now[3]):
            return False
        pairs = zip(was[3], now[3], strict=True)
        if not all(_same_item(old, new, (*place, old.index), places) for old, new in pairs):
            return False
    return True


def _same_value(one: Item, other: Item, was: tuple[Any, ...], now: tuple[Any, ...]) -> bool:
    if UNDEFINED_LENGTH in (was[2], now[2]):
        return bool(was[2] == now[2])
    return was[2] == now[2] and _same_bytes((one.buf, was[1]), (other.buf, now[1]), was[2])


def _same_bytes(one: tuple[Any, int], other: tuple[Any, int], length: int) -> bool:
    (buf, start), (other_buf, other_start) = one, other
    return all(
        bytes(buf[start + at : start + min(at + _PIECE, length)])
        == bytes(other_buf[other_start + at : other_start + min(at + _PIECE, length)])
        for at in range(0, length, _PIECE)
    )


def _same_fragments(before: Instance, after: Instance) -> bool:
    """Tell whether the fragments of encapsulated data are the same (PS3.5 A.4)."""
    if len(before.fragments) != len(after.fragments):
        return False
    for (item, tag, one), (other_item, other_tag, other) in zip(
        before.fragments, after.fragments, strict=True
    ):
        if tag != other_tag or [size for _, size in one] != [size for _, size in other]:
            return False
        for (start, size), (other_start, _) in zip(one, other, strict=True):
            if not _same_bytes((item.buf, start), (other_item.buf, other_start), size):
                return False
    return True
