"""What a reporter is, and what a run tells it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, Protocol, runtime_checkable

from dcmlint.model import InstanceReport
from dcmlint.rule import Rule

__all__ = ["Renders", "Reporter", "RunInfo", "Summary"]


class RunInfo(NamedTuple):
    """What is known before the first input: the tool, its rules, and how to show findings.

    `edition` names the composite of the tables, `rules` has every rule that may report, by id, and
    `cwd` is the folder that paths are shown relative to. `color` None means: on a terminal only.
    `show_files`, `statistics`, `quiet` and `color` concern text output alone.
    """

    version: str
    edition: str
    rules: Mapping[str, Rule]
    cwd: str
    show_files: bool = False
    statistics: bool = False
    quiet: bool = False
    color: bool | None = None


class Summary(NamedTuple):
    """What a run comes to.

    `files` counts every entry visited, `skipped` those that are not DICOM, `failed_checks` those on which
    a check of dcmlint itself failed.
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

    def contract(self) -> dict[str, int | float]:
        """Return the summary as machine-readable reports have it."""
        return {
            "files": self.files,
            "instances": self.instances,
            "unreadable": self.unreadable,
            "errors": self.errors,
            "warnings": self.warnings,
            "notes": self.notes,
            "elapsed_s": round(self.elapsed_s, 3),
        }


class Reporter(Protocol):
    """Writes the findings of one run to the stream that its factory was given.

    Called from one thread: `begin` once, `add` for each input in the order of the inputs, `end`
    once. A reporter holds no findings in memory beyond a bounded number, and never closes the stream.
    """

    def begin(self, run: RunInfo) -> None:
        """Start the report."""

    def add(self, report: InstanceReport) -> None:
        """Report one input."""

    def end(self, summary: Summary) -> None:
        """Finish the report."""


@runtime_checkable
class Renders(Reporter, Protocol):
    """A reporter that makes the text of an input from its report alone.

    `render` may run in a forked copy of the process, after `begin`; what it returns comes back to
    `add_rendered`, in the order of the inputs, in place of `add`.
    """

    def render(self, report: InstanceReport) -> str:
        """Return the text of one input, "" if there is nothing to say of it; writes nothing."""

    def add_rendered(self, text: str) -> None:
        """Report one input by the text that `render` returned."""
