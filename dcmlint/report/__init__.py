"""Findings to the formats of docs/reports.md."""

from __future__ import annotations

from collections.abc import Callable
from typing import TextIO

from dcmlint.report.protocol import Count, Renders, Reporter, RunInfo, Summary
from dcmlint.report.shown import FileReport, Shown

__all__ = ["Count", "FileReport", "Renders", "Reporter", "RunInfo", "Shown", "Summary", "reporters"]


def reporters() -> dict[str, Callable[[TextIO], Reporter]]:
    """Return the built-in reporters' factories by format name; their modules load when called."""
    return {
        "text": _text,
        "json": _json,
        "jsonl": _jsonl,
        "sarif": _sarif,
        "github-sarif": _github_sarif,
        "github": _github,
        "gitlab": _gitlab,
        "junit": _junit,
        "csv": _csv,
        "markdown": _markdown,
    }


def _text(out: TextIO) -> Reporter:
    from dcmlint.report.text import TextReporter

    return TextReporter(out)


def _json(out: TextIO) -> Reporter:
    from dcmlint.report.json_format import JsonReporter

    return JsonReporter(out)


def _jsonl(out: TextIO) -> Reporter:
    from dcmlint.report.json_format import JsonLinesReporter

    return JsonLinesReporter(out)


def _sarif(out: TextIO) -> Reporter:
    from dcmlint.report.sarif import SarifReporter

    return SarifReporter(out)


def _github_sarif(out: TextIO) -> Reporter:
    from dcmlint.report.sarif_github import GitHubSarifReporter

    return GitHubSarifReporter(out)


def _github(out: TextIO) -> Reporter:
    from dcmlint.report.github import GithubReporter

    return GithubReporter(out)


def _gitlab(out: TextIO) -> Reporter:
    from dcmlint.report.gitlab import GitlabReporter

    return GitlabReporter(out)


def _junit(out: TextIO) -> Reporter:
    from dcmlint.report.junit import JunitReporter

    return JunitReporter(out)


def _csv(out: TextIO) -> Reporter:
    from dcmlint.report.csv_format import CsvReporter

    return CsvReporter(out)


def _markdown(out: TextIO) -> Reporter:
    from dcmlint.report.markdown import MarkdownReporter

    return MarkdownReporter(out)
