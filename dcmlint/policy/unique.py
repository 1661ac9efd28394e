"""The form `unique`: values that no two SOP Instances of a run may share.

Workers send a hash for each demand and instance; the first process remembers them, in memory up to
a bound and then in a temporary database, so that a run over millions of instances stays small.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from dcmlint.policy.bindings import Bindings
from dcmlint.policy.designator import Designator, designator
from dcmlint.policy.expression import Expression
from dcmlint.policy.model import SiteRule
from dcmlint.read.item import Instance

__all__ = ["MESSAGE", "Demand", "Demands", "Seen"]

MESSAGE = "{attribute} is shared with {other}; the policy wants it to be unique"

_IN_MEMORY = 100_000


class Demand(NamedTuple):
    """One rule with the form `unique`."""

    rule: SiteRule
    names: tuple[Designator, ...]
    within: tuple[Designator, ...]
    when: Expression | None


class Demands:
    """The demands of a policy."""

    def __init__(self, rules: Sequence[SiteRule]) -> None:
        self.all = [_demand(rule) for rule in rules if rule.form == "unique"]

    def keys(self, instance: Instance) -> tuple[tuple[int, bytes], ...]:
        """Return (number of the demand, hash of the values) for each demand that concerns an Instance."""
        bindings = Bindings.of(instance)
        found = []
        for number, demand in enumerate(self.all):
            if demand.when is None or bindings.holds(demand.when):
                key = _key(instance, demand)
                if key is not None:
                    found.append((number, key))
        return tuple(found)


def _demand(rule: SiteRule) -> Demand:
    demand: Any = rule.demand
    names = demand["attributes"] if isinstance(demand, dict) else demand
    within = demand.get("within", []) if isinstance(demand, dict) else []
    return Demand(
        rule,
        tuple(designator(name) for name in ([names] if isinstance(names, str) else names)),
        tuple(designator(name) for name in ([within] if isinstance(within, str) else within)),
        Expression(rule.when) if rule.when else None,
    )


def _key(instance: Instance, demand: Demand) -> bytes | None:
    """Return a hash of the values, None if one of them is absent or empty."""
    from xxhash import xxh3_128

    found = xxh3_128()
    for name in (*demand.names, *demand.within):
        values = [
            item.get(tag) or ()
            for item, tag in name.places(instance)
            if tag is not None and tag in item.elements
        ]
        if not any(values):
            return None
        found.update(repr(values).encode("utf-8", "surrogatepass"))
        found.update(b"\0")
    return found.digest()


class Seen:
    """Which hashes were seen, and where first."""

    def __init__(self) -> None:
        self._recent: dict[tuple[int, bytes], str] = {}
        self._database: Any = None

    def first(self, number: int, key: bytes, file: str) -> str:
        """Return the file that had the key before, "" if this is the first."""
        before = self._recent.get((number, key))
        if before is None and self._database is not None:
            row = self._database.execute(
                "SELECT file FROM seen WHERE number = ? AND key = ?", (number, key)
            ).fetchone()
            before = None if row is None else row[0]
        if before is not None:
            return before
        self._recent[number, key] = file
        if len(self._recent) > _IN_MEMORY:
            self._move()
        return ""

    def _move(self) -> None:
        if self._database is None:
            import sqlite3

            self._database = sqlite3.connect("")  # a temporary file that SQLite deletes itself
            self._database.execute("PRAGMA synchronous = OFF")
            self._database.execute(
                "CREATE TABLE seen "
                "(number INTEGER, key BLOB, file TEXT, PRIMARY KEY (number, key)) WITHOUT ROWID"
            )
        rows = [(number, key, file) for (number, key), file in self._recent.items()]
        self._database.executemany("INSERT OR IGNORE INTO seen VALUES (?, ?, ?)", rows)
        self._database.commit()
        self._recent.clear()
