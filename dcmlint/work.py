"""The work on one input: from the cache or by checking it, judged by the policy, written for the reports.

It runs in worker processes if there are any; what comes back is small.
"""

# ruff: noqa: PTH109, PTH116
# Strings: this runs for every file.
from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from dcmlint.cache import HASHED_BYTES, Cache, Kept, Row
from dcmlint.errors import UnreadableError
from dcmlint.model import InstanceReport, Severity
from dcmlint.policy.judge import Judge, Verdict, Whereabouts
from dcmlint.report.protocol import Renders, Reporter
from dcmlint.report.render import Renderer
from dcmlint.report.shown import FileReport, Line
from dcmlint.rule import fixes
from dcmlint.scan import Session, Settings, lint_blob, lint_entry, unreadable
from dcmlint.source import Entry
from dcmlint.standard.dictionary import uid

__all__ = ["Outcome", "Work", "tallied"]

Counted = tuple[tuple[str, Severity, int], ...]


class Outcome(NamedTuple):
    """What came of one input.

    `counts` are findings by severity. `contents` has for each reporter the text that it made of the
    input, or the input's FileReport for one that makes its text later; one FileReport for all of them
    if they are in another process. `row` and `touch` are for the
    cache, `keys` for demands of the policy on several instances; `about` is the report without
    findings that they are told with. `facts`, `file` and `scopes` are for checks over several instances
    (b"" if nobody asked for facts). `tallied` counts findings by what statistics ask for, `fixable` those of
    rules with a safe fix and with another one, in a file that `dcmlint fix` would take.
    """

    kind: str
    named: bool
    counts: tuple[int, int, int]
    check_failed: bool
    contents: tuple[FileReport | str, ...]
    waived: int = 0
    known: int = 0
    used: tuple[int, ...] = ()
    met: tuple[str, ...] = ()
    instance: str = ""
    row: Row | None = None
    touch: int | None = None
    keys: tuple[tuple[int, bytes], ...] = ()
    about: FileReport | None = None
    where: Whereabouts = Whereabouts("")
    tallied: tuple[tuple[tuple[str, str, Severity], int], ...] = ()
    facts: bytes = b""
    file: str = ""
    scopes: int = 0
    fixable: tuple[int, int] = (0, 0)


class Work:
    """The work on one entry. Forked workers share what is loaded here; where workers are spawned only the
    settings travel, and the reports are made in the first process (`reporters` is None).

    `counts_only` says that no reporter has anything to say of an input, so that counting is enough. `cwd` is
    the folder that paths in texts are relative to, "" for none. `as_lines` says that who takes the reports
    wants JSON text; by default it is asked of the reporters.
    """

    def __init__(
        self,
        session: Session,
        judge: Judge,
        reporters: Sequence[Reporter] | None = (),
        *,
        cache: Cache | None = None,
        statistics: Sequence[str] = (),
        counts_only: bool = False,
        cwd: str | None = None,
        as_lines: bool = False,
    ) -> None:
        self.session = session
        self.judge = judge
        self.reporters = reporters
        self.cache = cache
        self.statistics = statistics
        self.counts_only = counts_only and not judge.needs_findings and not statistics
        self.cwd = os.getcwd() if cwd is None else cwd
        self._renderer = Renderer(session.rules, self.cwd)
        self._fixes = fixes(session.rules)
        self._renders = [each.render if isinstance(each, Renders) else None for each in reporters or ()]
        all_take_lines = bool(reporters) and all(
            getattr(each, "takes_lines", False) for each in reporters or ()
        )
        self._are_lines_wanted = as_lines
        self._as_lines = (as_lines or all_take_lines) and not (judge.needs_findings or statistics)

    def __reduce__(self) -> tuple[Any, ...]:
        settings, statistics = self.session.settings, tuple(self.statistics)
        return _spawned, (settings, self.judge, self.cache, statistics, self.cwd, self._are_lines_wanted)

    def __call__(self, entry: Entry) -> Outcome:
        """Return what came of the entry; never raises."""
        if self.cache is None or entry.problem or entry.scheme != "file":
            return self._checked(entry, lint_entry(entry, self.session))
        return self._through_cache(entry, self.cache)

    def lost(self, entry: Entry, reason: str) -> Outcome:
        """Return the outcome for an entry on which its worker died."""
        return self._checked(entry, unreadable(entry, reason, self.session))

    def _through_cache(self, entry: Entry, cache: Cache) -> Outcome:
        try:
            stat = os.stat(entry.path)
        except (OSError, ValueError):
            return self._checked(entry, lint_entry(entry, self.session))
        kept = cache.find(entry.path, stat)
        if kept is not None:
            return self._kept(entry, kept)
        try:
            blob = self.session.source(entry.scheme).open(entry)
        except UnreadableError as error:
            return self.lost(entry, error.reason)
        content = blob.buf if stat.st_size <= HASHED_BYTES else None
        try:
            if content is not None:
                kept = cache.find_content(entry.path, stat, content)
            if kept is not None:
                return self._kept(entry, kept)
            found = lint_blob(entry, blob, self.session)
            report = self._renderer.report(found, as_lines=self._as_lines)
            outcome = self._judged(entry, found, report)
            if found.kind != "instance" or outcome.check_failed:
                return outcome
            return outcome._replace(row=cache.row(entry.path, stat, content, _packed(found, report)))
        finally:
            blob.close()

    def _checked(self, entry: Entry, found: InstanceReport) -> Outcome:
        return self._judged(entry, found, self._renderer.report(found, as_lines=self._as_lines))

    def _judged(self, entry: Entry, found: InstanceReport, report: FileReport) -> Outcome:
        uids = (found.study_instance_uid, found.series_instance_uid, found.sop_instance_uid)
        where = Whereabouts(entry.path, found.scopes, uids)
        outcome = self._outcome(entry, self.judge.judge(report, where))
        if found.facts:
            outcome = outcome._replace(facts=found.facts, file=entry.path, scopes=found.scopes)
        if not found.keys:
            return outcome
        return outcome._replace(keys=found.keys, about=report.with_findings(()), where=where)

    def _kept(self, entry: Entry, kept: Kept) -> Outcome:
        facts, rest = _facts_and_rest(kept.result)
        head, _, rest = rest.partition(b"\n")
        about = json.loads(head)
        where = Whereabouts(entry.path, about["scopes"], tuple(about["uids"]))
        if self.counts_only and not about["keys"]:
            # Tuples, which compiled code insists on: JSON has lists.
            kept_counts = [(rule, severity, number) for rule, severity, number in about["counts"]]
            counts, fixable = self._numbers(self.judge.counted(kept_counts, where))
            return Outcome(
                "instance",
                entry.named,
                counts,
                False,
                (),
                instance=about["identity"],
                row=kept.row,
                touch=kept.touch,
                facts=facts,
                file=entry.path,
                scopes=about["scopes"],
                fixable=fixable,
            )
        lines = [Line(*line.split("\t", 2)) for line in rest.decode("ascii").split("\n")] if rest else []  # type: ignore[arg-type]
        report = FileReport(
            entry.path,
            "instance",
            about["class"],
            about["uids"][2],
            about["manufacturer"],
            about["identity"],
            lines=lines,
        )
        outcome = self._outcome(entry, self.judge.judge(report, where))
        keys = tuple((number, bytes.fromhex(key)) for number, key in about["keys"])
        if keys:
            outcome = outcome._replace(keys=keys, about=report.with_findings(()), where=where)
        return outcome._replace(
            row=kept.row, touch=kept.touch, facts=facts, file=entry.path, scopes=about["scopes"]
        )

    def _numbers(
        self, counted: Sequence[tuple[str, Severity, int]]
    ) -> tuple[tuple[int, int, int], tuple[int, int]]:
        """Return the numbers of findings by severity, and those of them that are fixable."""
        found: dict[str, int] = {"error": 0, "warning": 0, "note": 0, "safe": 0, "unsafe": 0}
        for rule, severity, number in counted:
            found[severity] += number
            if rule in self._fixes:
                found[self._fixes[rule]] += number
        return (found["error"], found["warning"], found["note"]), (found["safe"], found["unsafe"])

    def _contents(self, report: FileReport) -> tuple[FileReport | str, ...]:
        if self.reporters is None:
            return (report,)
        return tuple([report if render is None else render(report) for render in self._renders])

    def _outcome(self, entry: Entry, verdict: Verdict) -> Outcome:
        report = verdict.report
        counts = report.counts() if report.keys else {"error": 0, "warning": 0, "note": 0}
        failed = any(each.rule == "internal/check-failed" for each in report.keys)
        return Outcome(
            report.kind,
            entry.named,
            (counts["error"], counts["warning"], counts["note"]),
            failed,
            self._contents(report),
            verdict.waived,
            verdict.known,
            verdict.used,
            verdict.met,
            report.identity,
            tallied=tallied(report, self.statistics) if self.statistics else (),
            fixable=report.fixable(self._fixes) if entry.scheme == "file" and report.keys else (0, 0),
        )


def _spawned(
    settings: Settings,
    judge: Judge,
    cache: Cache | None,
    statistics: tuple[str, ...],
    cwd: str,
    as_lines: bool,
) -> Work:
    session = Session(settings)
    return Work(session, judge, None, cache=cache, statistics=statistics, cwd=cwd, as_lines=as_lines)


def _packed(found: InstanceReport, report: FileReport) -> bytes:
    """Return a result for the cache: facts with their length, a line of JSON about the input, then a line
    for each finding."""
    counted = Counter((finding.rule, finding.severity) for finding in found.findings)
    about: Mapping[str, Any] = {
        "class": found.sop_class_uid,
        "uids": [found.study_instance_uid, found.series_instance_uid, found.sop_instance_uid],
        "identity": found.identity,
        "manufacturer": found.manufacturer,
        "scopes": found.scopes,
        "keys": [(number, key.hex()) for number, key in found.keys],
        "counts": [(rule, severity, number) for (rule, severity), number in counted.items()],
    }
    lines = ["\t".join(line) for line in report.lines]
    text = "\n".join([json.dumps(about, separators=(",", ":")), *lines]).encode("ascii")
    return len(found.facts).to_bytes(4, "big") + found.facts + text


def _facts_and_rest(result: bytes) -> tuple[bytes, bytes]:
    """Return the parts of a result that `_packed` made."""
    end = 4 + int.from_bytes(result[:4], "big")
    return result[4:end], result[end:]


def tallied(
    report: FileReport, statistics: Sequence[str]
) -> tuple[tuple[tuple[str, str, Severity], int], ...]:
    """Return how many findings have what in common: ((statistic, name, severity), number)."""
    found: Counter[tuple[str, str, Severity]] = Counter()
    registered = uid(report.sop_class_uid)
    class_name = registered.name if registered is not None else report.sop_class_uid
    for shown in report.active():
        for name in statistics:
            of = {
                "rule": shown.rule,
                "module": shown.module,
                "manufacturer": report.manufacturer,
                "sop-class": class_name,
            }[name]
            found[name, of, shown.severity] += 1
    return tuple(found.items())
