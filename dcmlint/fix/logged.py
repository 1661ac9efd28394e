"""The audit log of `dcmlint fix --log`: a record for each Attribute that differs, and one for each file."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from dcmlint.audit.changes import unrecorded
from dcmlint.audit.key import wanted_key
from dcmlint.audit.log import AuditLog
from dcmlint.audit.record import About, Done, EditRecord, FileRecord, Status
from dcmlint.audit.values import attribute_path, item_at, parsed_path, value_of
from dcmlint.fix.pending import Pending, PendingNote
from dcmlint.model import Finding, InstanceReport
from dcmlint.read.item import Instance
from dcmlint.read.opener import read_instance

__all__ = ["FixLog", "Logged", "file_records", "fix_log", "noting"]

Wanted = Callable[[Any, InstanceReport], Sequence[Finding]]

_NO_ELEMENT = "@0-0"
"""Path of the record of a rule that changed an encoding, or bytes that are of no Data Element."""

_ORIGINAL_ATTRIBUTES = "(0400,0561)"


class Logged(NamedTuple):
    """One file as it was mended: its bytes, those of the result, the SHA-256 of what was written, the rules
    by the path of the Attribute that they were reported at, and how often each was applied. `problem` says
    why it was left as it is, "" if it was not, `held_back` what kept rules from mending this file."""

    before: Any
    after: Any
    written: str
    reported: Mapping[str, str]
    applied: Mapping[str, int]
    problem: str = ""
    held_back: tuple[str, ...] = ()


class FixLog:
    """The log of one run; without one nothing is kept.

    `note` says what a run that changes files in place is about to do.
    """

    def __init__(self, log: AuditLog | None, note: PendingNote | None = None) -> None:
        self._log, self._note = log, note
        self._pending = None if note is None else note.read()

    @property
    def is_kept(self) -> bool:
        """Whether there is a log."""
        return self._log is not None

    @property
    def begun(self) -> datetime | None:
        """When this run was begun or continued, as its log says; None without a log."""
        return None if self._log is None else datetime.fromisoformat(self._log.begun)

    def done(self, name: str) -> Done | None:
        """Return what the log says of a file by its path, None if nothing."""
        return None if self._log is None else self._log.done(name)

    def pending(self, name: str) -> Pending | None:
        """Return what an earlier writer of this log was about to do to a file, None if nothing."""
        pending = self._pending
        if self._log is None or pending is None or pending.file != self._log.hash_of(name):
            return None
        return pending

    def about_to(self, name: str, file: Logged) -> None:
        """Note what a file is going to be, before it is; `written` has the SHA-256 of that."""
        if self._log is not None and self._note is not None:
            before = hashlib.sha256(file.before).hexdigest()
            named = self._log.hash_of(name)
            told = (file.reported, file.applied, file.held_back)
            self._note.write(Pending(named, before, file.written, *told))

    def mended(self, name: str, file: Logged, *, result: str = "") -> None:
        """Append the records of a file whose result is written: `name` is its path in both folders, unless
        there is another one of the `result`."""
        if self._log is not None:
            record, edits = file_records(name, file)
            self._log.record(record._replace(result=result), edits)

    def unreadable(self, name: str, problem: str) -> None:
        """Append the record of a file that could not be read."""
        if self._log is not None:
            self._log.record(FileRecord(name, "", "", "", "failed", problem))


def file_records(name: str, file: Logged) -> tuple[FileRecord, list[EditRecord]]:
    """Return the record of a file, and those of what was changed in it."""
    instance, result = read_instance(file.before), read_instance(file.after)
    edits = list(_records(instance, result, file)) if file.applied else []
    status: Status = "refused" if file.problem else "done" if edits else "unchanged"
    before = hashlib.sha256(file.before).hexdigest()
    record = FileRecord(name, instance.sop_instance_uid, before, file.written, status, file.problem)
    uid = result.sop_instance_uid
    return record._replace(new_sop_instance_uid=uid, exceptions=file.held_back), edits


@contextmanager
def fix_log(path: str, key_file: str, about: About, *, in_place: bool = False) -> Iterator[FixLog]:
    """Give the log at `path`, "" for none, and close it at the end unless something is raised.

    One of a run `in_place` has a note beside it until then.
    """
    if not path:
        yield FixLog(None)
        return
    is_new = not Path(path).exists()
    with AuditLog.open(path, about, wanted_key(key_file)) as log:
        note = PendingNote(path) if in_place else None
        if note is not None and is_new:
            note.remove()
        yield FixLog(log, note)
    if note is not None:
        note.remove()


def noting(wanted: Wanted, reported: dict[str, str]) -> Wanted:
    """Return `wanted`, which puts the rules of its findings into `reported` as well, by path."""

    def noted(buf: Any, report: InstanceReport) -> Sequence[Finding]:
        findings = wanted(buf, report)
        reported.update(_paths(findings))
        return findings

    return noted


def _paths(findings: Iterable[Finding]) -> dict[str, str]:
    """Return the rules of findings by the path of the Attribute, or of the Sequence of the Item, that each is
    at."""
    found = {}
    for each in findings:
        if each.tag is not None:
            found[attribute_path(each.location, each.tag)] = each.rule
        elif each.location:
            found[attribute_path(each.location[:-2], each.location[-2])] = each.rule
    return found


def _records(before: Instance, after: Instance, file: Logged) -> Iterator[EditRecord]:
    """Yield a record for each Attribute that differs, and for each rule that none of them is of."""
    reported = {path: rule for path, rule in file.reported.items() if rule in file.applied}
    told: set[str] = set()
    for path in unrecorded(before, after, ()):
        rules = _rules(path, reported)
        told |= set(rules)
        clause = ", ".join(rules or sorted(file.applied))
        if path.startswith(_ORIGINAL_ATTRIBUTES):
            clause = "PS3.3 C.12.1.1.9"
        place = parsed_path(path)
        if place is None:
            continue
        old, new = (value_of(item_at(instance, *place), place[1]) for instance in (before, after))
        tag = path[-11:]
        yield EditRecord(path, tag, "remove" if new is None else "set", clause, old, new)
    for rule in sorted(file.applied.keys() - told):
        yield EditRecord(_NO_ELEMENT, "", "rewrite", rule, b"", b"")


def _rules(path: str, reported: Mapping[str, str]) -> list[str]:
    """Return the rules that were reported at an Attribute, at what holds it, or inside of it."""
    return sorted(
        {
            rule
            for place, rule in reported.items()
            if place == path or path.startswith(f"{place}[") or place.startswith(f"{path}[")
        }
    )
