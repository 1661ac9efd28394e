"""Conditions of dicom3tools compiled into functions of an Item.

They have two values: what they test counts as false where it is absent. Tests are evaluated from
left to right, without precedence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

from dcmlint.condition import has_value, joined, texts
from dcmlint.read.item import Item

__all__ = ["compile_d3", "d3_is_local", "d3_reads"]


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
            return lambda item, element: has_value((item, element))
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


@cache
def d3_is_local(name: str) -> bool:
    """Tell whether a dicom3tools condition looks only at the Item it is evaluated in."""
    from dcmlint.standard.shards import record

    return all(_test_is_local(test) for test in record(f"c:{name}") or ())


def _test_is_local(test: dict[str, Any]) -> bool:
    if "g" in test:
        return all(_test_is_local(part) for part in test["g"])
    return "w" not in test and (test["t"] or 0) >> 16 != 2


@cache
def d3_reads(name: str) -> frozenset[int] | None:
    """Return the tags of the Item whose values a dicom3tools condition reads, presence aside.

    What is the same for the whole Instance does not count. None if it looks elsewhere.
    """
    from dcmlint.standard.shards import record

    return joined([_test_reads(test) for test in record(f"c:{name}") or ()])


def _test_reads(test: dict[str, Any]) -> frozenset[int] | None:
    if "g" in test:
        return joined([_test_reads(part) for part in test["g"]])
    if _is_constant(test) or test["t"] is None:
        return frozenset()
    if "w" in test:
        return None
    return frozenset() if test["k"] == "present" and "i" not in test else frozenset({test["t"]})
