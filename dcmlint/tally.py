"""What a run comes to: outcomes counted, and its exit status."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from dcmlint.model import SEVERITIES, Severity
from dcmlint.report.protocol import Count, Summary
from dcmlint.report.shown import FileReport
from dcmlint.work import Outcome, tallied

__all__ = ["FAIL_ON", "Tally"]

FAIL_ON = (*SEVERITIES, "never")
"""What `--fail-on` takes."""

_MOST_NAMES = 50_000


class _Key(NamedTuple):
    statistic: str
    name: str
    severity: Severity


class Tally:
    """Counts outcomes, and says what they come to."""

    def __init__(self, fail_on: str = "error", statistics: Sequence[str] = ()) -> None:
        self.fail_on = fail_on
        self.kinds: Counter[str] = Counter()
        self.counts = [0] * len(SEVERITIES)
        self.failed_checks = 0
        self.unread = 0
        """Inputs that the user named and that could not be read."""
        self.waived = self.known = 0
        self.fixable = self.fixable_unsafe = 0
        self._statistics = statistics
        self._tallied: Counter[_Key] = Counter()
        self._started = time.perf_counter()

    def add(self, outcome: Outcome) -> None:
        """Count one outcome."""
        self.add_input(outcome.kind)
        errors, warnings, notes = outcome.counts
        counts = self.counts
        counts[0] += errors
        counts[1] += warnings
        counts[2] += notes
        self.failed_checks += outcome.check_failed
        self.unread += outcome.named and outcome.kind == "unreadable"
        self.waived += outcome.waived
        self.known += outcome.known
        safe, unsafe = outcome.fixable
        self.fixable += safe
        self.fixable_unsafe += unsafe
        self._take(outcome.tallied)

    def add_input(self, kind: str) -> None:
        """Count one input; a place that inputs come from is none."""
        if kind != "place":
            self.kinds[kind] += 1

    def add_findings(self, report: FileReport) -> None:
        """Count findings that came up after the input they are of, or that concern no input."""
        for severity, number in report.counts().items():
            self.counts[SEVERITIES.index(severity)] += number
        if self._statistics:
            of_settings = ["rule"] * ("rule" in self._statistics)
            self._take(tallied(report, of_settings if report.kind == "settings" else self._statistics))

    def _take(self, counted: Iterable[tuple[tuple[str, str, Severity], int]]) -> None:
        for (statistic, name, severity), number in counted:
            key = _Key(statistic, name, severity)
            if key not in self._tallied and len(self._tallied) >= _MOST_NAMES:
                key = _Key(statistic, "(others)", severity)
            self._tallied[key] += number

    def summary(self) -> Summary:
        """Return the summary of all outcomes so far."""
        errors, warnings, notes = self.counts
        return Summary(
            self.kinds.total(),
            self.kinds["instance"],
            self.kinds["unreadable"],
            self.kinds["not-dicom"],
            errors,
            warnings,
            notes,
            time.perf_counter() - self._started,
            self.failed_checks,
            self.waived,
            self.known,
            self._ordered(),
            self.exit_status(),
            self.fixable,
            self.fixable_unsafe,
        )

    def _ordered(self) -> Mapping[str, Sequence[Count]]:
        """Return the statistics, each with the most frequent first."""
        found: dict[str, list[Count]] = {name: [] for name in self._statistics}
        for (statistic, name, severity), number in self._tallied.items():
            found[statistic].append(Count(name, severity, number))
        return {
            name: sorted(rows, key=lambda row: (-row.number, row.name, row.severity))
            for name, rows in found.items()
        }

    def exit_status(self) -> int:
        """Return 1 if there are findings of severity `fail_on` or above ("never": whatever there
        is), if a check failed, or if a named input was unreadable; else 0."""
        if self.failed_checks or self.unread:
            return 1
        counted = 0 if self.fail_on == "never" else FAIL_ON.index(self.fail_on) + 1
        return 1 if any(self.counts[:counted]) else 0
