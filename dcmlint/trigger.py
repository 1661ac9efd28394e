"""What must be there before a condition can be true: the index that keeps most conditions asleep.

An atom (place, tag, value) says "this Attribute is at this place", with this value if it is not
None. A condition has a set of atoms of which at least one holds whenever it is true; None if there
is no such set (a condition on absence).
"""

from __future__ import annotations

from functools import cache
from typing import Any, Literal

from dcmlint.condition import find, texts
from dcmlint.read.item import Item
from dcmlint.rows import RowPlan

__all__ = ["Atom", "Index", "row_atoms"]

Place = Literal["item", "root", "anywhere"]
Atom = tuple[Place, int, "bytes | None"]
Atoms = frozenset[Atom] | None


def row_atoms(row: RowPlan, local_tags: frozenset[int]) -> Atoms:
    """Return atoms of which one holds whenever the row is required."""
    included = row.row.get("a")
    found: Atoms = None
    if included is not None:
        sets = [d3_atoms(name) for name in included.get("d", ())]
        if included.get("c"):
            sets.append(parsed_atoms(included["c"], local_tags))
        found = _best(sets)
    if row.type in ("1", "2"):
        return found
    condition = row.row.get("c")
    either: list[Atoms] = []
    if condition is not None and condition["k"] in ("MU", "MN", "MC"):
        either.append(parsed_atoms(condition, local_tags))
    if row.row.get("d") is not None:
        either.append(d3_atoms(row.row["d"]))
    return _best([found, _union(either)])


def parsed_atoms(condition: dict[str, Any] | None, local_tags: frozenset[int]) -> Atoms:
    """Return atoms of a parsed condition."""
    if condition is None:
        return frozenset()
    if "&" in condition:
        return _best([parsed_atoms(part, local_tags) for part in condition["&"] if part is not None])
    if "|" in condition:
        return _union([parsed_atoms(part, local_tags) for part in condition["|"]])
    tag, operator = condition["t"], condition["o"]
    place: Place = "item" if tag in local_tags or condition.get("l") else "anywhere"
    if operator == "-":
        return None
    if operator == "=" and all(value.strip() for value in condition.get("v", ())):
        return frozenset((place, tag, value.strip().encode()) for value in condition.get("v", ()))
    return frozenset({(place, tag, None)})


@cache
def d3_atoms(name: str) -> Atoms:
    """Return atoms of a dicom3tools condition."""
    from dcmlint.standard.shards import record

    tests = record(f"c:{name}")
    if name == "Always":
        return None
    return frozenset() if tests is None else _group_atoms(tests)


def _group_atoms(tests: list[dict[str, Any]]) -> Atoms:
    found: Atoms = None
    for number, test in enumerate(tests):
        atoms = _test_atoms(test)
        if number == 0:
            found = atoms
        elif test.get("o", "or") == "and":
            found = _best([found, atoms])
        else:
            found = _union([found, atoms])
    return found


def _test_atoms(test: dict[str, Any]) -> Atoms:
    if test.get("n"):
        return None
    if "g" in test:
        return _group_atoms(test["g"])
    tag, where = test["t"], test.get("w")
    if tag is None:
        return frozenset()
    if where in ("path", "path1", "within"):
        first = test["p"][0]
        return None if first is None else frozenset({("item" if where == "within" else "root", first, None)})
    if where == "parent" or test.get("v") == "0xff00" or test["k"] == "group":
        return None
    place: Place = "root" if where == "root" or tag >> 16 == 2 else "item"
    if test["k"] == "str":
        return frozenset({(place, tag, str(test["v"]).encode())})
    return frozenset({(place, tag, None)})


def _best(sets: list[Atoms]) -> Atoms:
    """Return the most telling of sets that must all hold: values before presence, few before many."""
    known = [found for found in sets if found is not None]
    if not known:
        return None
    return min(known, key=lambda found: (any(atom[2] is None for atom in found), len(found)))


def _union(sets: list[Atoms]) -> Atoms:
    if any(found is None for found in sets):
        return None
    return frozenset().union(*(found for found in sets if found is not None))


class Index:
    """The conditional rows of a Node by the atoms that wake them."""

    __slots__ = ("_always", "_places")

    def __init__(self, rows: list[tuple[RowPlan, Atoms]]) -> None:
        self._always = tuple(row for row, atoms in rows if atoms is None)
        places: dict[tuple[Place, int], dict[bytes | None, list[RowPlan]]] = {}
        for row, atoms in rows:
            for place, tag, value in atoms or ():
                places.setdefault((place, tag), {}).setdefault(value, []).append(row)
        self._places = tuple((place, tag, woken) for (place, tag), woken in places.items())

    def __bool__(self) -> bool:
        return bool(self._always or self._places)

    def awake(self, item: Item) -> list[RowPlan]:
        """Return the rows whose condition may be true for this Item."""
        rows = list(self._always)
        elements = item.elements
        for place, tag, woken in self._places:
            if place == "item":
                element: Any = elements.get(tag)
                holder = item
            else:
                holder, element = _look(place, item, tag)
            if element is None:
                continue
            if None in woken:
                rows += woken[None]
            if len(woken) > 1 or None not in woken:
                for value in texts(holder, element):
                    if value in woken:
                        rows += woken[value]
        return rows if len(rows) < 2 else list(dict.fromkeys(rows))


def _look(place: Place, item: Item, tag: int) -> tuple[Item, Any]:
    if place == "anywhere":
        return find(item, tag) or (item, None)
    instance = item.instance
    holder = instance.meta if tag >> 16 == 2 else instance.root
    return (item, None) if holder is None else (holder, holder.elements.get(tag))
