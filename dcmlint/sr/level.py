"""The rows that may stand for the children of one Content Item: a level of a template, INCLUDEs opened.

A level is made once for each row and binding of parameters, whatever number of Content Items meet it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from dcmlint.sr.rows import Bindings, Row, Terms, bindings_of, concept_terms, template
from dcmlint.standard.templates import Key

__all__ = ["Group", "Level", "Slot", "level_of"]

_MAX_INCLUDES = 12
"""INCLUDEs in INCLUDEs that are opened at one level."""


class Group(NamedTuple):
    """What one INCLUDE row brings to a level; `outer` is the INCLUDE it is in itself."""

    row: Row
    outer: Group | None


class Slot(NamedTuple):
    """One row at a level, as it may be filled: `number` is its place, `concepts` None if any may be.

    `groups` are the INCLUDEs that it comes through, innermost first.
    """

    number: int
    row: Row
    bindings: Bindings
    relationship: str
    concepts: Terms | None
    group: Group | None
    groups: tuple[Group, ...] = ()

    @property
    def most(self) -> int | None:
        """How many Content Items may fill it, None if there is no limit."""
        most = self.row.most
        for group in self.groups:
            if most is None or group.row.most is None:
                return None
            most *= group.row.most
        return most


class Level(NamedTuple):
    """The slots of one level: all, by the concept that they name, and those that name none, by value type.

    `complete` is False where an INCLUDE is not known, so that other Content Items may belong there.
    `demanding` slots may have to be filled, `guarded` are the numbers of those that may be forbidden.
    """

    slots: tuple[Slot, ...]
    by_concept: dict[Key, tuple[Slot, ...]]
    by_group: tuple[Slot, ...]
    open: dict[str, tuple[Slot, ...]]
    complete: bool
    demanding: tuple[Slot, ...]
    guarded: frozenset[int]


@lru_cache(maxsize=4096)
def level_of(tid: str, order: int, bindings: Bindings) -> Level:
    """Return the level of the rows below row `order` of a template of the tables (-1: its first level)."""
    known = template(tid)
    rows = known.below[order] if known is not None else ()
    slots: list[Slot] = []
    complete = [True]
    for slot in _opened(rows, bindings, None, (), complete):
        slots.append(slot._replace(number=len(slots)))
    by_concept: dict[Key, list[Slot]] = defaultdict(list)
    by_group, free = [], defaultdict(list)
    for slot in slots:
        if slot.concepts is None:
            free[slot.row.value_type].append(slot)
        elif slot.concepts.groups:
            by_group.append(slot)
        else:
            for code in slot.concepts.codes:
                by_concept[code].append(slot)
    return Level(
        tuple(slots),
        {code: tuple(found) for code, found in by_concept.items()},
        tuple(by_group),
        {kind: tuple(found) for kind, found in free.items()},
        complete[0],
        tuple(slot for slot in slots if slot.row.requirement in ("M", "MC")),
        frozenset(
            slot.number
            for slot in slots
            if slot.row.exclusive or any(row.only for row in (slot.row, *(g.row for g in slot.groups)))
        ),
    )


def _opened(
    rows: Sequence[Row],
    bindings: Bindings,
    group: Group | None,
    within: tuple[str, ...],
    complete: list[bool],
) -> Iterator[Slot]:
    for row in rows:
        if row.value_type != "INCLUDE":
            relationship = row.relationship or _inherited(group)
            concepts = concept_terms(row, bindings)
            yield Slot(0, row, bindings, relationship, concepts, group, tuple(_outwards(group)))
            continue
        included = template(row.include) if row.include else None
        if included is None or row.include in within or len(within) >= _MAX_INCLUDES:
            complete[0] = False
            continue
        inner = Group(row, group)
        yield from _opened(included.rows, bindings_of(row, bindings), inner, (*within, row.include), complete)


def _outwards(group: Group | None) -> Iterator[Group]:
    while group is not None:
        yield group
        group = group.outer


def _inherited(group: Group | None) -> str:
    while group is not None:
        if group.row.relationship:
            return group.row.relationship
        group = group.outer
    return ""
