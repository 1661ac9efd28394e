"""Conditions of the tables compiled into functions of an Item (PS3.5 7.4.2, 7.4.4; PS3.3 A.1.3.2).

Parsed conditions have three values: True, False, None = unknown. dicom3tools conditions have two:
what they test counts as false where it is absent.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

from dcmlint.read.item import Item
from dcmlint.read.vr import BINARY_SIZE
from dcmlint.standard.dictionary import implicit_vr

__all__ = [
    "Condition",
    "compile_d3",
    "compile_parsed",
    "d3_is_local",
    "d3_reads",
    "find",
    "is_local",
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

    A zero-length value and a Sequence give []. What is written as UN is read with the VR of PS3.6,
    in little endian (PS3.5 6.2.2).
    """
    vr, offset, length, items = element
    if items is not None or not length or length > 0x10000:
        return []
    raw = bytes(item.buf[offset : offset + length])
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
        return lambda item: _has_value(lookup(item))
    return _comparison(condition, lookup)


def _has_value(found: tuple[Item, tuple[Any, ...]] | None) -> bool:
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


@cache
def compile_d3(name: str) -> Callable[[Item], bool]:
    """Return the function of a dicom3tools condition by name; unknown names are never true."""
    if name == "Always":
        return lambda item: True
    from dcmlint.standard.shards import record

    tests = record(f"c:{name}")
    if name == "Never" or tests is None:
        return lambda item: False
    group = _d3_group(tests)
    return _remembered(name, group) if len(tests) > 1 and all(map(_is_constant, tests)) else group


def _is_constant(test: dict[str, Any]) -> bool:
    """Tell whether a test asks nothing of the Item it is evaluated in."""
    if "g" in test:
        return all(map(_is_constant, test["g"]))
    return test.get("w") in ("root", "path", "path1") or (test["t"] or 0) >> 16 == 2


def _remembered(name: str, condition: Callable[[Item], bool]) -> Callable[[Item], bool]:
    """Return a condition that is evaluated once for each Instance."""

    def check(item: Item) -> bool:
        memo = item.instance.memo
        found = memo.get(name)
        if found is None:
            found = memo[name] = condition(item)
        return bool(found)

    return check


def _d3_group(tests: list[dict[str, Any]]) -> Callable[[Item], bool]:
    """Return a left-to-right evaluation: no precedence, as dicom3tools has none."""
    steps = [(test.get("o", "or"), bool(test.get("n")), _d3_test(test)) for test in _merged(tests)]
    if all(operator == "or" and not negated for operator, negated, _ in steps):
        parts = [part for _, _, part in steps]
        tests = _merged(tests)
        if all(test.get("k") == "present" and not {"w", "v", "i"} & test.keys() for test in tests):
            tags = frozenset(test["t"] for test in tests)
            return lambda item: not item.elements.keys().isdisjoint(tags)
        if all(test.get("v") == "0xff00" and "w" not in test for test in tests):
            repeating = frozenset(test["t"] for test in tests)
            return lambda item: not repeating.isdisjoint(_repeating(item))
        return _first_of_paths(tests, parts)
    if all(operator == "and" for operator, _, _ in steps[1:]):
        return _every(tuple((negated, part) for _, negated, part in steps))

    def check(item: Item) -> bool:
        result = False
        for number, (operator, negated, part) in enumerate(steps):
            if number and ((operator == "and" and not result) or (operator == "or" and result)):
                continue
            value = part(item) != negated
            result = value if operator != "xor" or not number else result != value
        return result

    return check


def _merged(tests: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return an alternative with its tests of one text against several values made one test."""
    if any(test.get("o", "or") != "or" or test.get("n") for test in tests):
        return tests
    result: list[dict[str, Any]] = []
    merged: dict[str, dict[str, Any]] = {}
    for test in tests:
        if test.get("k") != "str" or test["t"] is None:
            result.append(test)
            continue
        place = str((test["t"], test.get("w"), test.get("p"), test.get("i")))
        if place in merged:
            merged[place]["v"] = [*merged[place]["v"], test["v"]]
        else:
            merged[place] = {**test, "v": [test["v"]]}
            result.append(merged[place])
    return result


def _texts_of(wanted: Any) -> frozenset[bytes]:
    return frozenset(str(value).encode() for value in (wanted if isinstance(wanted, list) else [wanted]))


def _first_of(parts: list[Callable[[Item], bool]]) -> Callable[[Item], bool]:
    def check(item: Item) -> bool:
        for part in parts:  # noqa: SIM110 - any() makes a generator for each Item
            if part(item):
                return True
        return False

    return check


def _first_of_paths(
    tests: list[dict[str, Any]], parts: list[Callable[[Item], bool]]
) -> Callable[[Item], bool]:
    """Return an alternative whose tests inside Sequences run only if their Sequence is there."""
    by_head: dict[tuple[bool, int], list[Callable[[Item], bool]]] = {}
    others = []
    for test, part in zip(tests, parts, strict=True):
        path = test.get("p") or ()
        if test.get("w") in ("path", "path1", "within") and path and path[0] is not None:
            by_head.setdefault((test["w"] == "within", path[0]), []).append(part)
        else:
            others.append(part)
    if not by_head:
        return _first_of(parts)
    inside = [(here, head, _first_of(found)) for (here, head), found in by_head.items()]
    other = _first_of(others)

    def check(item: Item) -> bool:
        if others and other(item):
            return True
        root = item.instance.root.elements
        for here, head, alternative in inside:
            if head in (item.elements if here else root) and alternative(item):
                return True
        return False

    return check


def _every(parts: tuple[tuple[bool, Callable[[Item], bool]], ...]) -> Callable[[Item], bool]:
    def check(item: Item) -> bool:
        for negated, part in parts:  # noqa: SIM110 - all() makes a generator for each Item
            if part(item) is negated:
                return False
        return True

    return check


def _d3_test(test: dict[str, Any]) -> Callable[[Item], bool]:
    if "g" in test:
        return _d3_group(test["g"])
    tag = test["t"]
    if tag is None:
        return lambda item: False
    if "w" not in test and tag >> 16 != 2 and "i" not in test:
        if test["k"] == "present" and "v" not in test:
            return lambda item: tag in item.elements
        if test["k"] == "str":
            return _has_text(tag, _texts_of(test["v"]))
    if test["k"] == "str" and "i" not in test and (test.get("w") == "root" or tag >> 16 == 2):
        return _root_has_text(tag, _texts_of(test["v"]))
    places = _places(test)
    holds = _d3_predicate(test)
    if test["k"] == "present" and test.get("v") == "0xff00":
        return lambda item: any(tag in _repeating(place) for place in places(item))
    if test["k"] == "group":
        return lambda item: item.instance.meta is not None

    def check(item: Item) -> bool:
        for place in places(item):
            element = place.elements.get(tag)
            if element is not None and holds(place, element):
                return True
        return False

    return check


def _has_text(tag: int, accepted: frozenset[bytes]) -> Callable[[Item], bool]:
    def check(item: Item) -> bool:
        element = item.elements.get(tag)
        return element is not None and not accepted.isdisjoint(texts(item, element))

    return check


def _root_has_text(tag: int, accepted: frozenset[bytes]) -> Callable[[Item], bool]:
    """Return a test of the root or the File Meta Information, made once for each Instance."""
    key = f"{tag:08X}={sorted(accepted)!r}"

    def check(item: Item) -> bool:
        instance = item.instance
        found = instance.memo.get(key)
        if found is None:
            holder = instance.meta if tag >> 16 == 2 else instance.root
            element = holder.elements.get(tag) if holder is not None else None
            values = texts(holder, element) if holder is not None and element is not None else ()
            found = instance.memo[key] = not accepted.isdisjoint(values)
        return bool(found)

    return check


def _repeating(item: Item) -> set[int]:
    """Return the tags of repeating groups (50xx, 60xx) in their first group, once for each Item."""
    memo, key = item.instance.memo, f"repeating {id(item)}"
    found: set[int] | None = memo.get(key)
    if found is None:
        found = memo[key] = set()
        for tag in reversed(item.elements):
            if tag < 0x50000000:
                break
            found.add(tag & 0xFF00FFFF)
    return found


def _places(test: dict[str, Any]) -> Callable[[Item], Iterable[Item]]:
    where, path, tag = test.get("w"), test.get("p", ()), test["t"]
    if tag is not None and tag >> 16 == 2:
        return lambda item: () if item.instance.meta is None else (item.instance.meta,)
    if where is None:
        return lambda item: (item,)
    if where == "root":
        return lambda item: (item.instance.root,)
    if where == "parent":
        return lambda item: () if item.parent is None else (item.parent,)
    first = where == "path1"
    head, *rest = path

    def follow(item: Item) -> Iterable[Item]:
        start = item if where == "within" else item.instance.root
        if head not in start.elements:
            return ()
        places = _items(start, head)[:1] if first else _items(start, head)
        for sequence in rest:
            places = [
                nested
                for place in places
                for nested in (_items(place, sequence)[:1] if first else _items(place, sequence))
            ]
        return places

    return follow


def _items(item: Item, tag: int | None) -> list[Item]:
    element = item.elements.get(tag) if tag is not None else None
    return (element[3] or []) if element is not None else []


def _d3_predicate(test: dict[str, Any]) -> Callable[[Item, tuple[Any, ...]], bool]:
    kind, wanted, index = test["k"], test.get("v"), test.get("i")
    if kind == "present":
        if index is None:
            return lambda item, element: True
        return lambda item, element: len(texts(item, element)) > index
    if kind == "hasvalue":
        if index is None:
            return lambda item, element: _has_value((item, element))
        return lambda item, element: any(texts(item, element)[index : index + 1])
    if kind.startswith("items"):
        if kind == "items":
            return lambda item, element: bool(element[3])
        return lambda item, element: _item_count(kind[5:], len(element[3] or ()))

    def values(item: Item, element: tuple[Any, ...]) -> list[bytes]:
        found = texts(item, element)
        return found if index is None else found[index : index + 1]

    if kind == "num":
        operator, number = wanted  # type: ignore[misc]

        def compare(item: Item, element: tuple[Any, ...]) -> bool:
            return any(_relation(operator, value, number) for value in values(item, element))

        return compare
    accepted = _texts_of(wanted)
    return lambda item, element: not accepted.isdisjoint(values(item, element))


def _item_count(relation: str, count: int) -> bool:
    return count > int(relation[1:]) if relation[0] == ">" else count == int(relation[2:])


def _relation(operator: str, value: bytes, number: float) -> bool:
    try:
        found = float(value)
    except ValueError:
        return False
    return {
        "==": found == number,
        "!=": found != number,
        ">": found > number,
        "<": found < number,
        ">=": found >= number,
        "<=": found <= number,
    }[operator]


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


@cache
def d3_is_local(name: str) -> bool:
    """Tell whether a dicom3tools condition looks only at the Item it is evaluated in."""
    from dcmlint.standard.shards import record

    return all(_test_is_local(test) for test in record(f"c:{name}") or ())


def _test_is_local(test: dict[str, Any]) -> bool:
    if "g" in test:
        return all(_test_is_local(part) for part in test["g"])
    return "w" not in test and (test["t"] or 0) >> 16 != 2


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
            return _joined([parsed_reads(part, local_tags) for part in condition[name]])
    own = frozenset() if condition["o"] in ("+", "-") else frozenset({condition["t"]})
    other = condition.get("z")
    return own if other is None else _joined([own, parsed_reads(other, local_tags)])


@cache
def d3_reads(name: str) -> frozenset[int] | None:
    """Return the tags of the Item whose values a dicom3tools condition reads, presence aside.

    What is the same for the whole Instance does not count. None if it looks elsewhere.
    """
    from dcmlint.standard.shards import record

    return _joined([_test_reads(test) for test in record(f"c:{name}") or ()])


def _test_reads(test: dict[str, Any]) -> frozenset[int] | None:
    if "g" in test:
        return _joined([_test_reads(part) for part in test["g"]])
    if _is_constant(test) or test["t"] is None:
        return frozenset()
    if "w" in test:
        return None
    return frozenset() if test["k"] == "present" and "i" not in test else frozenset({test["t"]})


def _joined(sets: list[frozenset[int] | None]) -> frozenset[int] | None:
    if any(found is None for found in sets):
        return None
    return frozenset().union(*(found for found in sets if found is not None))
