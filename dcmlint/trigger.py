"""The index that keeps most conditional rows asleep: a row is looked at only where its condition
may be true (see `dcmlint.atoms`)."""

from __future__ import annotations

from typing import Any

from dcmlint.atoms import Atoms, Place, best, d3_atoms, d3_blockers, parsed_atoms, parsed_blockers, union
from dcmlint.condition import find, texts
from dcmlint.read.item import Item
from dcmlint.rows import RowPlan

__all__ = ["Index", "row_atoms", "row_blockers"]


def row_atoms(row: RowPlan, local_tags: frozenset[int]) -> Atoms:
    """Return atoms of which one holds whenever the row is required."""
    included = row.row.get("a")
    found: Atoms = None
    if included is not None:
        sets = [d3_atoms(name) for name in included.get("d", ())]
        if included.get("c"):
            sets.append(parsed_atoms(included["c"], local_tags))
        found = best(sets)
    if row.type in ("1", "2"):
        return found
    condition = row.row.get("c")
    either: list[Atoms] = []
    if condition is not None and condition["k"] in ("MU", "MN", "MC"):
        either.append(parsed_atoms(condition, local_tags))
    either += [d3_atoms(row.row[name]) for name in ("d", "u") if row.row.get(name) is not None]
    return best([found, union(either)])


def row_blockers(row: RowPlan, local_tags: frozenset[int]) -> frozenset[int]:
    """Return tags any of which, present in the Item, makes sure that the row is not required."""
    condition = row.row.get("c")
    either = []
    if condition is not None and condition["k"] in ("MU", "MN", "MC"):
        either.append(parsed_blockers(condition, local_tags))
    either += [d3_blockers(row.row[name]) for name in ("d", "u") if row.row.get(name) is not None]
    return frozenset.intersection(*either) if either else frozenset()


Woken = dict["bytes | None", list[RowPlan]]


class Index:
    """The conditional rows of a Node by the atoms that wake them."""

    __slots__ = ("_always", "_elsewhere", "_here", "_tags")

    def __init__(self, rows: list[tuple[RowPlan, Atoms]]) -> None:
        self._always = tuple(
            (row, tuple(row_blockers(row, row.local_tags))) for row, atoms in rows if atoms is None
        )
        places: dict[tuple[Place, int], Woken] = {}
        for row, atoms in rows:
            for place, tag, value in atoms or ():
                places.setdefault((place, tag), {}).setdefault(value, []).append(row)
        self._here = {tag: woken for (place, tag), woken in places.items() if place == "item"}
        self._tags = frozenset(self._here)
        self._elsewhere = tuple(
            (place, tag, woken) for (place, tag), woken in places.items() if place != "item"
        )

    def __bool__(self) -> bool:
        return bool(self._always or self._here or self._elsewhere)

    def awake(self, item: Item) -> list[RowPlan]:
        """Return the rows whose condition may be true for this Item."""
        rows = []
        elements = item.elements
        for row, blockers in self._always:
            for blocker in blockers:
                if blocker in elements:
                    break
            else:
                rows.append(row)
        for tag in elements.keys() & self._tags:
            _wake(rows, self._here[tag], item, elements[tag])
        for place, tag, woken in self._elsewhere:
            holder, element = _look(place, item, tag)
            if element is not None:
                _wake(rows, woken, holder, element)
        return rows if len(rows) < 2 else list(dict.fromkeys(rows))


def _wake(rows: list[RowPlan], woken: Woken, holder: Item, element: Any) -> None:
    if None in woken:
        rows += woken[None]
        if len(woken) == 1:
            return
    for value in texts(holder, element):
        if value in woken:
            rows += woken[value]


def _look(place: Place, item: Item, tag: int) -> tuple[Item, Any]:
    if place == "anywhere":
        return find(item, tag) or (item, None)
    instance = item.instance
    holder = instance.meta if tag >> 16 == 2 else instance.root
    return (item, None) if holder is None else (holder, holder.elements.get(tag))
