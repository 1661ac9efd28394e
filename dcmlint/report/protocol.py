"""What a reporter is, and what a run tells it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple, Protocol, runtime_checkable

from dcmlint.model import Severity
from dcmlint.report.shown import FileReport
from dcmlint.rule import Rule

__all__ = ["STATISTICS", "Count", "Renders", "Reporter", "RunInfo", "Summary", "TakesLate"]

STATISTICS = ("rule", "module", "manufacturer", "sop-class")
"""What findings are counted by: the names that `--statistics-by` takes."""


class Count(NamedTuple):
    """Findings of one severity that have something in common: a rule, a manufacturer."""

    name: str
    severity: Severity
    number: int


class RunInfo(NamedTuple):
    """What is known before the first input: the tool, its rules, and how to show findings.

    `edition` names the composite of the tables, `rules` has every rule that may report, by id, and
    `cwd` is the folder that paths are shown relative to. `color` None means: on a terminal only.
    `show_files`, `quiet` and `color` concern text output alone. Findings of severity `fail_on` or above fail
    the run, none if it is "never".
    """

    version: str
    edition: str
    rules: Mapping[str, Rule]
    cwd: str
    show_files: bool = False
    quiet: bool = False
    color: bool | None = None
    fail_on: str = "error"


class Summary(NamedTuple):
    """What a run comes to.

    `files` counts every entry visited, `skipped` those that are not DICOM, `failed_checks` those on which
    a check of dcmlint itself failed. `waived` and `known` are findings that a waiver or the baseline
    covers; they are in no other number. `statistics` has what was asked for, the most frequent first, and is
    empty if nothing was.
    `exit_status` is that of the command. `fixable` are findings of rules with a safe fix, `fixable_unsafe`
    those of rules with another one, both in files that `dcmlint fix` would take; not all of them need have
    what the fix asks for.
    """

    files: int
    instances: int
    unreadable: int
    skipped: int
    errors: int
    warnings: int
    notes: int
    elapsed_s: float
    failed_checks: int = 0
    waived: int = 0
    known: int = 0
    statistics: Mapping[str, Sequence[Count]] = MappingProxyType({})
    exit_status: int = 0
    fixable: int = 0
    fixable_unsafe: int = 0

    def contract(self) -> dict[str, int | float]:
        """Return the summary as machine-readable reports have it."""
        return {
            "files": self.files,
            "instances": self.instances,
            "unreadable": self.unreadable,
            "errors": self.errors,
            "warnings": self.warnings,
            "notes": self.notes,
            "waived": self.waived,
            "known": self.known,
            "fixable": self.fixable,
            "fixable_unsafe": self.fixable_unsafe,
            "elapsed_s": round(self.elapsed_s, 3),
        }


class Reporter(Protocol):
    """Writes the findings of one run to the stream that its factory was given.

    Called from one thread: `begin` once, `add` for each input in the order of the inputs, `end`
    once. A reporter holds no findings in memory beyond a bounded number, and never closes the stream.
    Findings with a reason in `Shown.waived` are covered by a waiver: a format that has no place for the
    reason leaves them out (`FileReport.active`).
    """

    def begin(self, run: RunInfo) -> None:
        """Start the report."""

    def add(self, report: FileReport) -> None:
        """Report one input."""

    def end(self, summary: Summary) -> None:
        """Finish the report."""


@runtime_checkable
class TakesLate(Reporter, Protocol):
    """A reporter that tells apart findings that come up after the input they are of."""

    def add_late(self, report: FileReport) -> None:
        """Report findings of an input that was reported before, or of none, in place of `add`."""


@runtime_checkable
class Renders(Reporter, Protocol):
    """A reporter that makes the text of an input from its report alone.

    `render` may run in a forked copy of the process, after `begin`; what it returns comes back to
    `add_rendered`, in the order of the inputs, in place of `add`. One that looks at `report.lines` alone has
    an attribute `takes_lines` that is True: findings are then made as JSON text at once.
    """

    def render(self, report: FileReport) -> str:
        """Return the text of one input, "" if there is nothing to say of it; writes nothing."""

    def add_rendered(self, text: str) -> None:
        """Report one input by the text that `render` returned."""
