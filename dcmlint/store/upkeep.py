"""Keeping a store small: what is in it, what may be forgotten, and space given back."""

# ruff: noqa: PTH110, PTH202
# Strings: the path is in a URL.
from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Connection, Table, delete, func, select, text

from dcmlint.store.lock import scan_lock
from dcmlint.store.migrate import version_of
from dcmlint.store.open import Store
from dcmlint.store.schema import dirty, findings, folders, instances, members, runs

__all__ = ["Forgotten", "Info", "forget", "info", "vacuum"]

_PAGE = 5000


class Info(NamedTuple):
    """What is in a store. `megabytes` is what it takes on disk."""

    schema: int
    megabytes: float
    runs: int
    last_run: str
    last_state: str
    folders: int
    instances: int
    removed: int
    open_findings: int
    resolved_findings: int
    dirty_groups: int


class Forgotten(NamedTuple):
    """How many rows were deleted."""

    findings: int = 0
    instances: int = 0
    runs: int = 0


def info(store: Store) -> Info:
    """Return what is in a store."""
    with store.reading() as connection:
        last = connection.execute(
            select(runs.c.started, runs.c.state).order_by(runs.c.id.desc()).limit(1)
        ).first()
        return Info(
            version_of(connection),
            round(_bytes(store, connection) / 1e6, 1),
            _count(connection, runs),
            last[0] if last else "",
            last[1] if last else "",
            _count(connection, folders),
            _count(connection, instances, instances.c.removed_run.is_(None)),
            _count(connection, instances, instances.c.removed_run.is_not(None)),
            _count(connection, findings, findings.c.resolved_run.is_(None)),
            _count(connection, findings, findings.c.resolved_run.is_not(None)),
            _count(connection, dirty),
        )


def forget(store: Store, days: int, today: datetime | None = None) -> Forgotten:
    """Delete what ended more than `days` ago: resolved findings, objects that are gone, runs.

    The last complete run, runs that what is kept refers to, and whatever is open stay. Raises UsageError if a
    scan is writing.
    """
    until = ((today or datetime.now(UTC)) - timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")
    with scan_lock(store):
        with store.reading() as connection:
            last = connection.scalar(select(func.max(runs.c.id)).where(runs.c.started < until)) or 0
        if not last:
            return Forgotten()
        gone = _delete(store, findings, findings.c.resolved_run <= last)
        still = select(findings.c.instance_id).where(findings.c.instance_id == instances.c.id).exists()
        objects = _delete(store, instances, instances.c.removed_run <= last, ~still)
        return Forgotten(gone, objects, _delete_runs(store, last))


def _delete(store: Store, table: Table, *conditions: Any) -> int:
    """Delete rows in short transactions; return their number."""
    total = 0
    while True:
        with store.writing() as connection:
            numbers = connection.scalars(select(table.c.id).where(*conditions).limit(_PAGE)).all()
            if numbers:
                if table is instances:
                    connection.execute(delete(members).where(members.c.instance_id.in_(numbers)))
                connection.execute(delete(table).where(table.c.id.in_(numbers)))
        total += len(numbers)
        if len(numbers) < _PAGE:
            return total


def _delete_runs(store: Store, last: int) -> int:
    """Delete runs up to `last` that nothing refers to."""
    with store.writing() as connection:
        complete = connection.scalar(select(func.max(runs.c.id)).where(runs.c.state == "complete")) or 0
        used: set[int] = {complete}
        for column in (
            *(
                instances.c.first_run,
                instances.c.changed_run,
                instances.c.checked_run,
                instances.c.removed_run,
            ),
            *(findings.c.first_run, findings.c.last_run, findings.c.resolved_run),
        ):
            used |= set(connection.scalars(select(column).where(column <= last).distinct()))
        old = connection.scalars(select(runs.c.id).where(runs.c.id <= last)).all()
        numbers = [number for number in old if number not in used]
        if numbers:
            connection.execute(delete(runs).where(runs.c.id.in_(numbers)))
    return len(numbers)


def vacuum(store: Store) -> tuple[float, float]:
    """Give space back; return the megabytes before and after. Raises UsageError if a scan is writing."""
    with scan_lock(store):
        with store.reading() as connection:
            before = _bytes(store, connection)
            if store.is_sqlite:
                connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
                connection.execute(text("VACUUM"))
                connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
                connection.execute(text("PRAGMA optimize"))
            else:
                connection.execute(text("VACUUM (FULL, ANALYZE)"))
        with store.reading() as connection:
            after = _bytes(store, connection)
    return before / 1e6, after / 1e6


def _bytes(store: Store, connection: Connection) -> int:
    if store.is_sqlite:
        files = (store.file, store.file + "-wal")
        return sum(os.path.getsize(file) for file in files if os.path.exists(file))
    return int(connection.scalar(text("SELECT pg_database_size(current_database())")) or 0)


def _count(connection: Connection, table: Table, *conditions: Any) -> int:
    return connection.scalar(select(func.count()).select_from(table).where(*conditions)) or 0
