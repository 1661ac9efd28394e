"""Data Elements that differ between two files though no Edit names them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from dcmlint.fix.edit import Edit
from dcmlint.model import Location
from dcmlint.read.item import Instance, Item

__all__ = ["touched"]

_META = 0x0002
_Place = tuple[str, Location, int]


def touched(before: Instance, after: Instance, edits: Iterable[Edit]) -> list[tuple[Location, int]]:
    """Return (location, tag) of each Data Element that differs, is gone or is new though no edit is about it
    or about what holds it.

    Group lengths may follow what is in their group, and File Meta Information may be there that was not.
    """
    edited = {(edit.location, edit.tag) for edit in edits}
    old, new = dict(_elements(before)), dict(_elements(after))
    return [
        (location, tag)
        for part, location, tag in sorted(old.keys() | new.keys())
        if old.get((part, location, tag)) != new.get((part, location, tag))
        and not _is_named(location, tag, edited)
        and not (part == "meta" and before.meta is None)
    ]


def _is_named(location: Location, tag: int, edited: set[tuple[Location, int]]) -> bool:
    above = ((location[:at], location[at]) for at in range(0, len(location), 2))
    return (location, tag) in edited or any(each in edited for each in above)


def _elements(instance: Instance) -> Iterator[tuple[_Place, tuple[str, bytes | None]]]:
    """Yield VR and bytes of every Data Element without Items by place, fragments as their bytes."""
    fragments = {
        (id(item), tag): b"|".join(bytes(item.buf[start : start + length]) for start, length in spans)
        for item, tag, spans in instance.fragments
    }
    if instance.meta is not None:
        yield from _of_item(instance.meta, "meta", {})
    for item in instance.root.walk():
        yield from _of_item(item, "", fragments)


def _of_item(
    item: Item, part: str, fragments: dict[tuple[int, int], bytes]
) -> Iterator[tuple[_Place, tuple[str, Any]]]:
    for tag, (vr, _, _, items) in item.elements.items():
        if items is None and tag & 0xFFFF:
            yield (part, item.location, tag), (vr, fragments.get((id(item), tag), item.raw(tag)))
