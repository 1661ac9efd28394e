"""JUnit XML for the test views of Jenkins, GitLab and others: a testcase for each input (docs/reports.md)."""

from __future__ import annotations

import re
from typing import Literal, NamedTuple, TextIO

from dcmlint.model import SEVERITIES
from dcmlint.report.protocol import RunInfo, Summary
from dcmlint.report.render import shown_file
from dcmlint.report.shown import FileReport, Shown
from dcmlint.report.spill import Spill
from dcmlint.report.words import class_name, counted, told, whereabouts

__all__ = ["JunitReporter"]

_Status = Literal["passed", "skipped", "failure", "error"]
_STATUSES: tuple[_Status, ...] = ("passed", "skipped", "failure", "error")
"""What a testcase can come to, the worst last."""

_CHECK_FAILED = "internal/check-failed"
_ACROSS = "across instances"
"""The class of what is found across instances: a testcase of its own for a file that has such findings."""

_BETWEEN = "\0"
"""Stands between the parts of a testcase on their way from a worker; XML has no such character."""

_NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""What XML 1.0 has no form for (2.2, Char)."""

_MARKS = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\t": "&#9;", "\r": "&#13;", "\n": "&#10;"}
"""White space too: in an attribute it would become spaces (XML 1.0 3.3.3)."""

_IN_ATTRIBUTES = str.maketrans(_MARKS)
_IN_TEXT = str.maketrans({mark: _MARKS[mark] for mark in "&<>\r"})


class _Testcase(NamedTuple):
    """One input, its texts ready for XML: the attributes, and what failed and what else was found."""

    attributes: str
    status: _Status = "passed"
    type: str = ""
    message: str = ""
    failed: str = ""
    others: str = ""

    def joined(self, other: _Testcase) -> _Testcase:
        """Return both as one."""
        worse, better = sorted((self, other), key=lambda each: -_STATUSES.index(each.status))
        return worse._replace(
            message="; ".join(each.message for each in (worse, better) if each.message),
            failed=self.failed + other.failed,
            others=self.others + other.others,
        )

    def xml(self) -> str:
        """Return the element."""
        body = ""
        if self.status != "passed":
            kind = f' type="{self.type}"' if self.type else ""
            body += f'\n   <{self.status} message="{self.message}"{kind}>{self.failed}</{self.status}>'
        if self.others:
            body += f"\n   <system-out>{self.others}</system-out>"
        return f"  <testcase {self.attributes}" + (f">{body}\n  </testcase>\n" if body else "/>\n")


class JunitReporter:
    """Writes one JUnit document.

    The counts are known last but come first, so testcases wait in a buffer that spills to disk. Findings
    that come up after the input they are of join its testcase: readers take one of several with a name.
    """

    def __init__(self, out: TextIO) -> None:
        self._out = out

    def begin(self, run: RunInfo) -> None:
        """Start the report."""
        self._run = run
        failing = SEVERITIES[: SEVERITIES.index(run.fail_on) + 1] if run.fail_on in SEVERITIES else ()
        self._failing = frozenset(failing)
        self._spill = Spill()
        self._counts = dict.fromkeys(_STATUSES, 0)
        self._last: _Testcase | None = None

    def add(self, report: FileReport) -> None:
        """Report one input."""
        self._take(self._testcase(report))

    def render(self, report: FileReport) -> str:
        """Return the parts of the testcase of one input."""
        return _BETWEEN.join(self._testcase(report))

    def add_rendered(self, text: str) -> None:
        """Report one input by what `render` returned."""
        if text:
            attributes, status, *rest = text.split(_BETWEEN)
            self._take(_Testcase(attributes, status, *rest))  # type: ignore[arg-type]

    def end(self, summary: Summary) -> None:
        """Write the document."""
        self._write_last()
        tests = sum(self._counts.values())
        counts = f'tests="{tests}" failures="{self._counts["failure"]}" errors="{self._counts["error"]}"'
        time = f'time="{summary.elapsed_s:.3f}"'
        self._out.write(
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            f'<testsuites name="dcmlint" {counts} {time}>\n'
            f' <testsuite name="dcmlint" {counts} skipped="{self._counts["skipped"]}" {time}>\n'
            f"  <properties>\n{self._properties()}  </properties>\n"
        )
        self._spill.copy(self._out)
        self._out.write(" </testsuite>\n</testsuites>\n")

    def _take(self, testcase: _Testcase) -> None:
        last = self._last
        if last is not None and last.attributes == testcase.attributes:
            self._last = last.joined(testcase)
            return
        self._write_last()
        self._last = testcase

    def _write_last(self) -> None:
        if self._last is not None:
            self._counts[self._last.status] += 1
            self._spill.write(self._last.xml())

    def _properties(self) -> str:
        run = self._run
        named = {"version": run.version, "edition": run.edition, "fail-on": run.fail_on}
        return "".join(
            f'   <property name="{name}" value="{_attribute(value)}"/>\n' for name, value in named.items()
        )

    def _is_across(self, rule_id: str) -> bool:
        """Tell whether a rule looks at several instances, and reports after all inputs."""
        rule = self._run.rules.get(rule_id)
        return rule is not None and rule.scope == "group"

    def _testcase(self, report: FileReport) -> _Testcase:
        path = _attribute(shown_file(report.file, self._run.cwd))
        across = bool(report.findings) and all(self._is_across(each.rule) for each in report.findings)
        group = _ACROSS if across else _attribute(_group(report).replace(".", "_"))
        attributes = f'classname="dcmlint.{group}" name="{path}"'
        if report.kind == "instance" and not report.findings:
            return _Testcase(attributes)
        status = self._status(report)
        failed: list[Shown] = []
        others: list[Shown] = []
        for each in report.findings:
            (failed if self._fails(each, report) else others).append(each)
        return _Testcase(
            attributes,
            status,
            _type(report, status, failed),
            _attribute(_message(report, failed)) if status != "passed" else "",
            "".join(_line(each) for each in failed),
            "".join(_line(each) for each in others),
        )

    def _fails(self, shown: Shown, report: FileReport) -> bool:
        """Tell whether a finding is one of those for which the testcase has not passed."""
        if shown.waived:
            return False
        unchecked = report.kind in ("unreadable", "not-dicom")
        return unchecked or shown.severity in self._failing or shown.rule == _CHECK_FAILED

    def _status(self, report: FileReport) -> _Status:
        """Return what the testcase comes to: an error means that dcmlint could not do its work on it."""
        active = report.active()
        if any(each.rule == _CHECK_FAILED for each in active):
            return "error"
        if report.kind == "unreadable":
            return "error" if active else "skipped"
        if any(each.severity in self._failing for each in active):
            return "failure"
        return "skipped" if report.kind == "not-dicom" else "passed"


def _group(report: FileReport) -> str:
    """Return what Jenkins shows as class and GitLab as suite."""
    if report.kind == "instance":
        return class_name(report) or "no SOP Class"
    return {"not-dicom": "not DICOM"}.get(report.kind, report.kind)


def _type(report: FileReport, status: _Status, failed: list[Shown]) -> str:
    if status == "passed":
        return ""
    if status == "failure":
        return min((each.severity for each in failed), key=SEVERITIES.index)
    return report.kind if report.kind in ("unreadable", "not-dicom") else "check-failed"


def _message(report: FileReport, failed: list[Shown]) -> str:
    """Return the first thing that readers show: the finding if it is the only one, else their number."""
    if len(failed) == 1:
        return told(failed[0])
    if not failed:
        return "not DICOM" if report.kind == "not-dicom" else "could not be read"
    return counted((severity, sum(each.severity == severity for each in failed)) for severity in SEVERITIES)


def _line(shown: Shown) -> str:
    where = "; ".join(part for part in (whereabouts(shown), shown.line and f"line {shown.line}") if part)
    severity = f"waived {shown.severity}" if shown.waived else shown.severity
    reason = f" - {shown.waived}" if shown.waived else ""
    return _text(f"\n{severity}: {told(shown)} ({where + '; ' if where else ''}{shown.rule}){reason}")


def _text(text: str) -> str:
    return _escaped(text, _IN_TEXT)


def _attribute(text: str) -> str:
    return _escaped(text, _IN_ATTRIBUTES)


def _escaped(text: str, marks: dict[int, str]) -> str:
    """Return ASCII text for XML; what XML has no form for becomes a backslash and its code."""
    text = _NO_XML.sub(lambda found: found[0].encode("unicode_escape").decode("ascii"), text)
    return text.translate(marks).encode("ascii", "xmlcharrefreplace").decode("ascii")
