"""Parsed conditions of the tables compiled into functions of an Item (PS3.5 7.4.2, 7.4.4; PS3.3
A.1.3.2).

They have three values: True, False, None = unknown. Those of dicom3tools are in
`dcmlint.d3_condition`.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable
from typing import Any

from dcmlint.read.item import Item
from dcmlint.read.vr import BINARY_SIZE
from dcmlint.standard.dictionary import implicit_vr

__all__ = [
    "Condition",
    "compile_parsed",
    "find",
    "has_value",
    "is_local",
    "joined",
    "parsed_reads",
    "texts",
]

Condition = Callable[[Item], "bool | None"]

_SHARED = 0x52009229
_PER_FRAME = 0x52009230
_FIRST_VALUE = {0x00080008, 0x00089007, 0x00541000}
"""Image Type, Frame Type, Series Type: a condition without a value number means Value 1."""

_UNPACK = {"US": "H", "SS": "h", "UL": "I", "SL": "i", "FL": "f", "FD": "d", "UV": "Q", "SV": "q"}
_NUMERIC = frozenset(_UNPACK) | {"AT"}


def texts(item: Item, element: tuple[Any, ...]) -> list[bytes]:
    """Return the values of an element as trimmed bytes, numbers and tags in decimal.

    A zero-length value and a Sequence give []; the list is shared and not to be changed. What is
    written as UN is read with the VR of PS3.6, in little endian (PS3.5 6.2.2).
    """
    vr: str
    offset: int
    length: int
    vr, offset, length, items = element
    if items is not None or not length or length > 0x10000:
        return []
    known = item.texts
    if known is None:
        known = item.texts = {}
    found = known.get(offset)
    if found is None:
        found = known[offset] = _texts(item, vr, offset, length)
    return found


def _texts(item: Item, vr: str, offset: int, length: int) -> list[bytes]:
    raw: bytes = bytes(item.buf[offset : offset + length])
    little = not item.instance.big_endian
    if vr == "UN":
        vr, little = (
            next(implicit_vr(tag) for tag, found in item.elements.items() if found[1] == offset),
            True,
        )
    if vr not in _NUMERIC:
        stripped = raw.strip(b" \0")
        if b"\\" in stripped:
            return [part.strip(b" \0") for part in raw.rstrip(b" \0").split(b"\\")]
        return [stripped] if stripped else []
    order = "<" if little else ">"
    if vr == "AT":
        halves = struct.unpack(f"{order}{len(raw) // 4 * 2}H", raw[: len(raw) // 4 * 4])
        return [b"%d" % (halves[i] << 16 | halves[i + 1]) for i in range(0, len(halves), 2)]
    size = BINARY_SIZE[vr]
    count = len(raw) // size
    numbers = struct.unpack(f"{order}{count}{_UNPACK[vr]}", raw[: count * size])
    return [b"%d" % number if isinstance(number, int) else repr(number).encode() for number in numbers]


def find(item: Item, tag: int) -> tuple[Item, tuple[Any, ...]] | None:
    """Return (Item, element) of a tag: in the Item, its enclosing Items, its frame's Functional
    Groups, then the shared ones."""
    frame: Item | None = None
    current: Item | None = item
    while current is not None:
        element = current.elements.get(tag)
        if element is not None:
            return current, element
        if current.tag == _PER_FRAME:
            frame = current
        root = current
        current = current.parent
    for group in (frame, _first_item(root, _SHARED)):
        for macro in group.elements.values() if group is not None else ():
            for nested in (macro[3] or ())[:1]:
                element = nested.elements.get(tag)
                if element is not None:
                    return nested, element
    return None


def _first_item(item: Item, tag: int) -> Item | None:
    element = item.elements.get(tag)
    return element[3][0] if element is not None and element[3] else None


def compile_parsed(condition: dict[str, Any], local_tags: frozenset[int]) -> Condition:
    """Return the function of a parsed condition.

    Attributes of `local_tags`, the rows of the same item list, are looked up in the Item only.
    """
    if "&" in condition:
        return _all([_part(part, local_tags) for part in condition["&"]])
    if "|" in condition:
        return _any([_part(part, local_tags) for part in condition["|"]])
    return _test(condition, local_tags)


def _part(condition: dict[str, Any] | None, local_tags: frozenset[int]) -> Condition:
    return _unknown if condition is None else compile_parsed(condition, local_tags)


def _unknown(item: Item) -> bool | None:
    return None


def _all(parts: list[Condition]) -> Condition:
    def check(item: Item) -> bool | None:
        result: bool | None = True
        for part in parts:
            value = part(item)
            if value is False:
                return False
            if value is None:
                result = None
        return result

    return check


def _any(parts: list[Condition]) -> Condition:
    def check(item: Item) -> bool | None:
        result: bool | None = False
        for part in parts:
            value = part(item)
            if value:
                return True
            if value is None:
                result = None
        return result

    return check


def _test(condition: dict[str, Any], local_tags: frozenset[int]) -> Condition:
    tag, operator = condition["t"], condition["o"]
    local = tag in local_tags or bool(condition.get("l"))

    def lookup(item: Item) -> tuple[Item, tuple[Any, ...]] | None:
        if local:
            element = item.elements.get(tag)
            return None if element is None else (item, element)
        return find(item, tag)

    if operator == "+":
        return lambda item: lookup(item) is not None
    if operator == "-":
        return lambda item: lookup(item) is None
    if operator == "++":
        return lambda item: has_value(lookup(item))
    return _comparison(condition, lookup)


def has_value(found: tuple[Item, tuple[Any, ...]] | None) -> bool:
    """Tell whether what `find` found has a value, or an Item."""
    if found is None:
        return False
    element = found[1]
    return bool(element[3]) if element[3] is not None else element[2] != 0


def _comparison(
    condition: dict[str, Any], lookup: Callable[[Item], tuple[Item, tuple[Any, ...]] | None]
) -> Condition:
    operator, tag = condition["o"], condition["t"]
    index = condition.get("i", 0)
    first = "i" in condition or tag in _FIRST_VALUE
    wanted = frozenset(_wanted(operator, condition.get("v", ())))
    number = _number(condition.get("v", ()))

    def check(item: Item) -> bool | None:
        found = lookup(item)
        if found is None:
            return None
        values = texts(*found)
        if not values:
            return _compare_empty(operator, b"" in wanted, found[1])
        if first:
            if index >= len(values):
                return None
            values = values[index : index + 1]
        if operator in ("=", "=>"):
            return any(value in wanted for value in values)
        if operator == "!=":
            return not any(value in wanted for value in values)
        return _numeric(operator, values, number)

    return check


def _wanted(operator: str, values: Iterable[str]) -> Iterable[bytes]:
    for value in values:
        text = value.strip()
        if operator == "=>" and text.startswith("("):
            text = str(int(text.strip("()").replace(",", ""), 16))
        yield text.encode()


def _compare_empty(operator: str, asks_empty: bool, element: tuple[Any, ...]) -> bool | None:
    if element[3] is not None:
        return None
    if asks_empty:
        return operator == "="
    return False if operator == "=" else None


def _number(values: Iterable[str]) -> float | None:
    for value in values:
        try:
            return float(value)
        except ValueError:
            return None
    return None


def _numeric(operator: str, values: list[bytes], number: float | None) -> bool | None:
    if number is None:
        return None
    try:
        numbers = [float(value) for value in values]
    except ValueError:
        return None
    return any(value > number if operator == ">" else value < number for value in numbers)


def is_local(condition: dict[str, Any] | None, local_tags: frozenset[int]) -> bool:
    """Tell whether a parsed condition looks only at the Item it is evaluated in."""
    if condition is None:
        return True
    for name in ("&", "|"):
        if name in condition:
            return all(is_local(part, local_tags) for part in condition[name])
    parts = [condition.get("z")]
    own = condition.get("l") or condition.get("t") in local_tags or "t" not in condition
    return bool(own) and all(is_local(part, local_tags) for part in parts if part)


def parsed_reads(condition: dict[str, Any] | None, local_tags: frozenset[int]) -> frozenset[int] | None:
    """Return the tags of the Item whose values a parsed condition reads, presence aside.

    None if it looks outside the Item.
    """
    if condition is None:
        return frozenset()
    if not is_local(condition, local_tags):
        return None
    for name in ("&", "|"):
        if name in condition:
            return joined([parsed_reads(part, local_tags) for part in condition[name]])
    own = frozenset() if condition["o"] in ("+", "-") else frozenset({condition["t"]})
    other = condition.get("z")
    return own if other is None else joined([own, parsed_reads(other, local_tags)])


def joined(sets: list[frozenset[int] | None]) -> frozenset[int] | None:
    """Return the union of sets, None if one of them is not known."""
    if any(found is None for found in sets):
        return None
    return frozenset().union(*(found for found in sets if found is not None))
