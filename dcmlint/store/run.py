"""The row of a run: begun, ended, and what is said of the one before."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlalchemy import func, insert, select, update

from dcmlint.store.open import Store
from dcmlint.store.schema import findings, runs

__all__ = ["Begun", "Totals", "begin_run", "end_run", "new_since", "now", "totals"]


class Begun(NamedTuple):
    """A run that has begun.

    `fresh_from` is the first run since which nothing that findings depend on has changed: what was checked
    before it is checked again. `complete` is the last run that was, 0 if there is none. `resumes` is whether
    the run before this one did not end by itself.
    """

    id: int
    started: str
    fresh_from: int
    complete: int
    resumes: bool


class Totals(NamedTuple):
    """The findings that are open."""

    errors: int = 0
    warnings: int = 0
    notes: int = 0


def now() -> str:
    """Return the time, ISO 8601 in UTC, in seconds."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def begin_run(store: Store, version: str, edition: str, policy: str, roots: Sequence[str]) -> Begun:
    """Enter a run and return it; runs that never ended are marked as failed. Call it with the lock held."""
    started = now()
    with store.writing() as connection:
        killed = connection.execute(update(runs).where(runs.c.state == "running").values(state="failed"))
        last = connection.scalar(select(func.max(runs.c.id))) or 0
        complete = connection.scalar(select(func.max(runs.c.id)).where(runs.c.state == "complete")) or 0
        other = (runs.c.version != version) | (runs.c.edition != edition) | (runs.c.policy != policy)
        differing = connection.scalar(select(func.max(runs.c.id)).where(other)) or 0
        row: dict[str, Any] = {
            "id": last + 1,
            "started": started,
            "state": "running",
            "version": version,
            "edition": edition,
            "policy": policy,
            "roots": json.dumps(list(roots)),
        }
        connection.execute(insert(runs), [row])
    return Begun(last + 1, started, differing + 1, complete, killed.rowcount > 0)


def end_run(store: Store, run: int, state: str, counts: dict[str, int]) -> Totals:
    """Mark a run as ended, and return what is open now."""
    with store.reading() as connection:
        found = totals(store)
        values = {"state": state, "finished": now(), **counts, **found._asdict()}
    with store.writing() as connection:
        connection.execute(update(runs).where(runs.c.id == run).values(**values))
    return found


def totals(store: Store) -> Totals:
    """Return the numbers of open findings."""
    chosen = (
        select(findings.c.severity, func.count())
        .where(findings.c.resolved_run.is_(None))
        .group_by(findings.c.severity)
    )
    with store.reading() as connection:
        found: dict[str, int] = {row[0]: row[1] for row in connection.execute(chosen)}
    return Totals(found.get("error", 0), found.get("warning", 0), found.get("note", 0))


def new_since(store: Store, run: int, severities: Sequence[str]) -> int:
    """Return the number of open findings of these severities that came up after a run."""
    chosen = (
        select(func.count())
        .select_from(findings)
        .where(
            findings.c.first_run > run,
            findings.c.resolved_run.is_(None),
            findings.c.severity.in_(severities),
        )
    )
    with store.reading() as connection:
        return connection.scalar(chosen) or 0
