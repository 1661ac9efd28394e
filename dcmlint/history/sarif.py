"""Open findings of a run as SARIF within GitHub's limits, the most severe first."""

from __future__ import annotations

import os
from typing import TextIO

from dcmlint.catalogue import catalogue
from dcmlint.report.protocol import RunInfo, Summary
from dcmlint.report.render import shown_uid
from dcmlint.report.sarif_github import GitHubSarifReporter
from dcmlint.report.shown import FileReport, Line
from dcmlint.store.query import Compared, History, Record

__all__ = ["write_sarif"]


def write_sarif(history: History, compared: Compared, out: TextIO, *, files: bool, version: str) -> None:
    """Write what `dcmlint check --format github-sarif` would of all open findings.

    Without `files` the place of a finding is the SOP Instance UID where a path would be.
    """
    run = compared.run
    cwd = os.getcwd()  # noqa: PTH109
    reporter = GitHubSarifReporter(out)
    reporter.begin(RunInfo(version, run.edition, catalogue(), cwd))
    for record in history.records(compared, ("new", "known"), files=files):
        reporter.add(_report(record, cwd))
    reporter.end(Summary(run.visited, run.visited, 0, 0, run.errors, run.warnings, run.notes, 0.0))


def _report(record: Record, cwd: str) -> FileReport:
    name = shown_uid(record.sop_instance_uid) or shown_uid(record.study_uid) or "unnamed"
    return FileReport(
        record.file or f"{cwd.rstrip(os.sep)}{os.sep}{name}",
        "instance",
        record.sop_class_uid,
        record.sop_instance_uid,
        record.manufacturer,
        record.sop_instance_uid,
        lines=[Line(record.rule, record.severity, record.body)],  # type: ignore[arg-type]
    )
