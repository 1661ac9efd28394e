"""Findings to text, JSON, JSON Lines and SARIF."""

from __future__ import annotations

from collections.abc import Callable
from typing import TextIO

from dcmlint.report.protocol import Count, Renders, Reporter, RunInfo, Summary
from dcmlint.report.shown import FileReport, Shown

__all__ = ["Count", "FileReport", "Renders", "Reporter", "RunInfo", "Shown", "Summary", "reporters"]


def reporters() -> dict[str, Callable[[TextIO], Reporter]]:
    """Return the built-in reporters' factories by format name; their modules load when called."""
    return {"text": _text, "json": _json, "jsonl": _jsonl, "sarif": _sarif}


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
