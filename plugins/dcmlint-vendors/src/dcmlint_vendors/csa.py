"""The CSA header of Siemens MR: a directory of named values in one private Data Element.

It begins with "SV10", four bytes without meaning, the number of tags and the number 77. A tag is a name of
64 bytes, its VM, VR and data type, its number of items and a check value; an item is its length (four
times over, in numbers) and its bytes, filled up to a multiple of four. An older form has no "SV10" and
counts lengths differently. All numbers are 32 bits, little endian.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple

__all__ = ["CREATOR", "CsaTag", "begins_as_csa", "csa_fault", "csa_tags"]

CREATOR = "SIEMENS CSA HEADER"

_MAGIC = b"SV10"
_MARK = b"M\0\0\0"
_FIRST = 16
_TAG = struct.Struct("<64si4siii")
_ITEM = struct.Struct("<4i")
_CHECKS = (77, 205)


class CsaTag(NamedTuple):
    """One tag of the directory; `fault` says what is wrong with it, and ends the directory."""

    name: bytes
    values: tuple[bytes, ...]
    fault: str = ""


def begins_as_csa(raw: bytes) -> bool:
    """Tell whether bytes begin as a CSA header with "SV10" does."""
    return raw[:4] == _MAGIC and raw[12:16] == _MARK


def csa_fault(raw: bytes) -> str:
    """Return what is wrong with a CSA header, "" if nothing; one of the older form is not judged."""
    if not raw.startswith(_MAGIC):
        return "" if raw[4:8] == _MARK else "does not begin as one"
    if not begins_as_csa(raw):
        return "has no directory of tags"
    announced = _announced(raw)
    for count, tag in enumerate(csa_tags(raw), 1):
        if tag.fault:
            return f"{tag.fault} in tag {count} of {announced}"
    return "" if announced else "has no tags"


def csa_tags(raw: bytes) -> Iterator[CsaTag]:
    """Yield the tags of a CSA header that begins with "SV10", up to the first that is malformed."""
    at = _FIRST
    for _ in range(_announced(raw) if begins_as_csa(raw) else 0):
        if at + _TAG.size > len(raw):
            yield CsaTag(b"", (), "ends")
            return
        name, _vm, _vr, _type, items, check = _TAG.unpack_from(raw, at)
        name = name.partition(b"\0")[0]
        at += _TAG.size
        if check not in _CHECKS:
            yield CsaTag(name, (), "has no check value")
            return
        values, at = _items(raw, at, items)
        if values is None:
            yield CsaTag(name, (), "ends")
            return
        yield CsaTag(name, values)


def _announced(raw: bytes) -> int:
    return int.from_bytes(raw[8:12], "little")


def _items(raw: bytes, at: int, count: int) -> tuple[tuple[bytes, ...] | None, int]:
    """Return the items' bytes and where the next tag begins, None for the items if they do not fit."""
    values: list[bytes] = []
    for _ in range(count):
        if at + _ITEM.size > len(raw):
            return None, at
        length = _ITEM.unpack_from(raw, at)[1]
        at += _ITEM.size
        if not 0 <= length <= len(raw) - at:
            return None, at
        values.append(raw[at : at + length])
        at += (length + 3) // 4 * 4
    return tuple(values), at
