"""Identifiers of queries and of their answers: keys as tags, VRs and bytes (PS3.4 C.4.1.1.3).

Values stay bytes: what is compared, counted or hashed of them needs no decoding, and none of it is shown.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping
from typing import NamedTuple

__all__ = ["Identifier", "Key", "Value", "decoded", "encoded", "text_of"]

_LONG = frozenset((b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV"))
_UNDEFINED = 0xFFFFFFFF
_MOST_ELEMENTS = 10_000


class Key(NamedTuple):
    """A key of a query; `raw` is b"" for one that is only to be returned."""

    tag: int
    vr: str
    raw: bytes = b""


class Value(NamedTuple):
    """What an answer has for a key; `vr` is "" where the encoding does not say it."""

    vr: str
    raw: bytes


Identifier = Mapping[int, Value]


def text_of(identifier: Identifier, tag: int) -> str:
    """Return a value as text without its padding, "" if it is absent."""
    found = identifier.get(tag)
    return "" if found is None else found.raw.decode("latin-1").strip(" \0")


def encoded(keys: Iterable[Key], *, is_implicit: bool) -> bytes:
    """Return an identifier as bytes, Little Endian. Values have 65,534 bytes at most."""
    found = []
    for key in sorted(keys):
        raw = key.raw
        if len(raw) % 2:
            raw += b"\0" if key.vr == "UI" else b" "
        vr = key.vr.encode("ascii")
        head = struct.pack("<HH", key.tag >> 16, key.tag & 0xFFFF)
        if is_implicit:
            length = struct.pack("<L", len(raw))
        elif vr in _LONG:
            length = vr + struct.pack("<HL", 0, len(raw))
        else:
            length = vr + struct.pack("<H", len(raw))
        found.append(head + length + raw)
    return b"".join(found)


def decoded(raw: bytes, *, is_implicit: bool) -> dict[int, Value]:
    """Return the elements on the top level of an identifier, Little Endian; raises ValueError if it is none.

    Those of undefined length have b"" as value.
    """
    found: dict[int, Value] = {}
    at = 0
    while at < len(raw):
        tag, vr, length, at = _header(raw, at, is_implicit=is_implicit)
        if length == _UNDEFINED:
            found[tag] = Value(vr, b"")
            at = _after_items(raw, at, is_implicit=is_implicit)
            continue
        if at + length > len(raw):
            raise ValueError("an element is longer than the identifier")
        found[tag] = Value(vr, raw[at : at + length])
        at += length
        if len(found) > _MOST_ELEMENTS:
            raise ValueError("too many elements")
    return found


def _header(raw: bytes, at: int, *, is_implicit: bool) -> tuple[int, str, int, int]:
    """Return tag, VR, length, and where the value is."""
    if at + 8 > len(raw):
        raise ValueError("it ends within an element")
    group, element = struct.unpack_from("<HH", raw, at)
    tag = group << 16 | element
    if is_implicit or group == 0xFFFE:
        return tag, "", struct.unpack_from("<L", raw, at + 4)[0], at + 8
    vr = raw[at + 4 : at + 6]
    if not (vr.isalpha() and vr.isupper()):
        raise ValueError("an element has no VR")
    if vr not in _LONG:
        return tag, vr.decode("ascii"), struct.unpack_from("<H", raw, at + 6)[0], at + 8
    if at + 12 > len(raw):
        raise ValueError("it ends within an element")
    return tag, vr.decode("ascii"), struct.unpack_from("<L", raw, at + 8)[0], at + 12


def _after_items(raw: bytes, at: int, *, is_implicit: bool) -> int:
    """Return where the elements go on after a Sequence of undefined length, however deep it is."""
    depth = 1
    while depth:
        tag, _, length, at = _header(raw, at, is_implicit=is_implicit)
        if tag in (0xFFFEE00D, 0xFFFEE0DD):
            depth -= 1
        elif length == _UNDEFINED:
            depth += 1
        elif tag != 0xFFFEE000:
            at += length
    return at
