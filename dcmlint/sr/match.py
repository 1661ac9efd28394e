"""Which row of a level each child of a Content Item fills."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Literal, NamedTuple

from dcmlint.sr.level import Level, Slot, level_of
from dcmlint.sr.tree import ContentItem
from dcmlint.standard.templates import Key, current

__all__ = ["Fit", "Match", "concept_key", "declared_tid", "likeness", "matched"]

Fit = Literal["full", "relationship", "value type", "loose"]
"""How a Content Item fills a row: in all, but for its relationship or value type, or only as the row leaves
its concept open."""

_TEMPLATE = 0x0040A504
_MAPPING_RESOURCE = 0x00080105
_TEMPLATE_IDENTIFIER = 0x0040DB00

Applies = Callable[[Slot], "bool | None"]


class Match(NamedTuple):
    """A child and the slot that it fills, None if it fills none; `doubt` if it may fill another as well."""

    node: ContentItem
    slot: Slot | None
    fit: Fit
    doubt: bool = False


def concept_key(node: ContentItem) -> Key | None:
    """Return the concept of a Content Item as the code that stands for it today, None if it has none."""
    concept = node.concept
    return None if concept is None or not concept.value else current(concept.value, concept.scheme)


def declared_tid(node: ContentItem) -> str:
    """Return the DCMR template that a Content Item names in its Content Template Sequence, "" if none."""
    items = node.item.items(_TEMPLATE)
    if not items or items[0].first(_MAPPING_RESOURCE) != "DCMR":
        return ""
    tid = items[0].first(_TEMPLATE_IDENTIFIER)
    return tid if isinstance(tid, str) else ""


def matched(children: Iterable[ContentItem], level: Level, applies: Applies) -> list[Match]:
    """Return the match of each child, in their order; `applies` tells whether a slot's condition holds."""
    filled: Counter[int] = Counter()
    found = []
    for child in children:
        match = _match(child, level, filled, applies)
        if match.slot is not None:
            filled[match.slot.number] += 1
        found.append(match)
    return found


def _match(child: ContentItem, level: Level, filled: Counter[int], applies: Applies) -> Match:
    node = child.target if child.reference is not None else child
    if node is None:
        return Match(child, None, "loose")
    key = concept_key(node)
    named = level.by_concept.get(key, ()) if key is not None else ()
    kind, relationship = node.value_type, child.relationship
    referring = child.reference is not None

    def fits(slot: Slot) -> bool:
        return slot.row.value_type == kind and slot.row.by_reference == referring

    def related(slot: Slot) -> bool:
        return slot.relationship in ("", relationship)

    typed = [slot for slot in named if fits(slot)]
    full = [slot for slot in typed if related(slot)]
    if full:
        return Match(child, _chosen(child, full, filled, applies), "full")
    grouped = [slot for slot in level.by_group if fits(slot) and related(slot)]
    members = [slot for slot in grouped if key is not None and slot.concepts and slot.concepts.has(key)]
    if members:
        return Match(child, _chosen(child, members, filled, applies), "full")
    loose = [slot for slot in level.open.get(kind, ()) if fits(slot) and related(slot)]
    others = loose or [slot for slot in grouped if slot.concepts is not None and not slot.concepts.closed]
    if typed:
        return Match(child, _chosen(child, typed, filled, applies), "relationship", doubt=bool(others))
    if others:
        return Match(child, _chosen(child, others, filled, applies), "loose")
    wrong = [slot for slot in named if related(slot) and not referring and not slot.row.by_reference]
    if wrong and kind:
        return Match(child, wrong[0], "value type")
    return Match(child, None, "loose")


def _chosen(child: ContentItem, slots: Sequence[Slot], filled: Counter[int], applies: Applies) -> Slot:
    """Return the slot that a child fills, of several that it could fill."""
    if len(slots) == 1:
        return slots[0]
    hint = declared_tid(child)

    def merit(slot: Slot) -> tuple[bool, bool, int, int, int]:
        condition = {True: 2, None: 1, False: 0}[applies(slot)]
        room = condition > 0 and (slot.most is None or filled[slot.number] < slot.most)
        return bool(hint) and slot.row.tid == hint, room, likeness(child, slot), condition, -slot.number

    return max(slots, key=merit)


def likeness(child: ContentItem, slot: Slot) -> int:
    """Return how many children of a Content Item the rows below a slot name, less what is missing."""
    if not slot.row.children:
        return 0
    level = level_of(slot.row.tid, slot.row.order, slot.bindings)
    known, there = 0, set()
    for node in child.children:
        key = concept_key(node)
        for below in level.by_concept.get(key, ()) if key is not None else ():
            if below.row.value_type == node.value_type:
                known += 1
                there.add(below.number)
                break
    rows = {level.slots[number].row.number for number in there}
    missing = 0
    for below in level.slots:
        row = below.row
        if below.group is not None or below.number in there or below.concepts is None:
            continue
        if row.requirement == "M":
            missing += not below.concepts.groups
        elif row.requirement == "MC" and row.exclusive and row.condition is None:
            missing += rows.isdisjoint(row.exclusive)
    return known - 2 * missing
