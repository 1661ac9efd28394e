"""Reading from a buffer that fetches its bytes when they are asked for, in the way that `ensure` of
`dcmlint.source.ranged` has it.

A slice of such a buffer fetches by itself. What unpacks or matches its memory in place has to ask first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from dcmlint.read.item import Instance, Item

__all__ = ["Unpack", "fetch_values", "fetching"]

Unpack = Callable[[Any, int], tuple[Any, ...]]

_HEADER = 12
"""Bytes of an element's header at most."""

_MOST_BYTES = 64 << 20
"""Bytes of the longest value that is looked at in place (`dcmlint.check`)."""

_BY_LENGTH = frozenset(("OB", "OL", "OV", "OW"))
"""VRs of which only the length is looked at, and slices."""


def fetching(unpack: Unpack, ensure: Callable[[int, int], None]) -> Unpack:
    """Return `unpack` for a buffer that fetches, and for the copies that are made of its Items."""

    def fetched(buf: Any, pos: int) -> tuple[Any, ...]:
        if not isinstance(buf, bytes | bytearray):
            ensure(pos, pos + _HEADER)
        return unpack(buf, pos)

    return fetched


def fetch_values(instance: Instance, buf: Any) -> None:
    """Fetch the values that are looked at in place: all but bulk data and those of unknown private
    elements."""
    for item in (instance.root, instance.meta, *_nested(instance)):
        if item is None or item.buf is not buf:
            continue
        for tag, (vr, offset, length, _) in item.elements.items():
            if length > _MOST_BYTES or vr in _BY_LENGTH or (vr == "UN" and tag & 0x10000):
                continue
            buf.ensure(offset, offset + length)


def _nested(instance: Instance) -> Iterator[Item]:
    for items in instance.sequences:
        yield from items
