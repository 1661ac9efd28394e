"""What of a run's findings goes into an upload for GitHub code scanning, and into which of its runs.

Why it is done like this: docs/adr/0008-categories-of-code-scanning.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from dcmlint.model import SEVERITIES, Severity

__all__ = ["MAX_RESULTS", "MAX_RUNS", "STANDING", "Counts", "LeftOut", "Plan", "Range", "Shard", "planned"]

MAX_RUNS = 20
"""Runs that GitHub takes in one file."""

MAX_RESULTS = 5_000
"""Results of a run that GitHub shows (it takes 25,000)."""

STANDING: Mapping[Severity, int] = {"error": 8, "warning": 6, "note": 6}
"""Runs of each severity that are in every upload, full or empty: MAX_RUNS together."""

Counts = Mapping[tuple[Severity, str], int]
"""Findings by severity and rule."""


class Range(NamedTuple):
    """The results of a rule from number `start` up to `stop`."""

    rule: str
    start: int
    stop: int


class Shard(NamedTuple):
    """One run: the `number`th of its severity, from 1 on."""

    severity: Severity
    number: int
    ranges: tuple[Range, ...] = ()

    @property
    def category(self) -> str:
        """The end of the run's category."""
        return self.severity if self.number == 1 else f"{self.severity}/{self.number}"

    @property
    def results(self) -> int:
        """The number of its results."""
        return sum(each.stop - each.start for each in self.ranges)


class LeftOut(NamedTuple):
    """Findings that are not in the upload."""

    severity: Severity
    rule: str
    number: int


class Plan(NamedTuple):
    """The runs of an upload in the order of the file, and what is in none of them."""

    shards: tuple[Shard, ...]
    left_out: tuple[LeftOut, ...]

    @property
    def results(self) -> int:
        """The number of all results."""
        return sum(shard.results for shard in self.shards)

    def missing(self) -> list[Shard]:
        """Return the standing runs that have no place in this upload."""
        there = {(shard.severity, shard.number) for shard in self.shards}
        return [shard for shard in _standing() if (shard.severity, shard.number) not in there]


def planned(counts: Counts, limit: int = MAX_RUNS * MAX_RESULTS) -> Plan:
    """Return how to upload findings, at most `limit` of them: the least severe are left out first.

    Within a severity rules are in the order of their ids; if there is not room for all, the most frequent
    rules are cut, to the same number of results.
    """
    filled: list[Shard] = []
    left_out: list[LeftOut] = []
    room = limit
    for severity in SEVERITIES:
        found = {rule: number for (of, rule), number in sorted(counts.items()) if of == severity and number}
        # The first run of each severity that follows has its place, if only to be empty.
        runs = MAX_RUNS - len(filled) - (len(SEVERITIES) - SEVERITIES.index(severity) - 1)
        kept = _kept(found, 0 if left_out else max(0, min(room, runs * MAX_RESULTS)))
        left_out += [LeftOut(severity, rule, n - kept[rule]) for rule, n in found.items() if n > kept[rule]]
        shards = list(_packed(severity, kept))
        filled += shards or [Shard(severity, 1)]
        room -= sum(kept.values())
    return Plan(tuple(_with_standing(filled)), tuple(left_out))


def _kept(found: Mapping[str, int], room: int) -> Mapping[str, int]:
    """Return how many results of each rule are kept: the rarest rules are complete."""
    kept: dict[str, int] = {}
    waiting = len(found)
    for rule, number in sorted(found.items(), key=lambda item: (item[1], item[0])):
        kept[rule] = min(number, room // waiting)
        room -= kept[rule]
        waiting -= 1
    return kept


def _packed(severity: Severity, kept: Mapping[str, int]) -> Iterator[Shard]:
    """Yield runs that are full, but for the last one."""
    number, ranges, room = 1, list[Range](), MAX_RESULTS
    for rule, total in sorted(kept.items()):
        start = 0
        while start < total:
            stop = min(total, start + room)
            ranges.append(Range(rule, start, stop))
            room -= stop - start
            start = stop
            if not room:
                yield Shard(severity, number, tuple(ranges))
                number, ranges, room = number + 1, [], MAX_RESULTS
    if ranges:
        yield Shard(severity, number, tuple(ranges))


def _standing() -> Iterator[Shard]:
    for severity, runs in STANDING.items():
        for number in range(1, runs + 1):
            yield Shard(severity, number)


def _with_standing(filled: Sequence[Shard]) -> list[Shard]:
    """Return the runs with the empty ones that an upload always has, as far as there is room."""
    there = {(shard.severity, shard.number) for shard in filled}
    empty = [shard for shard in _standing() if (shard.severity, shard.number) not in there]
    shards = [*filled, *empty[: MAX_RUNS - len(filled)]]
    return sorted(shards, key=lambda shard: (SEVERITIES.index(shard.severity), shard.number))
