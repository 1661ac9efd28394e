"""What the attributes of an image say for certain, for rules: numbers and codes, or None.

None means absent, empty or not what the VR allows; other rules report that.
"""

from __future__ import annotations

from math import isfinite

from dcmlint.model import UNDEFINED_LENGTH
from dcmlint.read.item import Item

__all__ = [
    "ENCAPSULATED",
    "NATIVE_SYNTAXES",
    "code",
    "frames",
    "nearest",
    "numbers",
    "unsigned",
    "value_length",
    "words",
]

NATIVE_SYNTAXES = frozenset(
    (
        "1.2.840.10008.1.2",
        "1.2.840.10008.1.2.1",
        "1.2.840.10008.1.2.1.99",
        "1.2.840.10008.1.2.2",
    )
)
"""Transfer Syntaxes in which Pixel Data is native (PS3.5 A.1, A.2, A.3, A.5)."""

ENCAPSULATED = -1
"""The value length of encapsulated Pixel Data, which has none."""

_NUMBER_OF_FRAMES = 0x00280008


def unsigned(item: Item, tag: int) -> int | None:
    """Return the value of a US Attribute that has exactly one."""
    element = item.elements.get(tag)
    if element is None or element[2] != 2 or element[0] != "US":
        return None
    at = element[1]
    first: int = item.buf[at]
    second: int = item.buf[at + 1]
    return first << 8 | second if item.instance.big_endian else second << 8 | first


def words(item: Item, tag: int, count: int) -> tuple[int, ...] | None:
    """Return the values of a US or SS Attribute as unsigned numbers, if it has `count` of them."""
    element = item.elements.get(tag)
    if element is None or element[2] != 2 * count or element[0] not in ("US", "SS"):
        return None
    raw = bytes(item.buf[element[1] : element[1] + 2 * count])
    order = "big" if item.instance.big_endian else "little"
    return tuple(int.from_bytes(raw[at : at + 2], order) for at in range(0, 2 * count, 2))  # type: ignore[arg-type]


def code(item: Item, tag: int) -> str | None:
    """Return the value of a CS Attribute that has exactly one."""
    element = item.elements.get(tag)
    if element is None or element[0] != "CS" or element[2] > 64:
        return None
    raw = bytes(item.buf[element[1] : element[1] + element[2]]).strip(b" \0")
    return raw.decode("latin-1") if raw and b"\\" not in raw else None


def numbers(item: Item, tag: int, count: int = 0) -> tuple[float, ...] | None:
    """Return the values of a numeric Attribute: all finite, and `count` of them unless that is 0."""
    values = item.get(tag)
    if not values or (count and len(values) != count):
        return None
    if not all(isinstance(value, (int, float)) and isfinite(value) for value in values):
        return None
    return values


def frames(item: Item) -> int | None:
    """Return the Number of Frames, 1 where it is absent (PS3.3 C.7.6.6)."""
    if _NUMBER_OF_FRAMES not in item.elements:
        return 1
    values = numbers(item, _NUMBER_OF_FRAMES, 1)
    return int(values[0]) if values and values[0] >= 1 else None


def value_length(item: Item, tag: int) -> int | None:
    """Return the bytes that a value has, ENCAPSULATED for fragments.

    None where it is absent or empty, where its bytes are elsewhere, or where the file ends within
    it, which is reported for itself.
    """
    element = item.elements.get(tag)
    if element is None or not element[2] or element[3] is not None:
        return None
    if element[2] == UNDEFINED_LENGTH:
        return ENCAPSULATED if item.instance.on_bytes else None
    for fault in item.instance.faults:
        if fault.item is item and fault.tag == tag and fault.rule != "encoding/odd-length":
            return None
    return element[2]


def nearest(item: Item, tag: int) -> Item | None:
    """Return the Item that has the Attribute: this one or the innermost one around it."""
    holder: Item | None = item
    while holder is not None and tag not in holder.elements:
        holder = holder.parent
    return holder
