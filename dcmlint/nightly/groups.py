"""Checks over several instances: the groups that have changed, one after the other.

Workers read the members of a group from the store and check them, so one group at a time is in the memory
of each; this process writes what came of it, together with the end of the group's mark. A scan that ends in
between goes on with the groups that still have one.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from functools import lru_cache
from itertools import chain
from typing import Any, NamedTuple

from sqlalchemy import Connection

from dcmlint.content import Contents
from dcmlint.execute import executor
from dcmlint.facts import Facts
from dcmlint.group import Member, check_group, group_rules
from dcmlint.model import Finding, InstanceReport
from dcmlint.nightly.stop import Stop
from dcmlint.policy.judge import Judge, Whereabouts
from dcmlint.report.render import Renderer
from dcmlint.report.shown import Line
from dcmlint.scan import Session, Settings
from dcmlint.source import Entry
from dcmlint.store.before import Key
from dcmlint.store.group import (
    Found,
    GroupWriter,
    Stored,
    dirty_groups,
    dirty_studies,
    facts_of_instance,
    has_study,
    member_ids,
    stored_members,
)
from dcmlint.store.open import Store, open_store

__all__ = ["Done", "GroupWork", "check_groups"]

_BATCH = 200
_REMEMBERED = 20_000


class Done(NamedTuple):
    """What came of some groups: how many there were, how many findings are new, and how many are gone.

    `lost` are groups on which a worker died; they keep their mark.
    """

    groups: int = 0
    new: int = 0
    resolved: int = 0
    lost: int = 0


Answer = Sequence[tuple[int, Line]] | None
"""The findings of a group, None if no rule looks at it."""


def check_groups(
    store: Store, session: Session, judge: Judge, run: int, jobs: int, stop: Stop
) -> Iterator[Done]:
    """Check all groups that are marked as dirty, and yield what came of them as it is written."""
    work = GroupWork(store.url.render_as_string(hide_password=False), session, judge)
    writer = GroupWriter(store, run)
    given: deque[tuple[Key, ...]] = deque()
    in_hand: set[Key] = set()
    batch: list[Found] = []
    with store.reading() as connection:
        entries = _entries(connection, given, in_hand, stop)
        for answers in executor(jobs).run(work, entries):
            keys = given.popleft()
            if answers is None:
                yield Done(lost=len(keys))
                continue
            for (scope, key), lines in zip(keys, answers, strict=True):
                batch.append(Found(scope, key, lines or (), is_checked=lines is not None))
            if len(batch) >= _BATCH:
                yield _written(writer, batch, in_hand)
                batch = []
    if batch:
        yield _written(writer, batch, in_hand)


def _written(writer: GroupWriter, batch: Sequence[Found], in_hand: set[Key]) -> Done:
    done = Done(len(batch), *writer.write(batch))
    in_hand.difference_update((each.scope, each.key) for each in batch)
    return done


def _entries(
    connection: Connection, given: deque[tuple[Key, ...]], in_hand: set[Key], stop: Stop
) -> Iterator[Entry]:
    """Yield the dirty groups: study by study, so that the facts of one are read once, then the others.

    `in_hand` are groups that were given out and still have their mark; groups of lost workers stay there.
    """
    studies = (groups for _, groups in dirty_studies(connection))
    others = ([group] for group in dirty_groups(connection))
    for groups in chain(studies, others):
        if stop:
            return
        keys = tuple(group for group in groups if group not in in_hand)
        if keys:
            in_hand.update(keys)
            given.append(keys)
            yield Entry("\0".join(part for key in keys for part in key), scheme="group")


class _Known:
    """Everything that is in the store, asked one instance at a time; the last answers are remembered."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._contents = Contents()
        self.find = lru_cache(_REMEMBERED)(self._find)
        self.has_study = lru_cache(_REMEMBERED)(self._has_study)

    def content(self, member: Member) -> str:
        """See `dcmlint.group.Known`."""
        return self._contents.of(member.file, member.facts.content)

    def _find(self, sop_instance_uid: str) -> tuple[str, int] | None:
        found = facts_of_instance(self._connection, sop_instance_uid) if sop_instance_uid else None
        if found is None:
            return None
        sop_class, packed = found
        with suppress(ValueError):
            return sop_class, Facts(packed).frames
        return sop_class, 1

    def _has_study(self, study_uid: str) -> bool:
        return has_study(self._connection, study_uid)


class GroupWork:
    """The work on some groups, of one study or one alone: for each its findings with the instances that they
    are of, None if no rule looks at it. None for all of them: a worker died on them."""

    def __init__(self, url: str, session: Session, judge: Judge) -> None:
        self._url = url
        self._session = session
        self._judge = judge
        self._rules = group_rules(session.rules)
        self._scopes = frozenset(scope for rule in self._rules.values() for scope in rule.over)
        self._renderer = Renderer(session.rules, "")
        self._process = 0
        self._connection: Connection | None = None
        self._known: _Known | None = None

    def __reduce__(self) -> tuple[Any, ...]:
        return _spawned, (self._url, self._session.settings, self._judge)

    def __call__(self, entry: Entry) -> list[Answer] | None:
        """Return the findings of the groups that the entry names."""
        parts = entry.path.split("\0")
        known: dict[int, Member] = {}
        return [self._answer(scope, key, known) for scope, key in zip(parts[::2], parts[1::2], strict=True)]

    def lost(self, entry: Entry, reason: str) -> list[Answer] | None:
        """Return that the groups are still to be checked."""
        return None

    def _answer(self, scope: str, key: str, read: dict[int, Member]) -> Answer:
        """Check one group; `read` are members of the groups before it, the study's to begin with."""
        if scope not in self._scopes:
            return None
        connection, known = self._connected()
        ids = member_ids(connection, scope, key)
        unread = [number for number in ids if number not in read]
        missing = {each.number: each for each in _members(stored_members(connection, unread))}
        if scope == "study":
            read.update(missing)
        members = [read.get(number) or missing.get(number) for number in ids]
        present = [each for each in members if each is not None]
        if not present:
            return ()
        present.sort(key=lambda each: (each.facts.sop_instance_uid, each.file))
        found = check_group(scope, present, self._rules, known)
        return list(self._lines(present, found)) if found else ()

    def _connected(self) -> tuple[Connection, _Known]:
        """Return the connection of this process: none survives a fork."""
        if self._connection is None or self._known is None or self._process != os.getpid():
            store = open_store(self._url, read_only=True)
            self._connection = store.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
            self._known = _Known(self._connection)
            self._process = os.getpid()
        return self._connection, self._known

    def _lines(
        self, members: Sequence[Member], found: Sequence[tuple[int, Finding]]
    ) -> Iterator[tuple[int, Line]]:
        by_number: dict[int, list[Finding]] = {}
        for number, finding in found:
            by_number.setdefault(number, []).append(finding)
        for member in members:
            findings = by_number.get(member.number)
            if findings:
                for line in self._judged(member, tuple(findings)):
                    yield member.number, line

    def _judged(self, member: Member, findings: tuple[Finding, ...]) -> Sequence[Line]:
        """Return findings about a member as text, as far as the policy lets them stand."""
        facts = member.facts
        uid = facts.sop_instance_uid
        report = self._renderer.report(
            InstanceReport(
                member.file, "instance", facts.sop_class_uid, uid, uid, tuple(map(_without_path, findings))
            )
        )
        where = Whereabouts(member.file, 0, (facts.study_uid, facts.series_uid, uid))
        verdict = self._judge.judge(report, where).report
        return verdict.with_findings(verdict.active()).lines


def _members(stored: Iterable[Stored]) -> Iterator[Member]:
    """Yield members with their facts, but those that an older version of dcmlint left and that no scan has
    come to since."""
    for each in stored:
        with suppress(ValueError):
            yield Member(each.instance, each.file, Facts(each.facts))


def _without_path(finding: Finding) -> Finding:
    """Return a finding without the path of the other file that it names: paths may hold names of patients,
    and reports of a store show them only when asked."""
    if "other" not in finding.args:
        return finding
    return finding._replace(args={**finding.args, "other": "another object"})


def _spawned(url: str, settings: Settings, judge: Judge) -> GroupWork:
    return GroupWork(url, Session(settings), judge)
