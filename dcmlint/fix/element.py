"""Data Elements to the bytes that are written (PS3.5 6.2, 7.1, 7.5)."""

from __future__ import annotations

import struct
from functools import lru_cache

from dcmlint.errors import FixError
from dcmlint.fix.edit import NewElement
from dcmlint.fix.layout import Encoding
from dcmlint.model import Location
from dcmlint.read.scanner import MAX_DEPTH
from dcmlint.read.vr import BINARY_SIZE, LONG_VRS, VRS
from dcmlint.standard.dictionary import label

__all__ = ["attribute_path", "element_bytes"]

_LONG = frozenset(LONG_VRS.values())
_MOST_SHORT = 0xFFFE
"""Bytes of a Value Field with a 16-bit length, which is even (PS3.5 6.2.2)."""

_MOST_LONG = 0xFFFFFFFE
_NUL_PADDED = frozenset(("OB", "UI", "UN"))
_IMPLICIT_LE = Encoding(explicit=False, big_endian=False)


@lru_cache(maxsize=1 << 14)
def attribute_path(location: Location, tag: int) -> str:
    """Return where an Attribute is in words: "SequenceKeyword[1].Keyword"."""
    steps = zip(location[::2], location[1::2], strict=True)
    return ".".join([*(f"{label(sequence)}[{number}]" for sequence, number in steps), label(tag)])


def element_bytes(element: NewElement, encoding: Encoding, location: Location = ()) -> bytes:
    """Return the bytes of a Data Element, header included; `location` is the Data Set that it goes into.

    An odd value is padded: with NUL for UI, OB and UN, else with a space (PS3.5 6.2). Sequences and Items get
    defined lengths (PS3.5 7.5.1), Data Elements of an Item ascending tags (7.1). A value that is too long for
    the 16-bit length of its VR gets the VR UN, as PS3.5 6.2.2 has it, where that is allowed: not in group
    0002, for Private Creators, or for binary numbers in Big Endian.
    Raises FixError for what cannot be encoded.
    """
    path = attribute_path(location, element.tag)
    if element.vr not in VRS:
        raise FixError("there is no such VR to write", path)
    if not 0 <= element.tag < 0xFFFE0000 or (element.vr == "SQ") != (element.items is not None):
        raise FixError("this is no Data Element that can be written", path)
    if element.items is None:
        return _header(element, len(value := _padded(element, path)), encoding, path) + value
    if len(location) >= 2 * MAX_DEPTH:
        raise FixError("the Sequence is nested too deeply", path)
    items = enumerate(element.items, start=1)
    content = b"".join(_item(item, encoding, (*location, element.tag, number)) for number, item in items)
    return _header(element, len(content), encoding, path) + content


def _item(elements: tuple[NewElement, ...], encoding: Encoding, location: Location) -> bytes:
    if len({element.tag for element in elements}) < len(elements):
        path = attribute_path(location[:-2], location[-2])
        raise FixError("an Item to be written has an Attribute twice", path)
    ordered = sorted(elements, key=_tag)
    content = b"".join(element_bytes(element, encoding, location) for element in ordered)
    order = ">" if encoding.big_endian else "<"
    return struct.pack(order + "HHL", 0xFFFE, 0xE000, len(content)) + content


def _tag(element: NewElement) -> int:
    return element.tag


def _padded(element: NewElement, path: str) -> bytes:
    value = element.value
    if not len(value) & 1:
        return value
    if element.vr != "OB" and element.vr in BINARY_SIZE:
        raise FixError(f"a value of {element.vr} cannot have an odd number of bytes", path)
    return value + (b"\0" if element.vr in _NUL_PADDED else b" ")


def _header(element: NewElement, length: int, encoding: Encoding, path: str) -> bytes:
    order = ">" if encoding.big_endian else "<"
    tag, vr = element.tag, element.vr
    start = struct.pack(order + "HH", tag >> 16, tag & 0xFFFF)
    if length > _MOST_LONG:
        raise FixError("the value is longer than a Data Element can be", path)
    if not encoding.explicit:
        return start + struct.pack(order + "L", length)
    if vr not in _LONG and length > _MOST_SHORT:
        if not _may_be_unknown(tag, vr, encoding):
            raise FixError(f"the value is longer than {vr} can be", path)
        vr = "UN"
    if vr in _LONG:
        return start + vr.encode() + struct.pack(order + "HL", 0, length)
    return start + vr.encode() + struct.pack(order + "H", length)


def _may_be_unknown(tag: int, vr: str, encoding: Encoding) -> bool:
    creator = tag & 0x10000 and 0x10 <= tag & 0xFFFF <= 0xFF
    return not creator and tag >> 16 != 2 and not (encoding.big_endian and vr in BINARY_SIZE)
