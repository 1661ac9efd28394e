"""An A-ASSOCIATE-AC as the peer sent it, item by item (PS3.8 9.3.3, PS3.7 Annex D).

pynetdicom's reading of it does not tell a Presentation Context that was left out from one that was rejected,
and passes over a Transfer Syntax that was never proposed. Those are what is looked for here.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

__all__ = ["Acceptance", "Chosen", "MalformedError", "read_acceptance"]

_ITEMS_START = 68
"""Bytes of an A-ASSOCIATE-AC between its header and its items."""

_CONTEXT, _USER_INFORMATION, _SYNTAX = 0x21, 0x50, 0x40
_MAXIMUM, _IMPLEMENTATION, _OPERATIONS, _ROLE = 0x51, 0x52, 0x53, 0x54
_VERSION, _EXTENDED, _IDENTITY = 0x55, 0x56, 0x59

_MOST_ITEMS = 10_000


class MalformedError(ValueError):
    """The bytes are no A-ASSOCIATE-AC; the text says what is wrong, without any of them."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """The answer to one Presentation Context: its result, and its Transfer Syntaxes (one is right)."""

    result: int
    syntaxes: tuple[str, ...]


@dataclass(slots=True)
class Acceptance:
    """What an A-ASSOCIATE-AC says. `contexts` has the answers by Presentation Context ID, `twice` the IDs
    that are there more than once; the rest is as in `Facts`, None or "" where it is not there. `roles` are
    those that we may take, (SCU, SCP) by SOP Class."""

    contexts: dict[int, Chosen] = field(default_factory=dict)
    twice: set[int] = field(default_factory=set)
    max_pdu: int | None = None
    implementation_class_uid: str = ""
    implementation_version: str = ""
    operations: tuple[int, int] | None = None
    roles: dict[str, tuple[int, int]] = field(default_factory=dict)
    extended: dict[str, bytes] = field(default_factory=dict)
    identity: bytes | None = None


def read_acceptance(body: bytes) -> Acceptance:
    """Return what the content of an A-ASSOCIATE-AC (without its header of 6 bytes) says.

    Raises MalformedError, and nothing else, on any bytes.
    """
    found = Acceptance()
    try:
        for kind, content in _items(body[_ITEMS_START:]):
            if kind == _CONTEXT:
                _context(found, content)
            elif kind == _USER_INFORMATION:
                for sub_kind, sub_content in _items(content):
                    _user_information(found, sub_kind, sub_content)
    except struct.error:
        raise MalformedError("an item of an A-ASSOCIATE-AC is too short") from None
    return found


def _items(content: bytes) -> Iterator[tuple[int, bytes]]:
    at = count = 0
    while at < len(content):
        count += 1
        if at + 4 > len(content) or count > _MOST_ITEMS:
            raise MalformedError("an A-ASSOCIATE-AC that ends within an item")
        kind, length = struct.unpack_from(">BxH", content, at)
        at += 4
        if at + length > len(content):
            raise MalformedError("an item of an A-ASSOCIATE-AC is longer than what holds it")
        yield kind, content[at : at + length]
        at += length


def _context(found: Acceptance, content: bytes) -> None:
    number, result = struct.unpack_from(">BxB", content)
    syntaxes = tuple(_uid(value) for kind, value in _items(content[4:]) if kind == _SYNTAX)
    if number in found.contexts:
        found.twice.add(number)
    else:
        found.contexts[number] = Chosen(result, syntaxes)


def _user_information(found: Acceptance, kind: int, content: bytes) -> None:
    if kind == _MAXIMUM:
        (found.max_pdu,) = struct.unpack_from(">L", content)
    elif kind == _IMPLEMENTATION:
        found.implementation_class_uid = _uid(content)
    elif kind == _VERSION:
        found.implementation_version = _text(content)[:16]
    elif kind == _OPERATIONS:
        found.operations = struct.unpack_from(">HH", content)
    elif kind == _ROLE:
        sop_class, rest = _with_uid(content)
        found.roles[sop_class] = struct.unpack_from(">BB", rest)
    elif kind == _EXTENDED:
        sop_class, rest = _with_uid(content)
        found.extended[sop_class] = rest
    elif kind == _IDENTITY:
        (length,) = struct.unpack_from(">H", content)
        found.identity = content[2 : 2 + length]


def _with_uid(content: bytes) -> tuple[str, bytes]:
    (length,) = struct.unpack_from(">H", content)
    return _uid(content[2 : 2 + length]), content[2 + length :]


def _uid(content: bytes) -> str:
    return _text(content)[:64]


def _text(content: bytes) -> str:
    """Return printable text: it goes to terminals and reports."""
    text = content.rstrip(b"\0 ").decode("ascii", "replace")
    return "".join(each if each.isprintable() else "?" for each in text)
