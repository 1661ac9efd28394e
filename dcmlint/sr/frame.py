"""What is wrong with the children of one Content Item, by the level of a template that they follow."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal, NamedTuple

from dcmlint.model import Severity
from dcmlint.read.item import Item
from dcmlint.sr.condition import Document, holds
from dcmlint.sr.level import Group, Level, Slot
from dcmlint.sr.match import Match, matched
from dcmlint.sr.rows import Row
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
    """The children of one Content Item, matched against a level."""

    def __init__(self, node: ContentItem, level: Level, document: Document) -> None:
        self.node = node
        self.level = level
        self.document = document
        self._count: dict[int, int] = {}
        self._alone: dict[int, bool | None] = {}
        self._held: dict[int, bool | None] = {}
        self._evoked: set[int] | None = None
        self.matches = matched(node.children, level, self._count, self._applies)
        self._there: set[tuple[str, str]] = set()
        for match in self.matches:
            if match.slot is not None:
                self._there.update(match.slot.names_alike if match.fit == "full" else (match.slot.name,))

    def wrongs(self) -> list[Wrong]:
        """Return what is wrong."""
        found: list[Wrong] = []
        for match in self.matches:
            self._item(match, found)
        if self.level.demanding:
            found.extend(self._missing())
        if not self.level.guarded.isdisjoint(self._count):
            found.extend(self._forbidden())
        if self._has_too_many():
            found.extend(self._too_many())
        if self.level.is_ordered:
            found.extend(self._misplaced())
        return found

    def _item(self, match: Match, found: list[Wrong]) -> None:
        """Append what is wrong with one child."""
        node, slot = match.node, match.slot
        if slot is None:
            if self.level.extensible is False and self.level.complete and node.value_type:
                found.append(Wrong("unexpected-item", "error", node, None, node.item, None, {}))
            return
        row, firm = slot.row, slot.row.firm
        if match.fit == "relationship":
            severity: Severity = "error" if firm and not match.doubt else "warning"
            if _RELATIONSHIP in node.item.elements:
                args = {"wanted": slot.relationship}
                found.append(Wrong("relationship", severity, node, row, node.item, _RELATIONSHIP, args))
        elif match.fit == "value type":
            severity, args = "error" if firm else "warning", {"wanted": row.value_type}
            found.append(Wrong("value-type", severity, node, row, node.item, _VALUE_TYPE, args))
            return
        fault = value_fault(node, slot) if node.reference is None else None
        if fault is not None:
            severity = "warning" if fault.severity == "error" and not firm else fault.severity
            found.append(Wrong("value-set", severity, node, row, fault.item, fault.tag, {"what": fault.what}))

    def _missing(self) -> Iterator[Wrong]:
        told: set[tuple[str, str]] = set()
        for slot in self.level.demanding:
            if slot.name in self._there or slot.name in told:
                continue
            severity = self._demand(slot)
            if severity is not None:
                row = slot.row
                told.add(slot.name)
                others = row.exclusive or row.alternatives
                told.update((row.tid, number) for number in others)
                alike = f" (or one of rows {', '.join(others)})" if others else ""
                args = {"alternatives": alike}
                yield Wrong("missing-row", severity, self.node, row, self.node.item, _CONTENT, args)

    def _demand(self, slot: Slot) -> Severity | None:
        """Return how sure it is that a row must be filled, None if it need not be."""
        row, sure = slot.row, slot.firm
        for group in slot.groups:
            state = self._is_on(group)
            if state is None:
                return None
            sure = sure and state
        if row.requirement == "MC":
            others = row.exclusive or row.alternatives
            if any((row.tid, number) in self._there for number in others):
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
        if id(group) in self._begun():
            return False
        if row.requirement == "MC" and row.condition is not None and self._holds(row) is True:
            return False
        return None

    def _begun(self) -> set[int]:
        """Return id() of the INCLUDEs of which a row is filled that names its concept."""
        if self._evoked is None:
            self._evoked = set()
            for match in self.matches:
                slot = match.slot
                if slot is not None and slot.groups and match.fit == "full" and slot.concepts is not None:
                    self._evoked.update([id(group) for group in slot.groups])
        return self._evoked

    def _forbidden(self) -> Iterator[Wrong]:
        told: set[int] = set()
        for match in self.matches:
            slot = match.slot
            if slot is None or slot.number not in self.level.guarded or match.fit in ("loose", "value type"):
                continue
            row = slot.row
            for each in slot.parts:
                if id(each) in told or not each.only or each.condition is None:
                    continue
                if self._holds(each) is False:
                    told.add(id(each))
                    args = {"what": "is there though its condition does not hold"}
                    yield self._conditional(match.node, row, each, args)
            others = [number for number in row.exclusive if (row.tid, number) in self._there]
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

    def _has_too_many(self) -> bool:
        slots = self.level.slots
        for number, count in self._count.items():
            most = slots[number].most
            if most is not None and count > most:
                return True
        return False

    def _too_many(self) -> Iterator[Wrong]:
        seen: dict[int, int] = {}
        for match in self.matches:
            slot = match.slot
            if slot is None or slot.concepts is None or match.fit == "value type":
                continue
            count = seen[slot.number] = seen.get(slot.number, 0) + 1
            most = slot.most
            if most is not None and count == most + 1:
                args = {"count": self._count[slot.number], "most": most}
                severity: Severity = "error" if slot.firm and match.fit == "full" else "warning"
                node = match.node
                yield Wrong("multiplicity", severity, node, slot.row, node.item, None, args)

    def _misplaced(self) -> Iterator[Wrong]:
        """Yield what comes too late among the rows of one template, where their order is significant."""
        latest: dict[tuple[str, int], Slot] = {}
        for match in self.matches:
            slot, node = match.slot, match.node
            if slot is None or match.fit != "full" or not slot.is_ordered:
                continue
            key = (slot.row.tid, id(slot.group))
            before = latest.setdefault(key, slot)
            if slot.number < before.number:
                yield Wrong("order", "warning", node, slot.row, node.item, None, {"after": before.row.number})
            else:
                latest[key] = slot

    def _applies(self, slot: Slot) -> bool | None:
        """Tell whether the condition of a slot holds, as far as the other rows have no say in it."""
        applies: bool | None = True
        for row in slot.parts:
            answer = self._holds_alone(row)
            if answer is False:
                return False
            if answer is None:
                applies = None
        return applies

    def _holds_alone(self, row: Row) -> bool | None:
        if row.condition is None:
            return True if row.requirement in ("M", "U") else None
        if row.asks_rows:
            return None
        if id(row) not in self._alone:
            self._alone[id(row)] = holds(row.condition, self.node, _never, self.document)
        return self._alone[id(row)]

    def _holds(self, row: Row) -> bool | None:
        assert row.condition is not None
        if not row.asks_rows:
            return self._holds_alone(row)
        if id(row) not in self._held:
            tid, there = row.tid, self._there
            answer = holds(row.condition, self.node, lambda number: (tid, number) in there, self.document)
            self._held[id(row)] = answer
        return self._held[id(row)]


def _never(_: str) -> bool:
    return False
