"""GitLab Code Quality: a JSON list of findings for the widget of a merge request (docs/reports.md)."""

from __future__ import annotations

from json.encoder import encode_basestring_ascii as quote
from typing import TextIO

from xxhash import xxh3_128_hexdigest

from dcmlint.model import Severity
from dcmlint.report.checkout import Checkout
from dcmlint.report.protocol import RunInfo, Summary
from dcmlint.report.shown import FileReport, Shown
from dcmlint.report.words import told, whereabouts

__all__ = ["GitlabReporter"]

_SEVERITIES: dict[Severity, str] = {"error": "major", "warning": "minor", "note": "info"}


class GitlabReporter:
    """Writes one JSON list as the findings come."""

    def __init__(self, out: TextIO) -> None:
        self._out = out

    def begin(self, run: RunInfo) -> None:
        """Start the list."""
        self._checkout = Checkout.of("CI_PROJECT_DIR", run.cwd)
        self._separator = "\n"
        self._out.write("[")

    def add(self, report: FileReport) -> None:
        """Report one input."""
        self.add_rendered(self.render(report))

    def render(self, report: FileReport) -> str:
        """Return the objects of one input."""
        findings = report.active()
        if not findings:
            return ""
        path = self._checkout.relative_path(report.file)
        return ",\n".join(_violation(shown, path) for shown in findings)

    def add_rendered(self, text: str) -> None:
        """Report one input by what `render` returned."""
        if text:
            self._out.write(self._separator + text)
            self._separator = ",\n"

    def end(self, summary: Summary) -> None:
        """End the list."""
        self._out.write("\n]\n")


def _violation(shown: Shown, path: str) -> str:
    where = whereabouts(shown)
    text = f"{told(shown)} ({where})" if where else told(shown)
    # GitLab takes one of several with the same fingerprint; copies of an instance differ in their paths.
    fingerprint = xxh3_128_hexdigest(f"{shown.fingerprint}\n{path}".encode("utf-8", "backslashreplace"))
    return (
        f'{{"description":{quote(text)},"check_name":{quote(shown.rule)},"fingerprint":"{fingerprint}"'
        f',"severity":"{_SEVERITIES[shown.severity]}"'
        f',"location":{{"path":{quote(path)},"lines":{{"begin":{shown.line or 1}}}}}}}'
    )
