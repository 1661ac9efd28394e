"""What changed between an original and its result, beside what the log says of it."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from dcmlint.audit.values import attribute_path, value_of
from dcmlint.model import Location
from dcmlint.read.item import Instance, Item

__all__ = ["unrecorded"]

_UNDEFINED = 0xFFFFFFFF
_PIECE = 1 << 20


def unrecorded(original: Instance, result: Instance, recorded: Collection[str]) -> Iterator[str]:
    """Yield the path of each Attribute that differs and is neither recorded nor inside of one that is.

    Group lengths (PS3.5 7.2, PS3.10 7.1) are left out: they follow from the rest.
    """
    for before, after in ((original.meta, result.meta), (original.root, result.root)):
        yield from _differing(before, after, (), recorded)


def _differing(
    before: Item | None, after: Item | None, location: Location, recorded: Collection[str]
) -> Iterator[str]:
    tags = {*(before.elements if before else ()), *(after.elements if after else ())}
    for tag in sorted(tags):
        path = attribute_path(location, tag)
        if path in recorded or not tag & 0xFFFF:
            continue
        inner = _pairs(before, after, tag)
        if inner is not None:
            for number, (one, other) in enumerate(inner, 1):
                yield from _differing(one, other, (*location, tag, number), recorded)
        elif not _equal(before, after, tag):
            yield path


def _pairs(before: Item | None, after: Item | None, tag: int) -> list[tuple[Item, Item]] | None:
    """Return the Items of a Sequence that both have, None unless there are equally many."""
    one = before.items(tag) if before else None
    other = after.items(tag) if after else None
    if one is None or other is None or len(one) != len(other):
        return None
    return list(zip(one, other, strict=True))


def _equal(before: Item | None, after: Item | None, tag: int) -> bool:
    one = before.elements.get(tag) if before else None
    other = after.elements.get(tag) if after else None
    if before is None or after is None or one is None or other is None:
        return False
    if any(found[3] is not None or found[2] == _UNDEFINED for found in (one, other)):
        return value_of(before, tag) == value_of(after, tag)
    return one[2] == other[2] and _same_bytes((before.buf, one[1]), (after.buf, other[1]), one[2])


def _same_bytes(one: tuple[Any, int], other: tuple[Any, int], length: int) -> bool:
    """Tell whether `length` bytes at both places are the same, without copying them as a whole."""
    (buf, start), (other_buf, other_start) = one, other
    for done in range(0, length, _PIECE):
        size = min(_PIECE, length - done)
        piece = bytes(buf[start + done : start + done + size])
        if piece != bytes(other_buf[other_start + done : other_start + done + size]):
            return False
    return True
