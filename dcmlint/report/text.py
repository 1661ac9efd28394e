"""Text for people: findings by file and Module, with attribute path, section and rule."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from typing import TextIO

from dcmlint.model import SEVERITIES, Severity
from dcmlint.report.protocol import Count, RunInfo, Summary
from dcmlint.report.render import printable, shown_file
from dcmlint.report.shown import FileReport, Shown
from dcmlint.report.words import (
    Paint,
    alike,
    bare,
    class_name,
    counted,
    fix_line,
    listed,
    severity_style,
    summary_line,
)

__all__ = ["EXTENSION", "TextReporter"]

EXTENSION = "module/attribute-not-in-iod"
"""The rule whose findings of one file become one line: attributes that PS3.4 lets anyone add."""

_INDENT = " " * 13
_HEADINGS = {
    "file": "File",
    "encoding": "Encoding",
    "value": "Values",
    "uid": "UIDs",
    "module": "Modules",
    "functional-group": "Functional Groups",
    "pixel": "Pixel Data",
    "sr": "Structured Report",
    "seg": "Segmentation",
    "rt": "Radiotherapy",
    "pr": "Presentation State",
    "ko": "Key Object Selection",
    "wsi": "Whole Slide Image",
    "waveform": "Waveform",
    "document": "Encapsulated Document",
    "ai": "Result of an algorithm",
    "site": "Site policy",
    "internal": "dcmlint itself",
}
_ASCII = str.maketrans({"·": "-", "…": "..."})


class TextReporter:
    """Writes findings as they come; colours severities on a terminal (`_wants_color`)."""

    def __init__(self, out: TextIO) -> None:
        self._out = out

    def begin(self, run: RunInfo) -> None:
        """Start the report."""
        self._run = run
        self._paint = _painter(self._out, run.color)
        self._gap = ""  # what separates a line of its own from what follows
        self._encoding = _narrow_encoding(self._out)

    def add(self, report: FileReport) -> None:
        """Report one input."""
        self.add_rendered(self.render(report))

    def render(self, report: FileReport) -> str:
        """Return the lines on one input."""
        if self._run.quiet:
            return ""
        findings = report.active()
        skipped = report.kind == "not-dicom" and all(each.severity == "note" for each in findings)
        if findings and not skipped:
            return "\n".join(self._file(report, findings)) + "\n\n"
        if self._run.show_files:
            verdict = "skipped, not DICOM" if report.kind == "not-dicom" else "no findings"
            return f"{self._name(report)}  {self._paint(verdict, '2')}\n"
        return ""

    def add_rendered(self, text: str) -> None:
        """Report one input by what `render` returned: a paragraph, or the line of a file without one."""
        if not text:
            return
        paragraph = text.endswith("\n\n")
        self._write(self._gap + text if paragraph else text)
        self._gap = "" if paragraph else "\n"

    def end(self, summary: Summary) -> None:
        """Write statistics, the summary line, and how much of it may be fixed."""
        for name, rows in summary.statistics.items():
            if not rows:
                continue
            self._write(self._gap + "".join(f"{line}\n" for line in self._statistics(name, rows)))
            self._gap = "\n"
        self._write(self._gap + summary_line(summary, self._paint) + "\n")
        if fixable := fix_line(summary):
            self._write(fixable + "\n")

    def _write(self, text: str) -> None:
        if self._encoding is not None:
            text = text.translate(_ASCII).encode(self._encoding, "backslashreplace").decode(self._encoding)
        self._out.write(text)

    def _name(self, report: FileReport) -> str:
        return self._paint(printable(shown_file(report.file, self._run.cwd), limit=4096), "1")

    def _file(self, report: FileReport, findings: Sequence[Shown]) -> Iterator[str]:
        """Yield the lines of one file."""
        about = [class_name(report), counted(report.counts().items())]
        yield f"{self._name(report)}  {self._paint(' · '.join(part for part in about if part), '2')}"
        headed: dict[str, list[Shown]] = {}
        extension = []
        for shown in findings:
            if shown.rule == EXTENSION:
                extension.append(shown)
            else:
                headed.setdefault(_heading(shown), []).append(shown)
        for heading, group in headed.items():
            yield f"  {self._paint(heading, '4')}"
            for same in alike(group):
                yield from self._finding(same)
        if extension:
            yield f"  {self._paint('Standard Extended SOP Class', '4')}"
            yield from self._extension(extension)

    def _finding(self, same: list[Shown]) -> Iterator[str]:
        """Yield the lines of findings that differ in their Item numbers only."""
        shown = same[0]
        yield self._sentence(shown.severity, shown.message)
        if shown.attributes:
            yield _INDENT + listed(shown.attributes)
        path = "" if shown.path == shown.label and shown.label in shown.message else shown.path or ""
        tag = shown.tag if shown.keyword is not None or not path else None
        where = f"{path} {tag}" if path and tag else path or tag
        byte = None if shown.offset is None else f"byte {shown.offset}"
        line = f"line {shown.line}" if shown.line else None
        yield self._details(where, line or byte, shown.citation, shown.rule)
        if len(same) > 1:
            last = same[-1].path
            at = "" if last == shown.path else f", the last at {last}"
            yield self._details(f"and {len(same) - 1} more like it{at}")

    def _extension(self, findings: list[Shown]) -> Iterator[str]:
        """Yield one line for all attributes that the IOD does not have."""
        names: dict[str, None] = {}
        for shown in findings:
            names.update(dict.fromkeys(shown.attributes or [shown.label]))
        verb = "attributes are" if len(names) > 1 else "attribute is"
        severity = min((each.severity for each in findings), key=SEVERITIES.index)
        yield self._sentence(severity, f"{len(names)} {verb} not in the IOD: {listed(list(names))}")
        yield self._details(findings[0].citation, EXTENSION)

    def _sentence(self, severity: Severity, text: str) -> str:
        return f"    {self._paint(f'{severity:<8}', severity_style(severity))} {text}"

    def _details(self, *parts: str | None) -> str:
        return _INDENT + self._paint(" · ".join(part for part in parts if part), "2")

    def _statistics(self, name: str, rows: Sequence[Count]) -> Iterator[str]:
        """Yield a line for each row, the most frequent first."""
        width = len(str(max((row.number for row in rows), default=0)))
        if name != "rule":
            yield self._paint(f"By {name.replace('-', ' ')}", "4")
        for row in rows:
            rule = self._run.rules.get(row.name) if name == "rule" else None
            title = f"  {self._paint(rule.title, '2')}" if rule is not None and rule.title else ""
            severity = self._paint(f"{row.severity:<8}", severity_style(row.severity))
            yield f"{row.number:>{width}}  {severity} {printable(row.name) or '(none)'}{title}"


def _painter(out: TextIO, color: bool | None) -> Paint:
    return _painted if (_wants_color(out) if color is None else color) else bare


def _wants_color(out: TextIO) -> bool:
    """Tell whether to colour what goes to a stream: on a terminal, and as NO_COLOR, then FORCE_COLOR, then
    TERM say. FORCE_COLOR is for the screen of a CI service and means no file."""
    if os.environ.get("NO_COLOR"):
        return False
    if out is sys.stdout and os.environ.get("FORCE_COLOR", "0") not in ("", "0"):
        return True
    return out.isatty() and os.environ.get("TERM") != "dumb"


def _painted(text: str, style: str) -> str:
    return f"\033[{style}m{text}\033[0m"


def _narrow_encoding(out: TextIO) -> str | None:
    """Return the stream's encoding if it cannot write every character."""
    encoding = getattr(out, "encoding", None)
    return None if encoding is None or encoding.lower().startswith("utf") else str(encoding)


def _heading(shown: Shown) -> str:
    group = shown.rule.partition("/")[0]
    return shown.module or _HEADINGS.get(group) or group.replace("-", " ").capitalize()
