"""What a run finds across its inputs: the checks over several instances, after all inputs were seen.

Facts are gathered from the outcomes as they come. The findings come in the order of the inputs, and are
told with the file that they are about.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from dcmlint.cache import Cache
from dcmlint.execute.sweep import sweep
from dcmlint.facts import Facts
from dcmlint.gather import Gathered, Gathering, groups_of
from dcmlint.group import check_group, group_rules
from dcmlint.model import Finding, InstanceReport
from dcmlint.policy.judge import Whereabouts
from dcmlint.report.render import Renderer, shown_file
from dcmlint.report.shown import FileReport, Line
from dcmlint.scan import Session
from dcmlint.work import Outcome

if TYPE_CHECKING:
    from dcmlint.rule import GroupScope

__all__ = ["Across"]

_ORDER: tuple[GroupScope, ...] = (
    *("instance", "series", "study", "frame-of-reference", "patient", "person", "directory"),
)
_MANUFACTURER = 0x00080070

_MARK = "<file "
_FILE = re.compile(r"<file (\d+)>")
"""Another input by its number, in the text of a finding."""

Judged = Callable[[FileReport, Whereabouts], FileReport]
"""Returns a report as the policy sees it, and takes note of what was met."""

Kept = list[tuple[int, list[Line]]]
"""Number of an input, and its findings."""


class Across:
    """The checks over several instances of one run. `is_whole` is that of `Groups`."""

    def __init__(self, session: Session, judged: Judged, *, is_whole: bool) -> None:
        self._rules = group_rules(session.rules)
        self._renderer = Renderer(session.rules, os.getcwd())  # noqa: PTH109
        self._word = judged
        self._is_whole = is_whole
        self._gathering = Gathering()

    def add(self, outcome: Outcome) -> None:
        """Take note of one outcome."""
        if outcome.facts:
            self._gathering.add(Gathered(outcome.file, outcome.facts, outcome.instance, outcome.scopes))

    def reports(self, cache: Cache | None) -> Iterator[FileReport]:
        """Yield what is wrong with inputs in the light of the others, as the policy sees it.

        If the same inputs came to the same facts in a run before, what the cache has of it is told.
        """
        if not self._gathering.count:
            return
        found = self._found() if cache is None else self._through_cache(cache)
        by_number = dict(found)
        bodies = (line.body for _, lines in found for line in lines if _MARK in line.body)
        named = {int(number) for body in bodies for number in _FILE.findall(body)}
        names = {
            number: self._shown(gathered.file)
            for number, gathered in enumerate(self._gathering if named else ())
            if number in named
        }
        for number, gathered in enumerate(self._gathering if by_number else ()):
            if number in by_number:
                yield self._judged(gathered, by_number[number], names)

    def _through_cache(self, cache: Cache) -> Kept:
        digest = self._gathering.digest() + bytes((self._is_whole,))
        kept = cache.find_group(digest)
        found: Kept = self._found() if kept is None else _kept(json.loads(kept))
        if kept is None:
            cache.keep(cache.group_row(digest, json.dumps(found, separators=(",", ":")).encode()))
        return found

    def _shown(self, file: str) -> str:
        return json.dumps(shown_file(file, self._renderer.cwd))[1:-1]

    def _found(self) -> Kept:
        groups = groups_of(self._gathering, is_whole=self._is_whole)
        scopes = [scope for scope in _ORDER if any(scope in rule.over for rule in self._rules.values())]
        by_number: dict[int, list[Finding]] = {}
        for scope, members in groups.of(scopes):
            found = check_group(scope, members, self._rules, groups)
            numbers = {member.file: member.number for member in members} if found else {}
            for number, finding in found:
                by_number.setdefault(number, []).append(_without_path(finding, numbers))
            sweep()
        return [
            (number, list(self._lines(gathered, by_number.pop(number))))
            for number, gathered in enumerate(self._gathering if by_number else ())
            if number in by_number
        ]

    def _lines(self, gathered: Gathered, findings: Sequence[Finding]) -> Sequence[Line]:
        report = InstanceReport(gathered.file, "instance", "", "", gathered.identity, tuple(findings))
        return self._renderer.lines(report)

    def _judged(self, gathered: Gathered, lines: Sequence[Line], names: Mapping[int, str]) -> FileReport:
        facts = Facts(gathered.facts)
        report = FileReport(
            gathered.file,
            "instance",
            facts.sop_class_uid,
            facts.sop_instance_uid,
            facts.value(_MANUFACTURER),
            gathered.identity,
            lines=[_with_paths(line, names) for line in lines],
        )
        uids = (facts.study_uid, facts.series_uid, facts.sop_instance_uid)
        return self._word(report, Whereabouts(gathered.file, gathered.scopes, uids))


def _kept(found: Any) -> Kept:
    return [(number, [Line(*line) for line in lines]) for number, lines in found]


def _with_paths(line: Line, names: Mapping[int, str]) -> Line:
    """Return a line that names files instead of their numbers."""
    if _MARK not in line.body:
        return line
    return line._replace(body=_FILE.sub(lambda found: names[int(found[1])], line.body))


def _without_path(finding: Finding, numbers: Mapping[str, int]) -> Finding:
    """Return a finding that names another file by its number: no path goes into the cache."""
    other = str(finding.args.get("other", ""))
    if other not in numbers:
        return finding
    return finding._replace(args={**finding.args, "other": f"<file {numbers[other]}>"})
