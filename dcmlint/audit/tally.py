"""What the records of a log come to, in bounded memory: for `audit verify` and for the report."""

from __future__ import annotations

from collections import Counter
from typing import Any

__all__ = ["MOST_ROWS", "SAMPLES", "Tally"]

MOST_ROWS = 5000
"""Rows of each table that are told apart; what comes after counts as one."""

SAMPLES = 3
"""Files whose edits are shown in full."""

_SAMPLE_EDITS = 60
_OTHER = ("", "others", "", 0)


class Tally:
    """Counts over the records that it has been given.

    `rows` counts edits by (tag, action, clause, nested or not), `statuses` files, `reasons` files without a
    result by (status, reason), `exceptions` files by what is to be known of them. `runs` are (time, actor,
    version) of the header and of each resumption, with the bytes that were cut off.
    """

    __slots__ = ("_edits", "exceptions", "first", "last", "reasons", "rows", "runs", "samples", "statuses")

    def __init__(self) -> None:
        self.rows: Counter[tuple[str, str, str, int]] = Counter()
        self.statuses: Counter[str] = Counter()
        self.reasons: Counter[tuple[str, str]] = Counter()
        self.exceptions: Counter[str] = Counter()
        self.runs: list[tuple[str, str, str, int]] = []
        self.samples: list[tuple[dict[str, Any], list[dict[str, Any]]]] = []
        self.first = self.last = ""
        self._edits: list[dict[str, Any]] = []

    def take(self, record: dict[str, Any]) -> None:
        """Count a record of a known shape."""
        if time := record.get("time"):
            self.first = self.first or time
            self.last = time
        match record["type"]:
            case "edit":
                self._edit(record)
            case "file":
                self._file(record)
            case "header" | "resumed":
                self._edits = []
                cut = sum(side["bytes"] for side in record.get("cut", ()))
                if len(self.runs) < MOST_ROWS:
                    self.runs.append((record["time"], record["actor"], record["version"], cut))

    def _edit(self, record: dict[str, Any]) -> None:
        nested = record["path"].count("[")
        _count(self.rows, (record["tag"], record["action"], record["clause"], min(nested, 1)), _OTHER)
        if len(self.samples) < SAMPLES and len(self._edits) <= _SAMPLE_EDITS:
            self._edits.append(record)

    def _file(self, record: dict[str, Any]) -> None:
        self.statuses[record["status"]] += 1
        if record["reason"]:
            _count(self.reasons, (record["status"], record["reason"]), ("", "others"))
        for told in record["exceptions"]:
            _count(self.exceptions, told, "others")
        if len(self.samples) < SAMPLES and self._edits:
            self.samples.append((record, self._edits[:_SAMPLE_EDITS]))
        self._edits = []


def _count(counter: Counter[Any], row: Any, other: Any) -> None:
    counter[row if row in counter or len(counter) < MOST_ROWS else other] += 1
