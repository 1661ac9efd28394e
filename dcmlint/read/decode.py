"""Value bytes to Python values, one VR at a time; never raises (PS3.5 6.2)."""

from __future__ import annotations

import struct
from typing import Any

from dcmlint.model import UNDEFINED_LENGTH
from dcmlint.read.charset import charset_of, decode_text
from dcmlint.read.forms import NEVER_SPLIT, PADDING
from dcmlint.read.item import Item
from dcmlint.read.vr import BINARY_SIZE, TEXT_VRS, ambiguous_vr
from dcmlint.standard.dictionary import entry, implicit_vr

__all__ = ["decode"]

_CODES = {
    "AT": "HH",
    "FD": "d",
    "FL": "f",
    "SL": "l",
    "SS": "h",
    "SV": "q",
    "UL": "L",
    "US": "H",
    "UV": "Q",
}
_PIXEL_REPRESENTATION = 0x00280103
_STRIPPED_LEFT = frozenset(("AE", "CS", "DS", "IS", "LO", "PN", "SH"))


def decode(item: Item, tag: int) -> tuple[Any, ...]:
    """Return the decoded values of an Attribute that is present; see `Item.get`.

    Items for a Sequence, one bytes object for OB, OW and the like, tags as int for AT. PN, LT, ST,
    UR and UT are not taken apart, other text is split at backslashes.
    """
    vr, offset, length, items = item.elements[tag]
    if items is not None:
        return tuple(items)
    if length == UNDEFINED_LENGTH:
        return (b"",)
    raw = bytes(item.buf[offset : offset + length])
    if not raw:
        return ()
    big_endian = item.instance.big_endian and item is not item.instance.meta
    if vr == "UN":
        vr = implicit_vr(tag)
        big_endian = False
        if vr == "SQ":
            return (raw,)
    if vr in _CODES:
        return _numbers(raw, _signed(item, tag, vr), tag, big_endian)
    if vr in BINARY_SIZE or vr == "UN":
        return (raw,)
    return _text(item, raw, vr)


def _numbers(raw: bytes, vr: str, tag: int, big_endian: bool) -> tuple[Any, ...]:
    size = BINARY_SIZE[vr]
    count, rest = divmod(len(raw), size)
    if rest:
        return (raw.decode("latin-1"),)
    order = ">" if big_endian else "<"
    code = _CODES[vr]
    if vr == "AT":
        halves = struct.unpack(f"{order}{2 * count}H", raw)
        return tuple(group << 16 | element for group, element in zip(halves[::2], halves[1::2], strict=True))
    numbers = struct.unpack(f"{order}{count}{code}", raw)
    if vr == "SS" and count == 3 and _is_lut_descriptor(tag):
        # Number of entries and bits are never negative, only the first mapped value may be.
        return (numbers[0] & 0xFFFF, numbers[1], numbers[2] & 0xFFFF)
    return numbers


def _signed(item: Item, tag: int, vr: str) -> str:
    """Return SS for what Implicit VR encoding left open ("US or SS") and Pixel Representation signs."""
    if vr != "US" or item.instance.explicit:
        return vr
    row = entry(tag)
    if row is None or not row.vr.startswith("US or SS") or ambiguous_vr(row.vr) != "US":
        return vr
    holder: Item | None = item
    while holder is not None:
        raw = holder.raw(_PIXEL_REPRESENTATION)
        if raw is not None:
            return "SS" if raw == b"\1\0" else "US"
        holder = holder.parent
    return vr


def _is_lut_descriptor(tag: int) -> bool:
    row = entry(tag)
    return row is not None and row.vm == "3" and row.vr.startswith("US or SS")


def _text(item: Item, raw: bytes, vr: str) -> tuple[Any, ...]:
    raw = raw.rstrip(PADDING)
    if vr in TEXT_VRS:
        delimiters = b"\\^=" if vr == "PN" else b"" if vr in NEVER_SPLIT else b"\\"
        text = decode_text(raw, charset_of(item), delimiters).value
    else:
        text = raw.decode("latin-1")
    values = [text] if vr in NEVER_SPLIT else text.split("\\")
    if vr in _STRIPPED_LEFT:
        values = [value.strip(" ") for value in values]
    elif len(values) > 1:
        values = [value.rstrip(" ") for value in values]
    if vr == "DS" or vr == "IS":
        return tuple(_number(value, vr) for value in values)
    return tuple(values)


def _number(value: str, vr: str) -> int | float | str:
    if not value.isascii() or "_" in value:
        return value
    try:
        return int(value) if vr == "IS" else float(value)
    except ValueError:
        return value
