"""Data Elements put into ascending order of tags, each moved as it is, byte for byte (PS3.5 7.1)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from dcmlint.fix.edit import Patch
from dcmlint.model import UNDEFINED_LENGTH
from dcmlint.read.item import Instance, Item
from dcmlint.read.vr import LONG_VRS

__all__ = ["ordered"]

_LONG = frozenset(LONG_VRS.values())
_DISTURBED = frozenset(
    (
        *(
            "encoding/bad-item",
            "encoding/duplicate-element",
            "encoding/invalid-vr",
            "encoding/length-overrun",
        ),
        *("encoding/missing-delimiter", "encoding/too-deep", "file/deflate-bomb"),
        *("file/transfer-syntax-mismatch", "file/truncated"),
    )
)
"""Faults with which it is not certain where each element starts."""

_MOST_MOVED = 64 << 20
"""Bytes that are moved at most."""


class _Extent(NamedTuple):
    tag: int
    start: int
    end: int


def ordered(instance: Instance, item: Item, buf: Any) -> list[Patch]:
    """Return the Patches that put the elements of an Item into order, [] where it cannot be done for certain.

    The number of bytes stays the same, so that no length changes. Nothing is done to a Data Set that is
    deflated.
    """
    if instance.root.buf is not buf or any(fault.rule in _DISTURBED for fault in instance.faults):
        return []
    extents = _extents(instance, item)
    late, highest = [], -1
    for each in extents:
        if each.tag < highest:
            late.append(each)
        highest = max(highest, each.tag)
    if sum(each.end - each.start for each in late) > _MOST_MOVED:
        return []
    if item.parent is not None and late:
        return [_rewritten(buf, extents)]
    return list(_moves(buf, extents, late))


def _extents(instance: Instance, item: Item) -> list[_Extent]:
    """Return where each element starts and ends, [] if that is not known of all."""
    found: list[_Extent] = []
    elements = list(item.elements.items())
    starts = [offset - _header(instance, vr) for _, (vr, offset, _, _) in elements]
    if not starts or starts[0] != item.offset:
        return []
    for number, (tag, (_, offset, length, _)) in enumerate(elements):
        is_last = number + 1 == len(elements)
        if is_last and length == UNDEFINED_LENGTH:
            if item.parent is not None:
                return []
            end = instance.header_end
        else:
            end = offset + length if is_last else starts[number + 1]
        start = starts[number]
        if length not in (UNDEFINED_LENGTH, end - offset) or item.buf[start : start + 4] != _tag(
            instance, tag
        ):
            return []
        found.append(_Extent(tag, item.base + starts[number], item.base + end))
    return found


def _header(instance: Instance, vr: str) -> int:
    return 12 if instance.explicit and vr in _LONG else 8


def _tag(instance: Instance, tag: int) -> bytes:
    order = "big" if instance.big_endian else "little"
    return (tag >> 16).to_bytes(2, order) + (tag & 0xFFFF).to_bytes(2, order)  # type: ignore[arg-type]


def _rewritten(buf: Any, extents: list[_Extent]) -> Patch:
    """Return one Patch of all elements in order: inside a Sequence no Patch may change a length."""
    content = b"".join(bytes(buf[each.start : each.end]) for each in sorted(extents))
    return Patch(extents[0].start, extents[-1].end, content)


def _moves(buf: Any, extents: list[_Extent], late: list[_Extent]) -> Iterator[Patch]:
    """Yield a Patch for each place that late elements go to, and one for each that they come from."""
    staying = [each for each in extents if each not in late]
    coming: dict[int, list[_Extent]] = {}
    for each in late:
        before = next(other for other in staying if other.tag > each.tag)
        coming.setdefault(before.start, []).append(each)
        yield Patch(each.start, each.end, b"")
    for start, elements in coming.items():
        content = b"".join(bytes(buf[each.start : each.end]) for each in sorted(elements))
        yield Patch(start, start, content)
