"""Which Content Items may be related how in each SR IOD: the Tables A.35.x-2 of PS3.3 as a lookup."""

from __future__ import annotations

import json
from functools import cache
from typing import Any, NamedTuple

from dcmlint.standard.location import table_path

__all__ = ["Relationships", "relationships"]


class Relationships(NamedTuple):
    """The relationships of one IOD.

    `table` is the number of its table in PS3.3, "" if that is not known. `references` tells whether
    relationships by reference are allowed at all. Pairs are (relationship type, source, target).
    """

    table: str
    types: frozenset[str]
    references: bool
    by_value: frozenset[tuple[str, ...]]
    by_reference: frozenset[tuple[str, ...]]

    @property
    def source(self) -> str:
        """Where the table is, in words."""
        return f"PS3.3 Table {self.table}" if self.table else "PS3.3 A.35"

    def knows(self, value_type: str) -> bool:
        """Tell whether Content Items of a value type may be in the IOD."""
        return "*" in self.types or value_type in self.types

    def allows(self, relationship: str, source: str, target: str) -> bool:
        """Tell whether the source may have the target by value."""
        return _holds(self.by_value, relationship, source, target)

    def allows_reference(self, relationship: str, source: str, target: str) -> bool:
        """Tell whether the source may have the target by reference."""
        return _holds(self.by_reference, relationship, source, target)


def _holds(pairs: frozenset[tuple[str, ...]], relationship: str, source: str, target: str) -> bool:
    if (relationship, source, target) in pairs:
        return True
    # Extensible SR allows any pair; only containers contain (PS3.3 A.35.15).
    if (relationship, source, "*") in pairs:
        return True
    return relationship != "CONTAINS" and ("*", "*", "*") in pairs


@cache
def _tables() -> dict[str, Any]:
    content: dict[str, Any] = json.loads(table_path("sr_relationships.json").read_bytes())
    return content


@cache
def relationships(sop_class_uid: str) -> Relationships | None:
    """Return the relationships of the IOD of a SOP Class, None where they are not known."""
    found = _tables().get(sop_class_uid)
    if found is None:
        return None
    by_value, by_reference = (
        frozenset(tuple(pair.split("/")) for pair in found[name]) for name in ("by_value", "by_reference")
    )
    return Relationships(
        found["table"], frozenset(found["types"]), found["references"], by_value, by_reference
    )
