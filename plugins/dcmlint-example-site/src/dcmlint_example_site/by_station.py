"""`--format by-station`: which scanner has to be looked after, the one with the most errors first."""

from __future__ import annotations

from collections import Counter
from typing import TextIO

from dcmlint.report import FileReport, RunInfo, Summary

__all__ = ["ByStation"]

_MOST = 1_000
"""Manufacturers that are told apart: a reporter keeps a bounded number of things in memory."""


class ByStation:
    """Counts the files with errors by manufacturer, and writes a line for each at the end."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._files: Counter[str] = Counter()
        self._faulty: Counter[str] = Counter()

    def begin(self, run: RunInfo) -> None:
        """Start the report."""

    def add(self, report: FileReport) -> None:
        """Count one input. Findings that a waiver covers are not among `active()`."""
        if report.kind != "instance":
            return
        name = report.manufacturer or "(no manufacturer)"
        if name not in self._files and len(self._files) >= _MOST:
            name = "(others)"
        self._files[name] += 1
        self._faulty[name] += any(shown.severity == "error" for shown in report.active())

    def end(self, summary: Summary) -> None:
        """Write the lines."""
        for name, faulty in sorted(self._faulty.items(), key=lambda each: (-each[1], each[0])):
            self._out.write(f"{faulty:>6} of {self._files[name]:>6} with errors  {name}\n")
        self._out.write(f"{summary.files} files, {summary.errors} errors\n")
