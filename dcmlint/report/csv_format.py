"""CSV (RFC 4180) for spreadsheets and data frames: a line for each finding (docs/reports.md)."""

from __future__ import annotations

import re
from typing import TextIO

from dcmlint.report.protocol import RunInfo, Summary
from dcmlint.report.render import shown_file, shown_uid
from dcmlint.report.shown import FileReport, Shown

__all__ = ["COLUMNS", "CsvReporter", "cell"]

COLUMNS = (
    *("rule", "severity", "file", "sop_class_uid", "sop_instance_uid", "message", "tag", "keyword", "path"),
    *("module", "attributes", "offset", "length", "line", "citation", "edition", "waived", "fingerprint"),
)
"""The keys of a finding in the JSON reports, in their order; which fix it has follows from its rule."""

_END = "\r\n"
_FORMULA = (*"=+-@", *"\uff1d\uff0b\uff0d\uff20", *"\t\r\n", "'")
"""How a cell starts that a spreadsheet takes for a formula (the wide forms too), and the mark of one that was
made harmless."""

_PLAIN = re.compile(r"[0-9A-Za-z(][0-9A-Za-z ._/():-]*")
"""What most cells are: text that goes in as it is."""

_NO_TEXT = re.compile("[\x00\ud800-\udfff]")


class CsvReporter:
    """Writes a header, then a line for each finding as it comes."""

    def __init__(self, out: TextIO) -> None:
        self._out = out

    def begin(self, run: RunInfo) -> None:
        """Write the header."""
        self._cwd = run.cwd
        self._out.write(",".join(COLUMNS) + _END)

    def add(self, report: FileReport) -> None:
        """Report one input."""
        self.add_rendered(self.render(report))

    def render(self, report: FileReport) -> str:
        """Return the lines of one input."""
        if not report.findings:
            return ""
        owner = ",".join(
            map(
                cell,
                (
                    shown_file(report.file, self._cwd),
                    shown_uid(report.sop_class_uid),
                    shown_uid(report.sop_instance_uid),
                ),
            )
        )
        return "".join(_line(shown, owner) for shown in report.findings)

    def add_rendered(self, text: str) -> None:
        """Report one input by what `render` returned."""
        self._out.write(text)

    def end(self, summary: Summary) -> None:
        """Write nothing: a line with the summary would be no finding."""


def _line(shown: Shown, owner: str) -> str:
    rest = (
        shown.message,
        shown.tag,
        shown.keyword,
        shown.path,
        shown.module,
        " ".join(shown.attributes),
        shown.offset,
        shown.length,
        shown.line or None,
        shown.citation,
        shown.edition,
        shown.waived,
        shown.fingerprint,
    )
    return f"{cell(shown.rule)},{shown.severity},{owner},{','.join(map(cell, rest))}{_END}"


def cell(value: str | int | None) -> str:
    """Return a value as a cell, "" for None, that no spreadsheet takes for a formula."""
    if value is None or value == "":
        return ""
    if isinstance(value, int):
        return str(value)
    if _PLAIN.fullmatch(value):
        return value
    text = _NO_TEXT.sub(_escaped, value)
    if text.startswith(_FORMULA):
        text = "'" + text
    if any(character in text for character in ',"\r\n'):
        return '"' + text.replace('"', '""') + '"'
    return text


def _escaped(found: re.Match[str]) -> str:
    return found[0].encode("unicode_escape").decode("ascii")
