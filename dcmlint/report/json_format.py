"""JSON and JSON Lines: the contract of docs/json.md and findings.schema.json."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from json.encoder import encode_basestring_ascii as quote
from typing import TextIO

from dcmlint.report.protocol import RunInfo, Summary
from dcmlint.report.render import shown_file, shown_uid
from dcmlint.report.shown import FileReport, about
from dcmlint.report.spill import Spill
from dcmlint.rule import FixKind, fixes

__all__ = ["JsonLinesReporter", "JsonReporter", "objects"]


def objects(report: FileReport, cwd: str, fixable: Mapping[str, FixKind]) -> Iterator[str]:
    """Yield one JSON object, without line breaks, for each finding of one input.

    `fixable` says by rule which fix it has.
    """
    owner = (
        f"{about('file', shown_file(report.file, cwd))}"
        f"{about('sop_class_uid', shown_uid(report.sop_class_uid))}"
        f"{about('sop_instance_uid', shown_uid(report.sop_instance_uid))}"
    )
    for rule, severity, body in report.lines:
        fix = f'"{fixable[rule]}"' if rule in fixable else "null"
        yield f'{{"rule":{quote(rule)},"severity":"{severity}","fix":{fix}{owner},{body}'


def _tool(run: RunInfo) -> str:
    return json.dumps({"name": "dcmlint", "version": run.version, "edition": run.edition})


def _statistics(summary: Summary) -> str:
    return json.dumps(
        {
            name: [{"name": row.name, "severity": row.severity, "number": row.number} for row in rows]
            for name, rows in summary.statistics.items()
        }
    )


class JsonReporter:
    """Writes one JSON document: tool, summary, statistics, findings.

    The summary is known last but comes first, so findings wait in a buffer that spills to disk.
    """

    takes_lines = True

    def __init__(self, out: TextIO) -> None:
        self._out = out

    def begin(self, run: RunInfo) -> None:
        """Start the report."""
        self._run = run
        self._fixable = fixes(run.rules)
        self._spill = Spill()
        self._separator = "\n"

    def add(self, report: FileReport) -> None:
        """Report one input."""
        self.add_rendered(self.render(report))

    def render(self, report: FileReport) -> str:
        """Return the findings of one input."""
        return ",\n".join(objects(report, self._run.cwd, self._fixable))

    def add_rendered(self, text: str) -> None:
        """Report one input by what `render` returned."""
        if text:
            self._spill.write(self._separator + text)
            self._separator = ",\n"

    def end(self, summary: Summary) -> None:
        """Write the document."""
        out = self._out
        out.write(f'{{\n"tool": {_tool(self._run)},\n"summary": {json.dumps(summary.contract())},\n')
        out.write(f'"statistics": {_statistics(summary)},\n"findings": [')
        self._spill.copy(out)
        out.write("\n]\n}\n")


class JsonLinesReporter:
    """Writes one finding a line as it comes, and a last line with tool, summary and statistics."""

    takes_lines = True

    def __init__(self, out: TextIO) -> None:
        self._out = out

    def begin(self, run: RunInfo) -> None:
        """Start the report."""
        self._run = run
        self._fixable = fixes(run.rules)

    def add(self, report: FileReport) -> None:
        """Report one input."""
        self.add_rendered(self.render(report))

    def render(self, report: FileReport) -> str:
        """Return a line for each finding of one input."""
        return "".join(f"{each}\n" for each in objects(report, self._run.cwd, self._fixable))

    def add_rendered(self, text: str) -> None:
        """Report one input by what `render` returned."""
        self._out.write(text)

    def end(self, summary: Summary) -> None:
        """Write the last line."""
        self._out.write(
            f'{{"tool": {_tool(self._run)}, "summary": {json.dumps(summary.contract())}'
            f', "statistics": {_statistics(summary)}}}\n'
        )
