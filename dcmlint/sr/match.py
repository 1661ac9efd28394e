"""Which row of a level each child of a Content Item fills."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from dcmlint.sr.level import Fit, Level, Slot
from dcmlint.sr.tree import ContentItem

__all__ = ["Fit", "Match", "declared_tid", "likeness", "matched"]

_TEMPLATE = 0x0040A504
_MAPPING_RESOURCE = 0x00080105
_TEMPLATE_IDENTIFIER = 0x0040DB00

Applies = Callable[[Slot], "bool | None"]


class Match:
    """A child and the slot that it fills, None if it fills none; `doubt` if it may fill another as well."""

    __slots__ = ("doubt", "fit", "node", "slot")

    def __init__(self, node: ContentItem, slot: Slot | None, fit: Fit, doubt: bool) -> None:
        self.node = node
        self.slot = slot
        self.fit: Fit = fit
        self.doubt = doubt


def declared_tid(node: ContentItem) -> str:
    """Return the DCMR template that a Content Item names in its Content Template Sequence, "" if none."""
    items = node.item.items(_TEMPLATE)
    if not items or items[0].first(_MAPPING_RESOURCE) != "DCMR":
        return ""
    tid = items[0].first(_TEMPLATE_IDENTIFIER)
    return tid if isinstance(tid, str) else ""


def matched(
    children: Sequence[ContentItem], level: Level, filled: dict[int, int], applies: Applies
) -> list[Match]:
    """Return the match of each child, in their order; `applies` tells whether a slot's condition holds.

    How many children fill a slot is counted in `filled`, by its number.
    """
    found = []
    for child in children:
        node = child if child.reference is None else child.target
        if node is None:
            found.append(Match(child, None, "loose", doubt=False))
            continue
        may = level.candidates(node.key, node.value_type, child.relationship, child.reference is not None)
        slot = None
        if may.slots:
            slot = may.slots[0] if len(may.slots) == 1 else _chosen(child, may.slots, filled, applies)
            filled[slot.number] = filled.get(slot.number, 0) + 1
        found.append(Match(child, slot, may.fit, may.doubt))
    return found


def _chosen(child: ContentItem, slots: Sequence[Slot], filled: dict[int, int], applies: Applies) -> Slot:
    """Return the slot that a child fills, of several that it could fill.

    What it says itself decides, then where there is room, then what is below it.
    """
    hint = declared_tid(child)
    if hint:
        slots = [slot for slot in slots if slot.row.tid == hint] or slots
    conditions = {slot.number: applies(slot) for slot in slots}
    slots = [
        slot
        for slot in slots
        if conditions[slot.number] is not False
        and (slot.most is None or filled.get(slot.number, 0) < slot.most)
    ] or slots
    best, most = slots[0], (-1 << 30, 0, 0)
    for slot in slots if len(slots) > 1 else ():
        answer = conditions[slot.number]
        merit = (likeness(child, slot), 2 if answer else (1 if answer is None else 0), -slot.number)
        if merit > most:
            best, most = slot, merit
    return best


def likeness(child: ContentItem, slot: Slot) -> int:
    """Return how many children of a Content Item the rows below a slot name, less what is missing."""
    if not slot.row.children:
        return 0
    level = slot.below
    known = 0
    there: set[int] = set()
    for node in child.children:
        key = node.key
        for below in level.by_concept.get(key, ()) if key is not None else ():
            if below.row.value_type == node.value_type:
                known += 1
                there.add(below.number)
                break
    rows = {level.slots[number].row.number for number in there}
    missing = 0
    for below in level.expected:
        if below.number not in there:
            missing += below.row.requirement == "M" or rows.isdisjoint(below.row.exclusive)
    return known - 2 * missing
