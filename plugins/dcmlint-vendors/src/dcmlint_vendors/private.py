"""Private Data Elements by Private Creator and number, in whatever block they are (PS3.5 7.8.1).

Values are read as the vendor writes them, also where the file says UN: after a conversion from Implicit VR
by a system that does not know the vendor's dictionary.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping

from dcmlint.read.item import Instance, Item

__all__ = ["blocks", "creator_of", "element", "is_cut", "is_truncated", "number", "numbers", "value_bytes"]

_FORMATS = {"SS": "h", "US": "H", "SL": "i", "UL": "I", "FL": "f", "FD": "d"}
_CUT = ("file/truncated", "encoding/length-overrun")


def blocks(item: Item) -> Mapping[tuple[int, str], int]:
    """Return the block (gggg,xx00) of each (group, Private Creator), the first of each."""
    memo = item.instance.memo
    key = f"dcmlint_vendors {id(item)}"
    found: dict[tuple[int, str], int] | None = memo.get(key)
    if found is None:
        found = memo[key] = {}
        for tag in item.elements:
            if tag & 0x1FF00 == 0x10000 and tag & 0xFF >= 0x10:
                creator = (item.raw(tag) or b"").strip(b"\0 ").decode("latin-1")
                found.setdefault((tag >> 16, creator), tag & 0xFFFF0000 | (tag & 0xFF) << 8)
    return found


def creator_of(item: Item, tag: int) -> str:
    """Return the Private Creator of a private Data Element, "" if there is none."""
    raw = item.raw(tag & 0xFFFF0000 | (tag >> 8) & 0xFF) or b""
    return raw.strip(b"\0 ").decode("latin-1")


def element(item: Item, group: int, creator: str, number: int) -> int | None:
    """Return the tag of the Data Element that is `number` (gggg,xxNN) in the creator's block, or None
    if it is absent."""
    block = blocks(item).get((group, creator))
    tag = None if block is None else block | number
    return tag if tag in item.elements else None


def is_cut(item: Item, tag: int) -> bool:
    """Tell whether the value of a Data Element is not there as a whole, because the file is cut."""
    return any(
        fault.rule in _CUT and fault.item is item and fault.tag == tag for fault in item.instance.faults
    )


def is_truncated(instance: Instance) -> bool:
    """Tell whether the file ends too early, so that what is absent may have been there."""
    return any(fault.rule == "file/truncated" for fault in instance.faults)


def value_bytes(item: Item, tag: int) -> bytes:
    """Return the bytes of a value, b"" if it is a Sequence, cut or empty."""
    return b"" if is_cut(item, tag) else item.raw(tag) or b""


def numbers(item: Item, tag: int, vr: str) -> tuple[float, ...]:
    """Return the numbers of a Data Element that is present and that the vendor writes with `vr`.

    () if it is zero length or holds anything but numbers.
    """
    if item.elements[tag][0] in ("UN", "OB"):
        return _decoded(value_bytes(item, tag), vr)
    values = () if is_cut(item, tag) else item.get(tag) or ()
    return tuple(values) if all(isinstance(value, (int, float)) for value in values) else ()


def number(item: Item, tag: int | None, vr: str) -> float | None:
    """Return the first number of a Data Element, or None if there is none."""
    values = () if tag is None else numbers(item, tag, vr)
    return values[0] if values else None


def _decoded(raw: bytes, vr: str) -> tuple[float, ...]:
    """Return the numbers in bytes of a known VR; UN is always little endian (PS3.5 6.2.2)."""
    code = _FORMATS.get(vr)
    if code is None:
        return _parsed(raw)
    count, rest = divmod(len(raw), struct.calcsize(code))
    return () if rest else struct.unpack(f"<{count}{code}", raw)


def _parsed(raw: bytes) -> tuple[float, ...]:
    text = raw.strip(b"\0 ").decode("latin-1")
    try:
        return tuple(float(part) for part in text.split("\\")) if text.isascii() and text else ()
    except ValueError:
        return ()
