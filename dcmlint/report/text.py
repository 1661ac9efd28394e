"""Text for people: findings by file and Module, with attribute path, section and rule."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import TextIO

from dcmlint.model import SEVERITIES, InstanceReport, Severity
from dcmlint.report.protocol import RunInfo, Summary
from dcmlint.report.render import Rendered, Renderer, printable, shown_file, shown_uid
from dcmlint.standard.dictionary import label, uid

__all__ = ["EXTENSION", "TextReporter"]

EXTENSION = "module/attribute-not-in-iod"
"""The rule whose findings of one file become one line: attributes that PS3.4 lets anyone add."""

_MAX_NAMES = 12
_INDENT = " " * 13
_COLORS: dict[Severity, str] = {"error": "1;31", "warning": "33", "note": "36"}
_HEADINGS = {
    "file": "File",
    "encoding": "Encoding",
    "value": "Values",
    "uid": "UIDs",
    "module": "Modules",
    "functional-group": "Functional Groups",
    "pixel": "Pixel Data",
    "sr": "Structured Report",
    "internal": "dcmlint itself",
}
_ASCII = str.maketrans({"·": "-", "…": "..."})

Paint = Callable[[str, str], str]


class TextReporter:
    """Writes findings as they come; colours severities on a terminal (`_wants_color`)."""

    def __init__(self, out: TextIO) -> None:
        self._out = out

    def begin(self, run: RunInfo) -> None:
        """Start the report."""
        self._run = run
        self._renderer = Renderer(run)
        self._paint = _painter(self._out, run.color)
        self._counts: Counter[tuple[str, Severity]] = Counter()
        self._gap = ""  # what separates a line of its own from what follows
        self._encoding = _narrow_encoding(self._out)

    def add(self, report: InstanceReport) -> None:
        """Report one input."""
        if self._run.statistics:
            self._counts.update((finding.rule, finding.severity) for finding in report.findings)
        self.add_rendered(self.render(report))

    def render(self, report: InstanceReport) -> str:
        """Return the lines on one input; `add` also counts for the statistics."""
        if self._run.quiet:
            return ""
        skipped = report.kind == "not-dicom" and all(each.severity == "note" for each in report.findings)
        if report.findings and not skipped:
            return "\n".join(self._file(report)) + "\n\n"
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
        """Write statistics and the summary line."""
        if self._run.statistics and self._counts:
            self._write(self._gap + "".join(f"{line}\n" for line in self._statistics()))
            self._gap = "\n"
        self._write(self._gap + _summary_line(summary, self._paint) + "\n")

    def _write(self, text: str) -> None:
        if self._encoding is not None:
            text = text.translate(_ASCII).encode(self._encoding, "backslashreplace").decode(self._encoding)
        self._out.write(text)

    def _name(self, report: InstanceReport) -> str:
        return self._paint(printable(shown_file(report.file, self._run.cwd), limit=4096), "1")

    def _file(self, report: InstanceReport) -> Iterator[str]:
        """Yield the lines of one file."""
        about = [_class_name(report), _counted(report.counts().items())]
        yield f"{self._name(report)}  {self._paint(' · '.join(part for part in about if part), '2')}"
        headed: dict[str, list[Rendered]] = {}
        extension = []
        for rendered in self._renderer.render(report):
            if rendered.finding.rule == EXTENSION:
                extension.append(rendered)
            else:
                headed.setdefault(_heading(rendered), []).append(rendered)
        for heading, group in headed.items():
            yield f"  {self._paint(heading, '4')}"
            for alike in _alike(group):
                yield from self._finding(alike)
        if extension:
            yield f"  {self._paint('Standard Extended SOP Class', '4')}"
            yield from self._extension(extension)

    def _finding(self, alike: list[Rendered]) -> Iterator[str]:
        """Yield the lines of findings that differ in their Item numbers only."""
        rendered, place = alike[0], alike[0].place
        yield self._sentence(rendered.finding.severity, rendered.message)
        listed = rendered.finding.attributes
        if listed:
            yield _INDENT + _names([label(tag) for tag in listed])
        path = "" if place.path == place.label and place.label in rendered.message else place.path or ""
        tag = place.tag if place.keyword is not None or not path else None
        where = f"{path} {tag}" if path and tag else path or tag
        byte = None if rendered.offset is None else f"byte {rendered.offset}"
        yield self._details(where, byte, rendered.citation, rendered.finding.rule)
        if len(alike) > 1:
            last = alike[-1].place.path
            at = "" if last == place.path else f", the last at {last}"
            yield self._details(f"and {len(alike) - 1} more like it{at}")

    def _extension(self, findings: list[Rendered]) -> Iterator[str]:
        """Yield one line for all attributes that the IOD does not have."""
        names: dict[str, None] = {}
        for rendered in findings:
            tags = rendered.finding.attributes
            names.update(dict.fromkeys(map(label, tags) if tags else [rendered.place.label]))
        verb = "attributes are" if len(names) > 1 else "attribute is"
        severity = min((each.finding.severity for each in findings), key=SEVERITIES.index)
        yield self._sentence(severity, f"{len(names)} {verb} not in the IOD: {_names(list(names))}")
        yield self._details(findings[0].citation, EXTENSION)

    def _sentence(self, severity: Severity, text: str) -> str:
        return f"    {self._paint(f'{severity:<8}', _COLORS[severity])} {text}"

    def _details(self, *parts: str | None) -> str:
        return _INDENT + self._paint(" · ".join(part for part in parts if part), "2")

    def _statistics(self) -> Iterator[str]:
        """Yield a line for each rule, the most frequent first."""
        width = len(str(max(self._counts.values())))
        ordered = sorted(self._counts.items(), key=lambda each: (-each[1], each[0]))
        for (rule_id, severity), number in ordered:
            rule = self._run.rules.get(rule_id)
            title = f"  {self._paint(rule.title, '2')}" if rule is not None and rule.title else ""
            yield f"{number:>{width}}  {self._paint(f'{severity:<8}', _COLORS[severity])} {rule_id}{title}"


def _painter(out: TextIO, color: bool | None) -> Paint:
    return _painted if (_wants_color(out) if color is None else color) else _bare


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


def _bare(text: str, style: str) -> str:
    return text


def _narrow_encoding(out: TextIO) -> str | None:
    """Return the stream's encoding if it cannot write every character."""
    encoding = getattr(out, "encoding", None)
    return None if encoding is None or encoding.lower().startswith("utf") else str(encoding)


def _class_name(report: InstanceReport) -> str:
    found = uid(report.sop_class_uid)
    return shown_uid(report.sop_class_uid) or "" if found is None else found.name


def _counted(numbers: Iterable[tuple[str, int]]) -> str:
    """Return "2 errors, 1 note" of the numbers that are not zero."""
    return ", ".join(f"{number} {name}{'' if number == 1 else 's'}" for name, number in numbers if number)


def _heading(rendered: Rendered) -> str:
    group = rendered.finding.rule.partition("/")[0]
    return rendered.finding.module or _HEADINGS.get(group) or group.replace("-", " ").capitalize()


def _names(names: list[str]) -> str:
    more = len(names) - _MAX_NAMES
    return ", ".join(names[:_MAX_NAMES]) + (f" and {more} more" if more > 0 else "")


def _alike(group: list[Rendered]) -> Iterable[list[Rendered]]:
    """Return findings that say the same of the same attribute in several Items together."""
    together: dict[tuple[object, ...], list[Rendered]] = {}
    for rendered in group:
        finding = rendered.finding
        # The numbers of the Items are every second number of a location.
        key = (finding.rule, finding.severity, finding.location[::2], finding.tag, rendered.message)
        together.setdefault((*key, finding.attributes), []).append(rendered)
    return together.values()


def _summary_line(summary: Summary, paint: Paint) -> str:
    """Return the last line: what was checked, what was found."""
    checked = f"{_number(summary.instances, 'SOP Instance')} in {_number(summary.files, 'file')}"
    found = [
        paint(_number(number, name), _COLORS[name])
        for name, number in zip(SEVERITIES, (summary.errors, summary.warnings, summary.notes), strict=True)
        if number
    ]
    others = [
        f"{number:,} {name}"
        for name, number in (("unreadable", summary.unreadable), ("not DICOM", summary.skipped))
        if number
    ]
    verdict = ", ".join(found) or paint("no findings", "32")
    line = f"{checked} checked in {summary.elapsed_s:.1f} s: {verdict}"
    return f"{line} ({', '.join(others)})" if others else line


def _number(number: int, name: str) -> str:
    return f"{number:,} {name}{'' if number == 1 else 's'}"
