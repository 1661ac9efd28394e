"""What the user asks of objects, as keys of the level that they are keys of (PS3.4 C.2.2.2)."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence

from dcmlint.errors import UsageError
from dcmlint_pacs.attribute import attribute_of, not_in_ps3_6
from dcmlint_pacs.dimse.identifier import Key
from dcmlint_pacs.dimse.levels import LEVEL, LevelName, level_of

__all__ = ["filters_of"]

_NUMBERS = {"US": "<H", "SS": "<h", "UL": "<L", "SL": "<l", "FL": "<f", "FD": "<d"}
_TEXTS = frozenset("AE AS CS DA DS DT IS LO LT PN SH ST TM UC UI UR UT".split())
_CHARACTER_SET = 0x00080005
_MOST = 1024


def filters_of(where: Sequence[tuple[str, str]]) -> Mapping[LevelName, tuple[Key, ...]]:
    """Return the keys of each level by (keyword or tag, value); raises UsageError, without the value."""
    found: dict[LevelName, list[Key]] = {}
    for name, value in where:
        tag, vr, keyword = _key(name)
        keys = found.setdefault(level_of(keyword), [])
        if any(each.tag == tag for each in keys):
            raise UsageError(f"--where has {name} twice.", "A UID may be a list: A\\B.")
        keys.append(Key(tag, vr, _raw(name, vr, value)))
        if not value.isascii() and all(each.tag != _CHARACTER_SET for each in keys):
            keys.append(Key(_CHARACTER_SET, "CS", b"ISO_IR 192"))
    return {level: tuple(keys) for level, keys in found.items()}


def _key(name: str) -> tuple[int, str, str]:
    """Return tag, VR and keyword of an Attribute that can be a key; raises UsageError."""
    tag, vr, keyword = attribute_of(name)
    if not vr:
        raise not_in_ps3_6(name)
    if tag >> 16 < 0x0008 or tag in (_CHARACTER_SET, LEVEL):
        raise UsageError(f"--where: {name} is no key of a query.")
    vr = vr.split(" or ")[0]
    if vr not in _TEXTS and vr not in _NUMBERS:
        raise UsageError(f"--where: {name} has the VR {vr}, which cannot be asked for.")
    return tag, vr, keyword


def _raw(name: str, vr: str, value: str) -> bytes:
    if vr in _NUMBERS:
        number: int | float
        try:
            number = float(value) if vr in ("FL", "FD") else int(value)
            return struct.pack(_NUMBERS[vr], number)
        except (ValueError, struct.error, OverflowError):
            raise UsageError(f"--where: {name} is a number of the VR {vr}.") from None
    raw = value.encode("utf-8", "surrogateescape")
    if len(raw) > _MOST or any(each < 0x20 for each in raw):
        raise UsageError(f"--where: the value for {name} is too long, or has control characters in it.")
    return raw
