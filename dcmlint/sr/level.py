"""The rows that may stand for the children of one Content Item: a level of a template, INCLUDEs opened.

A level is made once for each row and binding of parameters, whatever number of Content Items meet it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Literal, NamedTuple

from dcmlint.sr.rows import Bindings, Row, Terms, bindings_of, concept_terms, template, value_terms
from dcmlint.standard.templates import Key

__all__ = ["Candidates", "Fit", "Group", "Level", "Slot", "level_of"]

_MAX_INCLUDES = 12
"""INCLUDEs in INCLUDEs that are opened at one level."""

_MOST_REMEMBERED = 128
"""Kinds of Content Items of which a level remembers what they may fill."""

_LONGEST = 128
"""Characters of a concept that a level remembers."""

Fit = Literal["full", "relationship", "value type", "loose"]
"""How a Content Item fills a row: in all, but for its relationship or value type, or only as the row leaves
its concept open."""


class Group(NamedTuple):
    """What one INCLUDE row brings to a level; `outer` is the INCLUDE it is in itself."""

    row: Row
    outer: Group | None


class Slot:
    """One row at a level, as it may be filled: `number` is its place, `concepts` None if any may be.

    `groups` are the INCLUDEs that it comes through, innermost first, `parts` its own row and theirs; it is
    `firm` if all of them are. `most` Content Items may fill it (None: there is no limit). `alike` are the
    rows that one fills which fits in full: this one, and those of other templates that say the same. Rows
    are named by TID and number in `name` and `names_alike`.
    """

    __slots__ = (
        *("_below", "_values", "_values_known", "alike", "bindings", "concepts", "firm", "group", "groups"),
        *("is_ordered", "most", "name", "names_alike", "number", "parts", "relationship", "row"),
    )

    def __init__(
        self,
        number: int,
        row: Row,
        bindings: Bindings,
        relationship: str,
        concepts: Terms | None,
        group: Group | None,
    ) -> None:
        self.number = number
        self.row = row
        self.bindings = bindings
        self.relationship = relationship
        self.concepts = concepts
        self.group = group
        self.groups = tuple(_outwards(group))
        self.parts = (row, *(each.row for each in self.groups))
        self.firm = all(each.firm for each in self.parts)
        self.most = _product([each.most for each in self.parts])
        self.name = (row.tid, row.number)
        self.alike: tuple[Row, ...] = (row,)
        self.names_alike: tuple[tuple[str, str], ...] = (self.name,)
        self.is_ordered = concepts is not None and _is_ordered(row, group)
        self._below: Level | None = None
        self._values: Terms | None = None
        self._values_known = False

    @property
    def values(self) -> Terms | None:
        """The values (of CODE) or units (of NUM) outside of which something is wrong, None if nothing is."""
        if not self._values_known:
            self._values_known = True
            self._values = _binding(value_terms(self.row, self.bindings))
        return self._values

    @property
    def below(self) -> Level:
        """The level of the rows below this one."""
        if self._below is None:
            self._below = level_of(self.row.tid, self.row.order, self.bindings)
        return self._below


def _product(limits: Sequence[int | None]) -> int | None:
    most = 1
    for limit in limits:
        if limit is None:
            return None
        most *= limit
    return most


def _is_ordered(row: Row, group: Group | None) -> bool:
    """Tell whether the place of a row among the others of its template is significant."""
    known = template(row.tid)
    if known is None or not known.ordered:
        return False
    return group is None or group.row.most is not None


def _binding(terms: Terms | None) -> Terms | None:
    """Return terms if a value outside of them is worth a word, else None."""
    if terms is None or terms.kind == "B":
        return None
    if terms.groups:
        return terms if terms.closed or terms.kind == "D" else None
    return terms if terms.kind in ("D", "E") else None


class Candidates:
    """The slots that a Content Item may fill, and how it fits; `doubt` if it may fit others as well."""

    __slots__ = ("doubt", "fit", "slots")

    def __init__(self, slots: tuple[Slot, ...], fit: Fit, doubt: bool = False) -> None:
        self.slots = slots
        self.fit: Fit = fit
        self.doubt = doubt


class Level:
    """The slots of one level: all, by the concept that they name, and those that name none, by value type.

    `complete` is False where an INCLUDE is not known, so that other Content Items may belong there.
    `demanding` slots may have to be filled, `expected` tell the level from others, `guarded` are the numbers
    of those that may be forbidden. `is_ordered` if there are slots whose place is significant.
    """

    def __init__(self, slots: tuple[Slot, ...], complete: bool, extensible: bool | None) -> None:
        self.slots = slots
        self.complete = complete
        self.extensible = extensible
        self.by_concept, self.by_group, self.open = _indexed(slots)
        self.demanding = tuple(slot for slot in slots if _may_be_demanded(slot.row))
        self.expected = tuple(slot for slot in slots if _is_expected(slot))
        self.guarded = frozenset(
            slot.number for slot in slots if slot.row.exclusive or any(row.only for row in slot.parts)
        )
        self.is_ordered = any(slot.is_ordered for slot in slots)
        for slot in slots:
            slot.alike = (slot.row, *_others_alike(slot, self.by_concept))
            slot.names_alike = tuple((row.tid, row.number) for row in slot.alike)
        self._candidates: dict[tuple[Key | None, str, str, bool], Candidates] = {}

    def candidates(self, key: Key | None, kind: str, relationship: str, referring: bool) -> Candidates:
        """Return what a Content Item of this concept, value type and relationship may fill."""
        asked = (key, kind, relationship, referring)
        found = self._candidates.get(asked)
        if found is None:
            found = self._found(key, kind, relationship, referring)
            length = len(kind) + len(relationship) + (len(key[0]) + len(key[1]) if key is not None else 0)
            if length <= _LONGEST:
                if len(self._candidates) >= _MOST_REMEMBERED:
                    self._candidates.clear()
                self._candidates[asked] = found
        return found

    def _found(self, key: Key | None, kind: str, relationship: str, referring: bool) -> Candidates:
        named = self.by_concept.get(key, ()) if key is not None else ()
        typed = _fitting(named, kind, referring)
        full = _related(typed, relationship)
        if full:
            return Candidates(tuple(full), "full")
        grouped = _related(_fitting(self.by_group, kind, referring), relationship)
        members = [slot for slot in grouped if key is not None and slot.concepts and slot.concepts.has(key)]
        if members:
            return Candidates(tuple(members), "full")
        loose = _related(_fitting(self.open.get(kind, ()), kind, referring), relationship)
        others = loose or [slot for slot in grouped if slot.concepts is not None and not slot.concepts.closed]
        if typed:
            return Candidates(tuple(typed), "relationship", doubt=bool(others))
        if others:
            return Candidates(tuple(others), "loose")
        wrong = [slot for slot in _related(named, relationship) if not slot.row.by_reference]
        if wrong and kind and not referring:
            return Candidates((wrong[0],), "value type")
        return Candidates((), "loose")


def _fitting(slots: Sequence[Slot], kind: str, referring: bool) -> list[Slot]:
    return [slot for slot in slots if slot.row.value_type == kind and slot.row.by_reference == referring]


def _related(slots: Sequence[Slot], relationship: str) -> list[Slot]:
    return [slot for slot in slots if slot.relationship in ("", relationship)]


_ByConcept = dict[Key, tuple[Slot, ...]]


def _indexed(slots: Sequence[Slot]) -> tuple[_ByConcept, tuple[Slot, ...], dict[str, tuple[Slot, ...]]]:
    """Return the slots by concept, those of context groups, and those of any concept by value type."""
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
    return (
        {code: tuple(found) for code, found in by_concept.items()},
        tuple(by_group),
        {kind: tuple(found) for kind, found in free.items()},
    )


def _others_alike(slot: Slot, by_concept: _ByConcept) -> Iterator[Row]:
    """Yield the rows of other templates that say the same as a slot."""
    for code in slot.concepts.codes if slot.concepts is not None else ():
        for other in by_concept.get(code, ()):
            same = (other.row.value_type, other.relationship) == (slot.row.value_type, slot.relationship)
            if same and other.row.tid != slot.row.tid:
                yield other.row


def _may_be_demanded(row: Row) -> bool:
    if row.requirement == "MC":
        return bool(row.exclusive or row.alternatives) or row.condition is not None
    return row.requirement == "M"


def _is_expected(slot: Slot) -> bool:
    """Tell whether a Content Item that lacks this row rather follows another level."""
    row = slot.row
    if slot.group is not None or slot.concepts is None:
        return False
    if row.requirement == "M":
        return not slot.concepts.groups
    return row.requirement == "MC" and bool(row.exclusive) and row.condition is None


@lru_cache(maxsize=4096)
def level_of(tid: str, order: int, bindings: Bindings) -> Level:
    """Return the level of the rows below row `order` of a template of the tables (-1: its first level)."""
    known = template(tid)
    rows = known.below[order] if known is not None else ()
    complete = [True]
    slots = tuple(_opened(rows, bindings, None, (), complete))
    for number, slot in enumerate(slots):
        slot.number = number
    return Level(slots, complete[0], known.extensible if known is not None else None)


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
            yield Slot(0, row, bindings, relationship, concepts, group)
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
