"""Markdown for a job's summary page: totals, rules, files, statistics, of bounded size (docs/reports.md)."""

from __future__ import annotations

import heapq
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TextIO

from dcmlint.documentation import help_uri
from dcmlint.model import SEVERITIES, Severity
from dcmlint.report.protocol import Count, RunInfo, Summary
from dcmlint.report.render import printable, shown_file
from dcmlint.report.shown import FileReport
from dcmlint.report.words import fix_line, summary_line, told

__all__ = ["MAX_BYTES", "MarkdownReporter", "heading", "linked", "more_rows", "plain", "table_row"]

MAX_BYTES = 1_000_000
"""Bytes that are written at most: GitHub takes 1 MiB from a step, and nothing of a longer summary."""

_MAX_RULES = 500
_MAX_FILES = 10
_MAX_ROWS = 50
_MAX_TEXT = 300
_CUT = "\n_The rest does not fit on this page._\n"

_SPECIAL = re.compile(r"([\\`*_\[\]<>~])")
_NO_CODE = re.compile(r"[|`\\]|^ | $")
_ENTITIES = str.maketrans({mark: f"&#{ord(mark)};" for mark in "&|$"})
_ALL_ENTITIES = str.maketrans({mark: f"&#{ord(mark)};" for mark in "\\`*_[]<>~&|$\"'!#:@"})

_Found = dict[tuple[str, Severity], tuple[int, str]]
"""Number and first example of the findings of one input, by rule and severity."""


class MarkdownReporter:
    """Writes a page about the run when it ends; remembers numbers by rule, and the worst files."""

    def __init__(self, out: TextIO) -> None:
        self._out = out

    def begin(self, run: RunInfo) -> None:
        """Start counting."""
        self._run = run
        self._numbers: Counter[tuple[str, Severity]] = Counter()
        self._files: Counter[tuple[str, Severity]] = Counter()
        self._examples: dict[tuple[str, Severity], tuple[str, str]] = {}
        self._worst: list[tuple[tuple[int, ...], int, str]] = []
        self._order = 0
        self._file = ""
        self._found: _Found = {}

    def add(self, report: FileReport) -> None:
        """Report one input."""
        self.add_rendered(self.render(report))

    def render(self, report: FileReport) -> str:
        """Return the name of one input, and number and first example of its findings by rule, as JSON."""
        found: _Found = {}
        for shown in report.active():
            key = shown.rule, shown.severity
            number, example = found[key] if key in found else (0, printable(told(shown), _MAX_TEXT))
            found[key] = number + 1, example
        if not found:
            return ""
        return json.dumps(
            [shown_file(report.file, self._run.cwd), [[*key, *row] for key, row in found.items()]]
        )

    def add_rendered(self, text: str) -> None:
        """Count what `render` returned. Findings that came up later follow the input they are of."""
        if not text:
            return
        file, rows = json.loads(text)
        if file != self._file:
            self._count_file()
            self._file = file
        for rule, severity, number, example in rows:
            before, first = self._found.get((rule, severity), (0, example))
            self._found[rule, severity] = before + number, first

    def end(self, summary: Summary) -> None:
        """Write the page."""
        self._count_file()
        left = MAX_BYTES - len(_CUT)
        for line in self._page(summary):
            left -= len(line.encode("utf-8", "backslashreplace")) + 1
            if left < 0:
                self._out.write(_CUT)
                return
            self._out.write(f"{line}\n")

    def _count_file(self) -> None:
        """Add the numbers of the last input to those of the run."""
        if not self._found:
            return
        by_severity: Counter[str] = Counter()
        for key, (number, example) in self._found.items():
            self._numbers[key] += number
            self._files[key] += 1
            self._examples.setdefault(key, (self._file, example))
            by_severity[key[1]] += number
        self._order -= 1  # of files that are equally bad the first counts
        row = tuple(by_severity[severity] for severity in SEVERITIES), self._order, self._file
        keep = heapq.heappushpop if len(self._worst) >= _MAX_FILES else heapq.heappush
        keep(self._worst, row)
        self._found = {}

    def _page(self, summary: Summary) -> Iterator[str]:
        yield "## dcmlint"
        yield ""
        yield plain(f"{summary_line(summary)}.")
        if fixable := fix_line(summary):
            yield plain(f"{fixable}.")
        yield ""
        yield from _totals(summary)
        if self._numbers:
            yield from self._rules()
            yield from self._worst_files()
        for name, rows in summary.statistics.items():
            if rows and name != "rule":  # that is the table of rules
                yield from _statistics(name, rows)

    def _rules(self) -> Iterator[str]:
        yield from heading("Rules", "Severity", "Rule", "Findings:", "Files:", "What is wrong", "The first")
        keys = sorted(self._numbers, key=lambda key: (SEVERITIES.index(key[1]), -self._numbers[key], key[0]))
        for key in keys[:_MAX_RULES]:
            rule, severity = key
            known = self._run.rules.get(rule)
            title = known.title if known is not None else ""
            numbers = f"{self._numbers[key]:,}", f"{self._files[key]:,}"
            file, example = self._examples[key]
            first = f"{_name(file)}: {plain(example)}"
            yield table_row(severity, linked(rule), *numbers, plain(title), first)
        yield from more_rows(len(keys) - _MAX_RULES, "rules")

    def _worst_files(self) -> Iterator[str]:
        yield from heading("Files with the most findings", "File", "Errors:", "Warnings:", "Notes:")
        for numbers, _, file in sorted(self._worst, reverse=True):
            yield table_row(_name(file), *(f"{number:,}" for number in numbers))


def _totals(summary: Summary) -> Iterator[str]:
    numbers: Mapping[str, int] = {
        "Files": summary.files,
        "SOP Instances": summary.instances,
        "Not DICOM": summary.skipped,
        "Unreadable": summary.unreadable,
        "Errors": summary.errors,
        "Warnings": summary.warnings,
        "Notes": summary.notes,
        "Waived": summary.waived,
        "In the baseline": summary.known,
    }
    yield table_row(*numbers)
    yield table_row(*["--:"] * len(numbers))
    yield table_row(*(f"{number:,}" for number in numbers.values()))


def _statistics(name: str, rows: Sequence[Count]) -> Iterator[str]:
    words = name.replace("sop-class", "SOP Class").replace("-", " ")
    yield from heading(f"By {words}", words[0].upper() + words[1:], "Severity", "Findings:")
    for row in rows[:_MAX_ROWS]:
        yield table_row(plain(printable(row.name, _MAX_TEXT)) or "(none)", row.severity, f"{row.number:,}")
    yield from more_rows(len(rows) - _MAX_ROWS, "rows")


def heading(title: str, *columns: str) -> Iterator[str]:
    """Yield the heading of a section and that of its table; columns of numbers end with a colon."""
    yield ""
    yield f"### {title}"
    yield ""
    yield table_row(*(column.rstrip(":") for column in columns))
    yield table_row(*("--:" if column.endswith(":") else "---" for column in columns))


def more_rows(number: int, what: str) -> Iterable[str]:
    """Return the lines that say how many rows there are besides."""
    return ("", f"_and {number:,} more {what}_") if number > 0 else ()


def table_row(*cells: str) -> str:
    """Return a row of a table."""
    return f"| {' | '.join(cells)} |"


def linked(rule_id: str) -> str:
    """Return the id of a rule, a link to its page if it has one."""
    address = help_uri(rule_id)
    return f"[{plain(rule_id)}]({address})" if address else plain(rule_id)


def plain(text: str) -> str:
    """Return text in which no character has a meaning for Markdown or for a table."""
    return (
        _SPECIAL.sub(r"\\\1", text.translate(_ENTITIES))
        if text.isprintable()
        else plain(printable(text, _MAX_TEXT))
    )


def _name(file: str) -> str:
    """Return the name of a file as code in a table: a code span, or HTML where a span cannot hold it."""
    text = printable(file, _MAX_TEXT)
    return f"<code>{text.translate(_ALL_ENTITIES)}</code>" if _NO_CODE.search(text) else f"`{text}`"
