"""SARIF 2.1.0: one run with all that was found, the results streamed as they come."""

from __future__ import annotations

import json
from json.encoder import encode_basestring_ascii as quote
from typing import TextIO

from dcmlint.report.protocol import RunInfo, Summary
from dcmlint.report.render import relative_path
from dcmlint.report.sarif_result import ResultTexts, artifact, instance
from dcmlint.report.sarif_run import LOG_END, category, counts, log_start, run_start
from dcmlint.report.shown import FileReport, Shown
from dcmlint.report.spill import Spill

__all__ = ["SarifReporter"]

_CHECK_FAILED = "internal/check-failed"

_NOTIFICATIONS = "\x1e"
"""Stands between results and notifications in what `render` returns; JSON has no such character."""


class SarifReporter:
    """Writes one SARIF log as the findings come; findings that a waiver covers are suppressed results."""

    def __init__(self, out: TextIO) -> None:
        self._out = out

    def begin(self, run: RunInfo) -> None:
        """Write the log up to its results."""
        self._run = run
        self._texts = ResultTexts()
        self._notifications = Spill()
        self._rules = {
            rule_id: f'{{"ruleId":{quote(rule_id)},"ruleIndex":{index},'
            for index, rule_id in enumerate(run.rules)
        }
        self._separator = "\n"
        self._between_notifications = ""
        self._out.write(log_start() + run_start(run, f"{category()}/", run.rules))

    def add(self, report: FileReport) -> None:
        """Write the results of one input."""
        self.add_rendered(self.render(report))

    def render(self, report: FileReport) -> str:
        """Return the results of one input, and the notifications of checks that failed on it."""
        if not report.findings:
            return ""
        place = artifact(relative_path(report.file, self._run.cwd))
        about = instance(report)
        results = ",\n".join([self._result(each, place, about) for each in report.findings])
        failures = [each for each in report.findings if each.rule == _CHECK_FAILED]
        if not failures:
            return results
        return results + _NOTIFICATIONS + ",".join([_notification(each, place) for each in failures])

    def add_rendered(self, text: str) -> None:
        """Write the results of one input by what `render` returned."""
        if text:
            results, _, notifications = text.partition(_NOTIFICATIONS)
            if notifications:
                self._notifications.write(self._between_notifications + notifications)
                self._between_notifications = ","
            self._out.write(self._separator + results)
            self._separator = ",\n"

    def end(self, summary: Summary) -> None:
        """Write what follows the results."""
        out = self._out
        successful = json.dumps(summary.failed_checks == 0)
        # When it ran is left out: the same files give the same log.
        out.write(
            f'\n ],\n "invocations": [{{"exitCode":{summary.exit_status},"executionSuccessful":{successful}'
            ',"toolExecutionNotifications":['
        )
        self._notifications.copy(out)
        out.write(f']}}],\n "properties": {json.dumps({"summary": counts(summary)})}\n}}{LOG_END}')

    def _result(self, shown: Shown, place: str, about: str) -> str:
        start = self._rules.get(shown.rule) or f'{{"ruleId":{quote(shown.rule)},'
        # On all results or on none (SARIF 2.1.0 3.27.23), and dcmlint knows of each.
        suppressions = '"suppressions":[],' if not shown.waived else _suppressions(shown.waived)
        return start + self._texts.text(shown, place, about, more=suppressions)


def _suppressions(reason: str) -> str:
    accepted = f'{{"kind":"external","status":"accepted","justification":{quote(reason)}}}'
    return f'"suppressions":[{accepted}],'


def _notification(shown: Shown, place: str) -> str:
    locations = place and f',"locations":[{{"physicalLocation":{{{place}}}}}]'
    return f'{{"level":"error","message":{{"text":{quote(shown.message)}}}{locations}}}'
