"""Findings of bytes or files in the shape the measurements compare: rule, severity, path, tags."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple, TextIO

from dcmlint.model import Finding, InstanceReport
from dcmlint.standard.dictionary import label

__all__ = ["Reported", "lint_bytes", "path_of", "report_rules", "reported", "session"]


class Reported(NamedTuple):
    """One finding as the measurements see it."""

    rule: str
    severity: str
    path: str
    tag: int | None
    attributes: tuple[int, ...]


@cache
def session() -> Any:
    """Return one session with all default rules."""
    from dcmlint.scan import Session

    return Session()


def path_of(location: tuple[int, ...], tag: int | None) -> str:
    """Return the attribute path: "Sequence[1].Keyword", "" for the whole instance."""
    steps = [f"{label(location[i])}[{location[i + 1]}]" for i in range(0, len(location), 2)]
    return ".".join([*steps, label(tag)] if tag is not None else steps)


def reported(findings: Iterator[Finding] | tuple[Finding, ...]) -> list[Reported]:
    """Return findings in the shape that is compared."""
    return [
        Reported(found.rule, found.severity, path_of(found.location, found.tag), found.tag, found.attributes)
        for found in findings
    ]


def lint_bytes(content: bytes) -> list[Reported]:
    """Return the findings on the bytes of a file, with all default rules."""
    return reported(_report(content).findings)


def _report(content: bytes) -> InstanceReport:
    from dcmlint.read.opener import read_instance
    from dcmlint.scan import lint_instance

    return lint_instance(read_instance(content), session())


@cache
def _reporter() -> tuple[Any, Any, TextIO]:
    from dcmlint.report.json_format import JsonLinesReporter
    from dcmlint.report.protocol import RunInfo
    from dcmlint.report.render import Renderer

    stream = tempfile.TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115 - kept for the process
    reporter = JsonLinesReporter(stream)
    reporter.begin(RunInfo("0", "", session().rules, "/"))
    return reporter, Renderer(session().rules, "/"), stream


def report_rules(content: bytes) -> set[str]:
    """Return the rules that the JSON report on the bytes of a file has findings of.

    Raises ValueError if the report is not JSON.
    """
    from dcmlint.read.opener import looks_like_dicom

    looks_like_dicom(content[:1024])
    reporter, renderer, stream = _reporter()
    stream.seek(0)
    stream.truncate()
    reporter.add(renderer.report(_report(content)))
    stream.seek(0)
    return {json.loads(line)["rule"] for line in stream}
