"""The bytes that stand for a value in keyed hashes, and the Attribute path of an edit.

The value of a Data Element is its Value Field as it lies in the file, padding included (PS3.5 7.1). A
Sequence has no such bytes that both forms of length share; it counts as its Items, and an encapsulated
value as its fragments (`value_of`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any, Protocol

from dcmlint.audit.record import EditRecord
from dcmlint.model import Location
from dcmlint.read.item import Instance, Item
from dcmlint.standard.dictionary import format_tag

__all__ = [
    "attribute_path",
    "edit_records",
    "item_at",
    "parsed_path",
    "patch_record",
    "value_of",
    "value_of_new",
]

_UNDEFINED = 0xFFFFFFFF
_PATH = re.compile(r"(?:\([0-9A-F]{4},[0-9A-F]{4}\)\[[1-9][0-9]{0,9}\]){0,64}\([0-9A-F]{4},[0-9A-F]{4}\)")
_STEP = re.compile(r"\(([0-9A-F]{4}),([0-9A-F]{4})\)(?:\[([0-9]+)\])?")
_TEXT = frozenset("AE AS CS DA DS DT IS LO LT PN SH ST TM UC UR UT".split())


class NewElementLike(Protocol):
    """A Data Element to be written (`dcmlint.fix.edit.NewElement`)."""

    @property
    def tag(self) -> int: ...
    @property
    def vr(self) -> str: ...
    @property
    def value(self) -> bytes: ...
    @property
    def items(self) -> Any: ...


class EditLike(Protocol):
    """One change of one Data Element (`dcmlint.fix.edit.Edit`)."""

    @property
    def location(self) -> Location: ...
    @property
    def tag(self) -> int: ...
    @property
    def action(self) -> str: ...
    @property
    def element(self) -> Any: ...
    @property
    def rule(self) -> str: ...


def attribute_path(location: Location, tag: int) -> str:
    """Return the path of an Attribute in tags: "(0008,1140)[1](0008,1155)"."""
    steps = zip(location[::2], location[1::2], strict=True)
    return "".join(f"{format_tag(sequence)}[{number}]" for sequence, number in steps) + format_tag(tag)


def parsed_path(path: str) -> tuple[Location, int] | None:
    """Return (location, tag) of what `attribute_path` made, None if it did not."""
    if not _PATH.fullmatch(path):
        return None
    *steps, last = _STEP.findall(path)
    location = [part for group, number, index in steps for part in (int(group + number, 16), int(index))]
    return tuple(location), int(last[0] + last[1], 16)


def item_at(instance: Instance, location: Location, tag: int) -> Item | None:
    """Return the Data Set at a location, that of group 0002 for its tags, None if it is not there."""
    if not location and tag >> 16 == 0x0002:
        return instance.meta
    item = instance.root
    for sequence, number in zip(location[::2], location[1::2], strict=True):
        items = item.items(sequence)
        if items is None or not 1 <= number <= len(items):
            return None
        item = items[number - 1]
    return item


def value_of(item: Item | None, tag: int) -> bytes | None:
    """Return the bytes that stand for a value: None if absent, b"" if zero length.

    For a Sequence and for fragments: the number of parts, and of each Item its elements as tag, length and
    bytes, of each fragment length and bytes; numbers are big endian, tags 4 bytes, others 8.
    """
    found = None if item is None else item.elements.get(tag)
    if item is None or found is None:
        return None
    _, offset, length, items = found
    if items is not None:
        return _of_items([[(inner, value_of(one, inner)) for inner in one.elements] for one in items])
    if length == _UNDEFINED:
        return _of_fragments(item, tag)
    return bytes(item.buf[offset : offset + length])


def value_of_new(element: NewElementLike | None) -> bytes | None:
    """Return what `value_of` gives of this element once it is written, None for None."""
    if element is None:
        return None
    if element.items is None:
        return _padded(element.vr, bytes(element.value))
    items = [sorted(one, key=lambda inner: inner.tag) for one in element.items]
    return _of_items([[(inner.tag, value_of_new(inner)) for inner in one] for one in items])


def edit_records(instance: Instance, edits: Iterable[EditLike]) -> list[EditRecord]:
    """Return the records of edits that were made to the original `instance`."""
    records = []
    location: Location | None = None
    item: Item | None = None
    for edit in edits:
        if edit.location is not location or not location:
            location = edit.location
            item = item_at(instance, location, edit.tag)
        old = value_of(item, edit.tag)
        new = value_of_new(edit.element) if edit.action != "remove" else None
        path, tag = _names(location, edit.tag)
        records.append(EditRecord(path, tag, edit.action, edit.rule, old, new))
    return records


@lru_cache(maxsize=1 << 14)
def _names(location: Location, tag: int) -> tuple[str, str]:
    return attribute_path(location, tag), format_tag(tag)


def patch_record(buf: Any, span: tuple[int, int], content: bytes, rule: str) -> EditRecord:
    """Return the record of bytes `span` of the file that were replaced, and that are of no Data Element."""
    start, end = span
    return EditRecord(f"@{start}-{end}", "", "patch", rule, bytes(buf[start:end]), content)


def _of_items(items: Sequence[Sequence[tuple[int, bytes | None]]]) -> bytes:
    if not items:
        return b""
    parts = [len(items).to_bytes(8, "big")]
    for item in items:
        parts.append(len(item).to_bytes(8, "big"))
        for tag, value in item:
            value = value or b""
            parts += (tag.to_bytes(4, "big"), len(value).to_bytes(8, "big"), value)
    return b"".join(parts)


def _of_fragments(item: Item, tag: int) -> bytes:
    spans = next((all_ for holder, of, all_ in item.instance.fragments if holder is item and of == tag), [])
    parts = [len(spans).to_bytes(8, "big")]
    for offset, length in spans:
        parts += (length.to_bytes(8, "big"), bytes(item.buf[offset : offset + length]))
    return b"".join(parts)


def _padded(vr: str, value: bytes) -> bytes:
    """Return a value of even length, padded as PS3.5 6.2 says."""
    if len(value) % 2 == 0:
        return value
    return value + (b" " if vr in _TEXT else b"\0")
