"""What is wrong with the children of one Content Item, by the level of a template that they follow."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, Literal, NamedTuple

from dcmlint.model import Severity
from dcmlint.read.item import Item
from dcmlint.sr.condition import Document, holds
from dcmlint.sr.level import Group, Level, Slot
from dcmlint.sr.match import Match, matched
from dcmlint.sr.rows import Row, template
from dcmlint.sr.tree import ContentItem
from dcmlint.sr.value_set import value_fault

__all__ = ["Frame", "Kind", "Wrong"]

Kind = Literal[
    "unknown",
    "missing-row",
    "unexpected-item",
    "multiplicity",
    "value-set",
    "value-type",
    "order",
    "relationship",
    "condition",
]

_CONTENT = 0x0040A730
_VALUE_TYPE = 0x0040A040
_RELATIONSHIP = 0x0040A010


class Wrong(NamedTuple):
    """One breach of a row: at `node`, in the Attribute `tag` of `item` (None: the Content Item itself)."""

    kind: Kind
    severity: Severity
    node: ContentItem
    row: Row | None
    item: Item
    tag: int | None
    args: Mapping[str, Any]


class Frame:
    """The children of one Content Item, matched against a level: `filled` has the rows of each match."""

    def __init__(self, node: ContentItem, level: Level, document: Document) -> None:
        self.node = node
        self.level = level
        self.document = document
        self.matches = matched(node.children, level, self._applies)
        self._count = Counter(match.slot.number for match in self.matches if match.slot is not None)
        self.filled = [tuple(_filled(match, level)) for match in self.matches]
        self._numbers = Counter((row.tid, row.number) for rows in self.filled for row in rows)
        named = (m.slot for m in self.matches if m.slot is not None and m.fit == "full" and m.slot.concepts)
        self._evoked = {id(group) for slot in named for group in slot.groups}

    def wrongs(self, *, extensible: bool | None) -> Iterator[Wrong]:
        """Yield what is wrong; the template of the level is extensible, None if that is not known."""
        for match in self.matches:
            yield from self._item(match, extensible)
        yield from self._missing()
        yield from self._forbidden()
        yield from self._too_many()
        yield from self._misplaced()

    def _item(self, match: Match, extensible: bool | None) -> Iterator[Wrong]:
        node, slot = match.node, match.slot
        if slot is None:
            if extensible is False and self.level.complete and node.value_type:
                yield Wrong("unexpected-item", "error", node, None, node.item, None, {})
            return
        row, firm = slot.row, slot.row.firm
        if match.fit == "relationship":
            severity: Severity = "error" if firm and not match.doubt else "warning"
            if _RELATIONSHIP in node.item.elements:
                args = {"wanted": slot.relationship}
                yield Wrong("relationship", severity, node, row, node.item, _RELATIONSHIP, args)
        elif match.fit == "value type":
            args = {"wanted": row.value_type}
            yield Wrong("value-type", "error" if firm else "warning", node, row, node.item, _VALUE_TYPE, args)
            return
        fault = value_fault(node, slot) if node.reference is None else None
        if fault is not None:
            severity = "warning" if fault.severity == "error" and not firm else fault.severity
            yield Wrong("value-set", severity, node, row, fault.item, fault.tag, {"what": fault.what})

    def _missing(self) -> Iterator[Wrong]:
        told: set[tuple[str, str]] = set()
        for slot in self.level.demanding:
            row = slot.row
            if self._numbers[row.tid, row.number] or (row.tid, row.number) in told:
                continue
            severity = self._demand(slot)
            if severity is not None:
                told.add((row.tid, row.number))
                others = row.exclusive or row.alternatives
                told.update((row.tid, number) for number in others)
                alike = f" (or one of rows {', '.join(others)})" if others else ""
                args = {"alternatives": alike}
                yield Wrong("missing-row", severity, self.node, row, self.node.item, _CONTENT, args)

    def _demand(self, slot: Slot) -> Severity | None:
        """Return how sure it is that a row must be filled, None if it need not be."""
        row, sure = slot.row, _firm(slot)
        for group in slot.groups:
            state = self._is_on(group)
            if state is None:
                return None
            sure = sure and state
        if row.requirement == "MC":
            others = row.exclusive or row.alternatives
            if not others and row.condition is None:
                return None
            if any(self._numbers[row.tid, number] for number in others):
                return None
            if row.condition is not None and self._holds(row) is not True:
                return None
            sure = sure and row.edition >= 2026
        return "error" if sure else "warning"

    def _is_on(self, group: Group) -> bool | None:
        """Tell whether an INCLUDE must be there: True, False (it is begun, or its condition holds), None."""
        row = group.row
        if row.requirement == "M":
            return True
        if id(group) in self._evoked:
            return False
        if row.requirement == "MC" and row.condition is not None and self._holds(row) is True:
            return False
        return None

    def _forbidden(self) -> Iterator[Wrong]:
        told: set[int] = set()
        for match in self.matches:
            slot = match.slot
            if slot is None or slot.number not in self.level.guarded or match.fit in ("loose", "value type"):
                continue
            row = slot.row
            for each in (row, *(group.row for group in slot.groups)):
                if id(each) in told or not each.only or each.condition is None:
                    continue
                if self._holds(each) is False:
                    told.add(id(each))
                    args = {"what": "is there though its condition does not hold"}
                    yield self._conditional(match.node, row, each, args)
            others = [number for number in row.exclusive if self._numbers[row.tid, number]]
            if others and id(row) not in told and any(self._before(row, number) for number in others):
                told.add(id(row))
                args = {"what": f"excludes row {', '.join(others)}, which is there too"}
                yield self._conditional(match.node, row, row, args)

    def _conditional(self, node: ContentItem, row: Row, cause: Row, args: Mapping[str, Any]) -> Wrong:
        severity: Severity = "error" if cause.firm and cause.edition >= 2026 else "warning"
        return Wrong("condition", severity, node, row, node.item, None, args)

    def _before(self, row: Row, number: str) -> bool:
        """Tell whether row `number` of the same template comes before a row."""
        orders = [
            slot.row.order
            for slot in self.level.slots
            if (slot.row.tid, slot.row.number) == (row.tid, number)
        ]
        return bool(orders) and min(orders) < row.order

    def _too_many(self) -> Iterator[Wrong]:
        seen: Counter[int] = Counter()
        for match in self.matches:
            slot = match.slot
            if slot is None or slot.concepts is None or match.fit == "value type":
                continue
            seen[slot.number] += 1
            most = slot.most
            if most is not None and seen[slot.number] == most + 1:
                args = {"count": self._count[slot.number], "most": most}
                severity: Severity = "error" if _firm(slot) and match.fit == "full" else "warning"
                node = match.node
                yield Wrong("multiplicity", severity, node, slot.row, node.item, None, args)

    def _misplaced(self) -> Iterator[Wrong]:
        """Yield what comes too late among the rows of one template, where their order is significant."""
        latest: dict[tuple[str, int], Slot] = {}
        for match in self.matches:
            slot, node = match.slot, match.node
            if slot is None or match.fit != "full" or slot.concepts is None:
                continue
            known = template(slot.row.tid)
            if known is None or not known.ordered or (slot.group is not None and slot.group.row.most is None):
                continue
            key = (slot.row.tid, id(slot.group))
            before = latest.setdefault(key, slot)
            if slot.number < before.number:
                yield Wrong("order", "warning", node, slot.row, node.item, None, {"after": before.row.number})
            else:
                latest[key] = slot

    def _applies(self, slot: Slot) -> bool | None:
        """Tell whether the condition of a slot holds, as far as the other rows have no say in it."""
        answers = [self._alone(each) for each in (slot.row, *(group.row for group in slot.groups))]
        return False if False in answers else (None if None in answers else True)

    def _alone(self, row: Row) -> bool | None:
        if row.condition is None:
            return True if row.requirement in ("M", "U") else None
        if _asks_rows(row.condition):
            return None
        return holds(row.condition, self.node, lambda _: False, self.document)

    def _holds(self, row: Row) -> bool | None:
        assert row.condition is not None
        return holds(
            row.condition, self.node, lambda number: self._numbers[row.tid, number] > 0, self.document
        )


def _filled(match: Match, level: Level) -> Iterator[Row]:
    """Yield the rows that a child fills: one, and those of other templates that say the same."""
    slot = match.slot
    if slot is None:
        return
    yield slot.row
    if match.fit != "full" or slot.concepts is None:
        return
    for code in slot.concepts.codes:
        for other in level.by_concept.get(code, ()):
            same = (other.row.value_type, other.relationship) == (slot.row.value_type, slot.relationship)
            if same and other.row.tid != slot.row.tid:
                yield other.row


def _asks_rows(condition: Any) -> bool:
    if not isinstance(condition, tuple) or not condition:
        return False
    return condition[0] == "row" or any(_asks_rows(each) for each in condition[1:])


def _firm(slot: Slot) -> bool:
    return slot.row.firm and all(group.row.firm for group in slot.groups)
