"""What a scan writes while it walks: batches, each in one transaction.

A transaction holds all that a batch of objects means: their rows, the folders they are in, findings that
are new or gone, groups that must be checked again, and the counts of the run. So whatever moment the
process ends at, the store is as it was after one of the batches, and the next scan goes on from there.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import (
    Connection,
    Table,
    bindparam,
    delete,
    select,
    update,
)

from dcmlint.store.before import Key, groups_of, next_id, open_findings, referring, shared
from dcmlint.store.open import Store
from dcmlint.store.rows import ARCHIVE, REFERS, Checked, Known, Place
from dcmlint.store.schema import dirty, findings, folders, instances, members, runs

__all__ = ["Counts", "Writer", "insert_rows", "write_findings"]

BATCH = 512
"""Objects in a batch at most: a transaction and its questions cost little for each of them then."""

_BATCH_S = 2.0
"""Seconds after which a batch is written though it is small."""

_REMEMBERED = 100_000
"""Groups that are known to be marked as dirty at most."""


class Counts(NamedTuple):
    """What a scan has done so far."""

    visited: int = 0
    changed: int = 0
    removed: int = 0
    new_findings: int = 0
    resolved_findings: int = 0


class _Result(NamedTuple):
    place: Place
    known: Known | None
    checked: Checked
    id: int


class _Rows:
    """The rows of one batch by what is to be done with them."""

    def __init__(self) -> None:
        self.added: list[dict[str, Any]] = []
        self.updated: list[dict[str, Any]] = []
        self.members: list[tuple[str, str, int]] = []
        self.left: list[dict[str, Any]] = []
        self.findings: list[dict[str, Any]] = []
        self.again: list[dict[str, Any]] = []
        self.resolved: list[int] = []
        self.dirty: dict[Key, None] = {}


class Writer:
    """Gathers results, and writes them in batches. One for each scan, in its first process."""

    def __init__(self, store: Store, run: int) -> None:
        self.counts = Counts()
        self.run = run
        self._store = store
        self._begun: list[tuple[int, Place, bool]] = []
        self._folders: list[dict[str, Any]] = []
        self._results: list[_Result] = []
        self._gone: list[int] = []
        self._marked: set[Key] = set()
        self._asked: set[str] = set()
        self._written = time.monotonic()
        with store.reading() as connection:
            self._next_folder = next_id(connection, folders.c.id)
            self._next_instance = next_id(connection, instances.c.id)
            self._next_finding = next_id(connection, findings.c.id)
            chosen = select(members.c.key).where(members.c.scope == "directory")
            self._directories = set(connection.scalars(chosen))

    def folder(self, path: str) -> int:
        """Return the id of a folder that the store does not have yet."""
        number = self._next_folder
        self._next_folder += 1
        self._folders.append({"id": number, "path": path})
        return number

    def visit(self, number: int) -> None:
        """Count objects that were met."""
        self.counts = self.counts._replace(visited=self.counts.visited + number)

    def add(self, place: Place, known: Known | None, checked: Checked) -> None:
        """Take what came of one object."""
        number = known.id if known is not None else self._next_instance
        self._next_instance += known is None
        self._results.append(_Result(place, known, checked, number))
        if len(self._results) >= BATCH or time.monotonic() - self._written > _BATCH_S:
            self.flush()

    def begin(self, place: Place, known: Known | None) -> Known:
        """Take an archive of which the members follow, and return what is known of it now.

        It is written with the first of them, as one that is to be read again; `add` it after the last.
        """
        number = known.id if known is not None else self._next_instance
        self._next_instance += known is None
        self._begun.append((number, place, known is not None))
        return Known(number, place.size, 0, place.inode, place.etag, ARCHIVE, "", 0, True)

    def gone(self, numbers: Iterable[int]) -> None:
        """Take the ids of objects that are not there any more."""
        self._gone += numbers
        if len(self._gone) >= BATCH:
            self.flush()

    def flush(self) -> None:
        """Write what waits, in one transaction."""
        results, gone, new_folders = self._results, self._gone, self._folders
        if not (results or gone):
            self._written = time.monotonic()
            return
        rows = _Rows()
        with self._store.writing() as connection:
            insert_rows(connection, folders, new_folders)
            self._write_begun(connection)
            self._take(connection, results, rows)
            if gone:
                self._take_leave(connection, gone, rows)
            self._write(connection, rows)
            counts = self.counts._replace(
                changed=self.counts.changed + len(results),
                removed=self.counts.removed + len(gone),
                new_findings=self.counts.new_findings + len(rows.findings),
                resolved_findings=self.counts.resolved_findings + len(rows.resolved),
            )
            connection.execute(update(runs).where(runs.c.id == self.run).values(**counts._asdict()))
        self.counts = counts
        self._results, self._gone, self._folders, self._begun = [], [], [], []
        self._written = time.monotonic()

    def _write_begun(self, connection: Connection) -> None:
        new: list[dict[str, Any]] = []
        for number, place, is_known in self._begun:
            if is_known:
                values = {"kind": ARCHIVE, "mtime_ns": 0, "removed_run": None}
                connection.execute(update(instances).where(instances.c.id == number).values(**values))
            else:
                row = self._values(place._replace(mtime_ns=0), Checked(ARCHIVE))
                new.append(self._new(number, place, row))
        insert_rows(connection, instances, new)

    def _take(self, connection: Connection, results: Sequence[_Result], rows: _Rows) -> None:
        """Sort out what results mean for the store."""
        ids = [each.id for each in results if each.known is not None]
        found_before = open_findings(connection, ids)
        groups_before = groups_of(connection, ids)
        for result in results:
            before = found_before.get(result.id, {})
            kept = _is_kept(result)
            self._row(result, rows, kept=kept)
            self._findings(result, before, rows, kept=kept)
            if not kept:
                self._groups(result, groups_before.get(result.id, set()), rows)

    def _row(self, result: _Result, rows: _Rows, *, kept: bool) -> None:
        if result.known is None:
            rows.added.append(self._new(result.id, result.place, self._values(result.place, result.checked)))
        elif kept:
            state = _state(result.place, result.checked)
            rows.updated.append({"b_id": result.id, "checked_run": self.run, **state})
        else:
            rows.updated.append({"b_id": result.id, **self._values(result.place, result.checked)})

    def _new(self, number: int, place: Place, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return the row of an object that is met for the first time."""
        where = {"id": number, "folder_id": place.folder_id, "name": place.name}
        return {"first_run": self.run, **values, **where}

    def _values(self, place: Place, checked: Checked) -> dict[str, Any]:
        """Return all that is known of an object after it was read."""
        about = checked.about
        return {
            **_state(place, checked),
            "kind": checked.kind,
            "identity": checked.identity,
            "sop_class_uid": checked.sop_class_uid,
            "sop_instance_uid": checked.sop_instance_uid,
            "series_uid": about.series_uid,
            "study_uid": about.study_uid,
            "frame_of_reference_uid": about.frame_of_reference_uid,
            "patient": about.patient,
            "modality": about.modality,
            "manufacturer": about.manufacturer,
            "model": about.model,
            "station": about.station,
            "study_month": about.month,
            "content": about.content,
            "facts": checked.facts,
            "changed_run": self.run,
            "checked_run": self.run,
            "removed_run": None,
        }

    def _findings(self, result: _Result, before: dict[str, int], rows: _Rows, *, kept: bool) -> None:
        met: set[str] = set()
        for line in result.checked.lines:
            fingerprint = line.fingerprint
            if fingerprint in met:
                continue
            met.add(fingerprint)
            number = before.get(fingerprint)
            said = {"severity": line.severity, "body": line.body, "last_run": self.run}
            if number is not None:
                rows.again.append({"b_id": number, **said})
                continue
            rows.findings.append(
                {
                    "id": self._next_finding,
                    "instance_id": result.id,
                    "rule": line.rule,
                    "fingerprint": fingerprint,
                    "first_run": self.run,
                    **said,
                }
            )
            self._next_finding += 1
        if not kept:
            rows.resolved += [number for each, number in before.items() if each not in met]

    def _groups(self, result: _Result, before: set[Key], rows: _Rows) -> None:
        now = result.checked.keys
        for group in now:
            if group[0] == "directory":
                self._directories.add(group[1])
            if group[0] != "instance" and group not in before:
                rows.members.append((*group, result.id))
            rows.dirty[group] = None
        for group in before.difference(now) if before else ():
            if group[0] != "instance":
                rows.left.append({"b_scope": group[0], "b_key": group[1], "b_id": result.id})
            rows.dirty[group] = None
        if self._directories:
            above = self._directories_above(result.place.folder + result.place.name)
            rows.dirty.update(dict.fromkeys(above))

    def _directories_above(self, path: str) -> list[Key]:
        """Return the groups of the DICOMDIRs that may list what is at a path."""
        if not self._directories:
            return []
        parts = path.split("/")
        above = ("/".join(parts[:number]) + "/" for number in range(1, len(parts)))
        return [("directory", each) for each in above if each in self._directories]

    def _take_leave(self, connection: Connection, gone: Sequence[int], rows: _Rows) -> None:
        for found in open_findings(connection, gone).values():
            rows.resolved += found.values()
        for groups in groups_of(connection, gone).values():
            rows.dirty.update(dict.fromkeys(groups))
        if self._directories:
            places = select(folders.c.path, instances.c.name).where(
                folders.c.id == instances.c.folder_id, instances.c.id.in_(gone)
            )
            for folder, name in connection.execute(places):
                rows.dirty.update(dict.fromkeys(self._directories_above(folder + name)))
        connection.execute(delete(members).where(members.c.instance_id.in_(gone)))
        connection.execute(update(instances).where(instances.c.id.in_(gone)).values(removed_run=self.run))

    def _write(self, connection: Connection, rows: _Rows) -> None:
        insert_rows(connection, instances, rows.added)
        for batch in _alike(rows.updated):
            values: dict[str, Any] = {name: bindparam(name) for name in batch[0] if name != "b_id"}
            connection.execute(
                update(instances).where(instances.c.id == bindparam("b_id")).values(values), batch
            )
        if rows.left:
            left = (
                members.c.scope == bindparam("b_scope"),
                members.c.key == bindparam("b_key"),
                members.c.instance_id == bindparam("b_id"),
            )
            connection.execute(delete(members).where(*left), rows.left)
        insert_values(connection, members, ("scope", "key", "instance_id"), rows.members)
        write_findings(connection, self.run, rows.findings, rows.again, rows.resolved)
        self._mark(connection, list(rows.dirty))

    def _mark(self, connection: Connection, keys: Sequence[Key]) -> None:
        """Mark groups as dirty; those of one SOP Instance UID only if several objects have it, or had."""
        new = [each for each in keys if each not in self._marked and each[0] != REFERS]
        new += self._referring(connection, keys)
        uids = [key for scope, key in new if scope == "instance"]
        several = shared(connection, uids) if uids else set()
        chosen = [each for each in new if each[0] != "instance" or each[1] in several]
        marks = [{"scope": scope, "key": key} for scope, key in chosen]
        insert_rows(connection, dirty, marks, "ON CONFLICT DO NOTHING")
        if len(self._marked) + len(chosen) > _REMEMBERED:
            self._marked.clear()
        self._marked.update(chosen)

    def _referring(self, connection: Connection, keys: Sequence[Key]) -> list[Key]:
        """Return the series that refer to studies; once for each study, as what refers to it later is marked
        itself."""
        studies = [key for scope, key in keys if scope == "study" and key not in self._asked]
        if len(self._asked) + len(studies) > _REMEMBERED:
            self._asked.clear()
        self._asked.update(studies)
        return referring(connection, studies)


def write_findings(
    connection: Connection,
    run: int,
    new: Sequence[Mapping[str, Any]],
    again: Sequence[Mapping[str, Any]],
    resolved: Sequence[int],
) -> None:
    """Write findings that are new, that were found again (`b_id` is their id), and that are gone."""
    if resolved:
        statement = update(findings).where(findings.c.id == bindparam("b_id")).values(resolved_run=run)
        connection.execute(statement, [{"b_id": number} for number in resolved])
    if again:
        values: dict[str, Any] = {name: bindparam(name) for name in again[0] if name != "b_id"}
        connection.execute(update(findings).where(findings.c.id == bindparam("b_id")).values(values), again)
    insert_rows(connection, findings, new)


def insert_rows(
    connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]], rest: str = ""
) -> None:
    """Insert rows that all have the same columns, in the same order."""
    if rows:
        insert_values(connection, table, tuple(rows[0]), [tuple(row.values()) for row in rows], rest)


def insert_values(
    connection: Connection,
    table: Table,
    names: Sequence[str],
    values: list[tuple[Any, ...]],
    rest: str = "",
) -> None:
    """Insert rows of values, without what SQLAlchemy does for each value: that is a quarter of what a first
    scan costs its first process."""
    if not values:
        return
    marks = ", ".join(["?" if connection.dialect.name == "sqlite" else "%s"] * len(names))
    statement = f"INSERT INTO {table.name} ({', '.join(names)}) VALUES ({marks}) {rest}"
    connection.exec_driver_sql(statement, values)


def _state(place: Place, checked: Checked) -> dict[str, Any]:
    """Return what tells next time whether an object has changed."""
    return {
        "size": place.size,
        "mtime_ns": 0 if checked.kind == "unreadable" else place.mtime_ns,
        "inode": place.inode,
        "etag": place.etag,
    }


def _is_kept(result: _Result) -> bool:
    """Tell whether what is known of an object stays: nothing was learned of one that cannot be read now."""
    known = result.known
    return (
        result.checked.kind == "unreadable"
        and known is not None
        and known.is_there
        and known.kind != "unreadable"
    )


def _alike(rows: Sequence[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """Return the rows in lists of which all have the same columns."""
    found: dict[int, list[dict[str, Any]]] = {}
    for row in rows:
        found.setdefault(len(row), []).append(row)
    return list(found.values())
