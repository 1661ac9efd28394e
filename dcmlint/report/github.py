"""Workflow commands of GitHub Actions: findings as annotations (docs/reports.md)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TextIO

from dcmlint.model import SEVERITIES, Severity
from dcmlint.report.checkout import Checkout
from dcmlint.report.protocol import RunInfo, Summary
from dcmlint.report.shown import FileReport, Shown
from dcmlint.report.spill import Spill
from dcmlint.report.words import alike, summary_line, told, whereabouts

__all__ = ["MAX_ANNOTATIONS", "GithubReporter"]

MAX_ANNOTATIONS = 10
"""Annotations of one level that GitHub takes from a step."""

_LEVELS: dict[Severity, str] = {"error": "error", "warning": "warning", "note": "notice"}
_NOTICE = "\n::notice "


class GithubReporter:
    """Writes an annotation for each finding, those that differ in Item numbers only as one.

    Errors and warnings come at once. The notice that counts them is to be among the ten that GitHub takes,
    so notes wait until it is written, in a buffer that spills to disk.
    """

    def __init__(self, out: TextIO) -> None:
        self._out = out

    def begin(self, run: RunInfo) -> None:
        """Start the report."""
        self._checkout = Checkout.of("GITHUB_WORKSPACE", run.cwd)
        self._notes = Spill()
        self._numbers = dict.fromkeys(_LEVELS.values(), 0)

    def add(self, report: FileReport) -> None:
        """Report one input."""
        self.add_rendered(self.render(report))

    def render(self, report: FileReport) -> str:
        """Return a line for each annotation of one input, notices last."""
        return "".join(f"{line}\n" for line in self._lines(report))

    def add_rendered(self, text: str) -> None:
        """Report one input by what `render` returned."""
        if not text:
            return
        lines = "\n" + text  # line breaks in what is told are escaped, so a line starts where it seems to
        for level in self._numbers:
            self._numbers[level] += lines.count(f"\n::{level} ")
        at = lines.find(_NOTICE)
        self._out.write(text if at < 0 else text[:at])
        if at >= 0:
            self._notes.write(text[at:])

    def end(self, summary: Summary) -> None:
        """Write the notice that counts the findings, then the notes."""
        line = summary_line(summary)
        if not any(self._numbers.values()):
            self._out.write(f"dcmlint: {line}\n")
            return
        if max(self._numbers.values()) > MAX_ANNOTATIONS or self._numbers["notice"] == MAX_ANNOTATIONS:
            line += f". GitHub shows {MAX_ANNOTATIONS} annotations of a level; the log of this step has all."
        self._out.write(f"::notice title=dcmlint::{_message(line)}\n")
        self._notes.copy(self._out)

    def _lines(self, report: FileReport) -> Iterator[str]:
        findings = report.active()
        if not findings:
            return
        path = self._checkout.path(report.file)
        for same in sorted(alike(findings), key=lambda same: SEVERITIES.index(same[0].severity)):
            yield _annotation(same, path)


def _annotation(same: Sequence[Shown], path: str) -> str:
    """Return the command for findings that say the same; of it the log shows the message alone."""
    shown = same[0]
    where = whereabouts(shown)
    text = f"{path}: {told(shown)}{f' ({where})' if where else ''}"
    if len(same) > 1:
        text += f" and {len(same) - 1} more like it"
    title = f"dcmlint {shown.rule}"
    return (
        f"::{_LEVELS[shown.severity]} file={_property(path)},line={shown.line or 1}"
        f",title={_property(title)}::{_message(text)}"
    )


def _message(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _message(text).replace(":", "%3A").replace(",", "%2C")
