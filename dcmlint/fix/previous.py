"""Attributes as they were before a change, in the form that PS3.3 C.12.1.1.9 gives them.

A value that does not conform to its VR or VM is empty there, and lies as bytes in an Item of its own that
says where it was, by the Selector Attribute Macro (PS3.3 10.17).
"""

from __future__ import annotations

import struct
from collections.abc import Collection, Iterator
from typing import NamedTuple

from dcmlint.fix.edit import NewElement
from dcmlint.model import UNDEFINED_LENGTH, Location
from dcmlint.read.item import Item

__all__ = ["Room", "TooMuchError", "copied", "copied_attribute", "nonconforming", "private_creator"]

_SELECTOR, _NUMBER, _POINTER = 0x00720026, 0x00720028, 0x00720052
_POINTER_CREATOR, _SELECTOR_CREATOR, _POINTER_ITEMS = 0x00720054, 0x00720056, 0x00741057
_VALUE = 0x04000552
_HEADER = 8
_SEVERAL = frozenset(("AE", "AS", "CS", "DA", "DS", "DT", "IS", "PN", "TM", "UI"))
"""VRs of which the values are told apart by backslashes whatever the character set is; a Person Name that a
fix changes has none that could be part of a character (`dcmlint.fix.names`)."""


class TooMuchError(Exception):
    """What is to be copied is larger than there is room for, or cannot be written again for certain."""


class Room:
    """Bytes that copies may still have."""

    def __init__(self, most: int) -> None:
        self.left = most

    def take(self, size: int) -> None:
        """Take some; raises TooMuchError if there are not that many."""
        if size + _HEADER > self.left:
            raise TooMuchError
        self.left -= size + _HEADER


class _Step(NamedTuple):
    """A Sequence on the way to an Item, with the creator of its block ("" if it is not private)."""

    tag: int
    creator: bytes
    number: int


def copied(item: Item, empty: Collection[Location], room: Room) -> tuple[NewElement, ...]:
    """Return the elements of an Item as they are, but for those at the places `empty`, which are empty, and
    group lengths, which need not be right of what is written anew.

    Raises TooMuchError.
    """
    return tuple(copied_attribute(item, tag, empty, room) for tag in item.elements if tag & 0xFFFF)


def copied_attribute(item: Item, tag: int, empty: Collection[Location], room: Room) -> NewElement:
    """Return an Attribute of an Item in the same way. Raises TooMuchError."""
    vr, offset, length, items = item.elements[tag]
    if items is not None:
        if vr != "SQ":
            raise TooMuchError
        room.take(0)
        return NewElement(tag, vr, items=tuple(copied(each, empty, room) for each in items))
    if length == UNDEFINED_LENGTH:
        raise TooMuchError
    is_empty = (*item.location, tag) in empty
    room.take(0 if is_empty else length)
    return NewElement(tag, vr, b"" if is_empty else bytes(item.buf[offset : offset + length]))


def nonconforming(root: Item, place: Location, room: Room) -> Iterator[tuple[NewElement, ...]]:
    """Yield an Item of Nonconforming Modified Attributes Sequence for each value of an Attribute.

    `place` is the location of its Data Set or Item with the tag behind it. Raises TooMuchError.
    """
    steps, item = [], root
    for sequence, number in zip(place[:-1:2], place[1::2], strict=True):
        steps.append(_Step(*_selected(item, sequence), number))
        item = (item.items(sequence) or ())[number - 1]
    tag, raw = place[-1], item.raw(place[-1]) or b""
    for number, value in enumerate(_values(item.elements[tag][0], raw), start=1):
        if value:
            room.take(len(value) + 10 * _HEADER)
            yield (*_selector(item, tag, number, steps), NewElement(_VALUE, "OB", value))


def _values(vr: str, raw: bytes) -> list[bytes]:
    return raw.split(b"\\") if vr in _SEVERAL and b"\\" in raw else [raw]


def _selector(item: Item, tag: int, number: int, steps: list[_Step]) -> Iterator[NewElement]:
    order = ">" if item.instance.big_endian else "<"
    selected, creator = _selected(item, tag)
    yield NewElement(_SELECTOR, "AT", _tags(order, selected))
    yield NewElement(_NUMBER, "US", struct.pack(f"{order}H", number))
    if creator:
        yield NewElement(_SELECTOR_CREATOR, "LO", creator)
    if not steps:
        return
    yield NewElement(_POINTER, "AT", _tags(order, *(each.tag for each in steps)))
    yield NewElement(_POINTER_ITEMS, "IS", "\\".join(str(each.number) for each in steps).encode())
    if any(each.creator for each in steps):
        yield NewElement(_POINTER_CREATOR, "LO", b"\\".join(each.creator for each in steps))


def _tags(order: str, *tags: int) -> bytes:
    return b"".join(struct.pack(f"{order}HH", tag >> 16, tag & 0xFFFF) for tag in tags)


def _selected(item: Item, tag: int) -> tuple[int, bytes]:
    """Return a tag as selectors have it, and its Private Creator: private ones without their block."""
    creator = private_creator(tag)
    if not creator:
        return tag, b""
    return tag & 0xFFFF00FF, (item.raw(creator) or b"").rstrip(b" \0")


def private_creator(tag: int) -> int:
    """Return the tag of the Private Creator that reserves the block of a Private Data Element (PS3.5 7.8.1),
    0 for other elements."""
    block = tag >> 8 & 0xFF
    return tag & 0xFFFF0000 | block if tag & 0x10000 and block >= 0x10 else 0
