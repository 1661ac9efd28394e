"""Which character set text is really in, where the bytes leave no doubt (PS3.3 C.12.1.1.2)."""

from __future__ import annotations

from collections.abc import Iterator

from dcmlint.model import UNDEFINED_LENGTH
from dcmlint.read.charset import SPECIFIC_CHARACTER_SET
from dcmlint.read.item import Item
from dcmlint.read.vr import TEXT_VRS

__all__ = ["UTF_8", "declaring", "is_utf8"]

UTF_8 = b"ISO_IR 192"
"""The Defined Term for UTF-8 (PS3.3 Table C.12-5)."""


def declaring(item: Item) -> Item:
    """Return the Data Set or Item of which the Specific Character Set is in force in an Item (PS3.5
    7.5.3)."""
    while item.parent is not None and SPECIFIC_CHARACTER_SET not in item.elements:
        item = item.parent
    return item


def is_utf8(item: Item) -> bool:
    """Tell whether all text for which an Item declares the character set is UTF-8, and at least one not
    ASCII.

    Code extension (escape sequences) is not UTF-8. Text in another character set is hardly ever valid UTF-8.
    """
    is_foreign = False
    for raw in _texts(item):
        if raw.isascii():
            if b"\x1b" in raw:
                return False
            continue
        try:
            raw.decode("utf_8")
        except UnicodeDecodeError:
            return False
        is_foreign = True
    return is_foreign


def _texts(item: Item) -> Iterator[bytes]:
    for vr, offset, length, items in item.elements.values():
        for nested in items or ():
            if SPECIFIC_CHARACTER_SET not in nested.elements:
                yield from _texts(nested)
        if vr in TEXT_VRS and length != UNDEFINED_LENGTH:
            yield bytes(item.buf[offset : offset + length])
