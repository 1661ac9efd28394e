"""SARIF for an upload to GitHub code scanning, within the limits that GitHub has for one.

Results wait for the end, since the most severe come first. What does not fit is left out and told; findings
that a waiver covers are left out too, since GitHub knows no suppressions.
"""

from __future__ import annotations

import json
import os
import sys
import zlib
from collections import Counter
from collections.abc import Iterator
from json.encoder import encode_basestring_ascii as quote
from typing import TextIO, cast

from dcmlint.model import SEVERITIES, Severity
from dcmlint.report.buckets import Buckets
from dcmlint.report.protocol import RunInfo, Summary
from dcmlint.report.render import relative_path
from dcmlint.report.sarif_result import ResultTexts, artifact, instance
from dcmlint.report.sarif_rule import MAX_RULE_TEXT
from dcmlint.report.sarif_run import LOG_END, category, counts, log_start, run_start
from dcmlint.report.shards import MAX_RESULTS, MAX_RUNS, Plan, Shard, planned
from dcmlint.report.shown import FileReport

__all__ = ["MAX_BYTES", "GitHubSarifReporter"]

MAX_BYTES = 9_500_000
"""Bytes that the log may have when it is compressed with gzip: GitHub takes 10 MB."""

_INVOCATION = '\n "invocations": [{"executionSuccessful": true}]'


class GitHubSarifReporter:
    """Writes one SARIF log with a run for each category of GitHub code scanning."""

    def __init__(self, out: TextIO) -> None:
        self._out = out

    def begin(self, run: RunInfo) -> None:
        """Start collecting results."""
        self._run = run
        self._category = category()
        self._root = repository_of(run.cwd)
        self._texts = ResultTexts()
        self._waiting = Buckets(MAX_RUNS * MAX_RESULTS)
        self._outside = 0

    def add(self, report: FileReport) -> None:
        """Take the results of one input."""
        self.add_rendered(self.render(report))

    def render(self, report: FileReport) -> str:
        """Return a line for each result of one input: severity, rule, and the result after its rule."""
        active = report.active() if report.keys else []
        if not active:
            return ""
        path, outside = self._path(report.file)
        place, about = artifact(path), instance(report)
        return "".join(
            [
                f"{each.severity}\t{each.rule}\t{outside}\t{self._texts.text(each, place, about)}\n"
                for each in active
            ]
        )

    def add_rendered(self, text: str) -> None:
        """Take the results of one input by what `render` returned."""
        for line in text.splitlines():
            severity, rule, outside, result = line.split("\t", 3)
            self._waiting.add(f"{severity}\t{rule}", result)
            self._outside += bool(outside)

    def end(self, summary: Summary) -> None:
        """Write the log, and say on standard error what is not in it."""
        plan = self._fitting(summary)
        for piece in self._pieces(plan, summary):
            self._out.write(piece)
        self._waiting.close()
        for note in self._notes(plan):
            print(f"dcmlint: note: github-sarif: {note}", file=sys.stderr)

    def _path(self, file: str) -> tuple[str, str]:
        """Return the path that GitHub looks for in the repository, and "outside" if it is not there.

        GitHub rejects a log with URIs of schemes other than that of the checkout, and absolute ones where
        it does not know the checkout: what is not in the repository is a relative reference that matches
        nothing.
        """
        if "://" in file:
            return file.replace("://", ":/", 1), "outside"
        path = relative_path(file, self._run.cwd)
        if self._root != self._run.cwd:
            path = relative_path(os.path.join(self._run.cwd, path), self._root)  # noqa: PTH118 - hot
        if path.startswith("/") or path[1:3] == ":/":
            return f"file:/{path.lstrip('/')}", "outside"
        return path or "unnamed", ""

    def _fitting(self, summary: Summary) -> Plan:
        """Return the plan with the most results that is small enough when compressed."""
        found = {_parts(key): number for key, number in self._waiting.counts.items()}
        plan = planned(found)
        if self._waiting.size < MAX_BYTES // 2:  # with heads and rules it is below the limit as it is
            return plan
        while (size := _compressed(self._pieces(plan, summary))) > MAX_BYTES:
            plan = planned(found, int(plan.results * MAX_BYTES / size * 0.98))
        return plan

    def _pieces(self, plan: Plan, summary: Summary) -> Iterator[str]:
        """Yield the log piece by piece."""
        yield log_start()
        for number, shard in enumerate(plan.shards):
            yield ",\n" if number else ""
            rules = dict.fromkeys(each.rule for each in shard.ranges)
            yield run_start(self._run, self._id(shard), rules, max_markdown=MAX_RULE_TEXT)
            yield from self._results(shard, [rule for rule in rules if rule in self._run.rules])
            yield "\n ]," + self._about(plan, summary) if number == 0 else f"\n ],{_INVOCATION}\n}}"
        yield LOG_END

    def _id(self, shard: Shard) -> str:
        return f"{self._category}/{shard.category}/"

    def _results(self, shard: Shard, rules: list[str]) -> Iterator[str]:
        between = "\n"
        for rule, start, stop in shard.ranges:
            index = f',"ruleIndex":{rules.index(rule)}' if rule in rules else ""
            head = f'{{"ruleId":{quote(rule)}{index},'
            for lines in self._waiting.read(f"{shard.severity}\t{rule}", start, stop):
                yield between + head + (",\n" + head).join(lines)
                between = ",\n"

    def _about(self, plan: Plan, summary: Summary) -> str:
        """Return the end of the first run: what is not in the log, and what the run came to."""
        texts = [("warning", note) for note in self._notes(plan)]
        if plan.left_out:
            texts.append(("warning", _by_rule(plan)))
        if summary.failed_checks:
            failed = f"Checks of dcmlint failed on {summary.failed_checks:,} files: see internal/check-failed"
            texts.append(("error", failed))
        notifications = [{"level": level, "message": {"text": text}} for level, text in texts]
        invocation = {"executionSuccessful": True, "toolExecutionNotifications": notifications}
        left_out = [each._asdict() for each in plan.left_out]
        properties = {"summary": counts(summary), "leftOut": left_out, "outsideRepository": self._outside}
        return f'\n "invocations": {json.dumps([invocation])},\n "properties": {json.dumps(properties)}\n}}'

    def _notes(self, plan: Plan) -> Iterator[str]:
        """Yield in words what a reader of the upload would not see."""
        if plan.left_out:
            yield _left_out(plan)
        ids = [self._id(shard).rstrip("/") for shard in plan.missing()]
        if ids:
            yield f"there is no room for {', '.join(ids)}: alerts that earlier uploads had there stay open"
        if self._outside:
            yield f"GitHub cannot show {_number(self._outside, 'finding')} in files outside {self._root}"


def _parts(key: str) -> tuple[Severity, str]:
    severity, _, rule = key.partition("\t")
    return cast("Severity", severity), rule


def _left_out(plan: Plan) -> str:
    """Return what is left out, by severity, in words."""
    totals: Counter[str] = Counter()
    for severity, _, number in plan.left_out:
        totals[severity] += number
    by_severity = ", ".join(_number(totals[each], each) for each in SEVERITIES if totals[each])
    return (
        f"{by_severity} left out, {_number(plan.results, 'finding')} written: GitHub takes {MAX_RUNS} runs "
        f"of {MAX_RESULTS:,} results and 10 MB"
    )


def _number(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def _by_rule(plan: Plan) -> str:
    """Return what is left out, by rule, in words."""
    listed = ", ".join(f"{rule} ({_number(number, severity)})" for severity, rule, number in plan.left_out)
    return f"Findings that are not in this log: {listed}"


def _compressed(pieces: Iterator[str]) -> int:
    """Return the number of bytes that the pieces come to with gzip."""
    compressor = zlib.compressobj(wbits=31)
    size = sum(len(compressor.compress(piece.encode("ascii"))) for piece in pieces)
    return size + len(compressor.flush())


def repository_of(folder: str) -> str:
    """Return the root of the git repository that a folder is in, or the folder itself."""
    above = folder
    while not os.path.exists(os.path.join(above, ".git")):  # noqa: PTH110, PTH118
        above, below = os.path.dirname(above), above  # noqa: PTH120
        if above == below:
            return folder
    return above
