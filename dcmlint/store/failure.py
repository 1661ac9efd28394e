"""What databases say when something fails, in words that hold no values."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from dcmlint.errors import UsageError

__all__ = ["reason_of", "told_as_usage"]

_SQLITE = {
    5: ("it is locked by another process", "Wait until that has ended."),
    6: ("it is locked by another process", "Wait until that has ended."),
    8: ("it is read-only", "Make the file and its folder writable."),
    10: ("the disk it is on fails (input/output error)", ""),
    11: ("it is corrupt", "Restore it from a copy, or begin a new one with another --store."),
    13: ("the disk it is on is full", "What was written before is kept: make room, and run the scan again."),
    14: ("the file cannot be opened", "Look at its folder and its permissions."),
    26: ("it is no SQLite database", "Name another file with --store."),
}
"""Primary result codes of SQLite."""

_POSTGRESQL = {
    "53100": ("the server's disk is full", "What was written before is kept: make room, and run again."),
    "25006": ("the server permits reading only", "Name the primary server, or have the standby promoted."),
    "42501": ("the user may not do this", "GRANT the rights on the schema to the user of the URL."),
    "28P01": ("the password is wrong", "Put it into ~/.pgpass or PGPASSWORD."),
    "28000": ("the user may not connect", "See pg_hba.conf of the server."),
    "3D000": ("the database does not exist", "Create it with createdb."),
}
"""SQLSTATEs."""


def reason_of(error: BaseException) -> tuple[str, str]:
    """Return what failed and what to do about it.

    The text of a database's error may hold values of rows, so only its code is looked at.
    """
    original: Any = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(original, sqlite3.Error):
        code = getattr(original, "sqlite_errorcode", 0) or 0
        return _SQLITE.get(code & 0xFF, (f"SQLite failed ({type(original).__name__} {code})", ""))
    state = getattr(original, "sqlstate", None)
    if state is not None:
        return _POSTGRESQL.get(state, (f"PostgreSQL failed (SQLSTATE {state})", ""))
    if type(original).__module__.startswith("psycopg"):
        return _not_connected(str(original))
    return f"the database failed ({type(original).__name__})", ""


def _not_connected(said: str) -> tuple[str, str]:
    """Return why there is no connection; what a server says when it refuses one is about names only."""
    _, fatal, reason = said.partition("FATAL:")
    if fatal:
        return f"the server refuses: {reason.strip().splitlines()[0]}", ""
    return "the server cannot be reached", "Is it running, and does the URL name its host and port?"


@contextmanager
def told_as_usage(place: str) -> Iterator[None]:
    """Turn errors of the database into UsageError; `place` is how the user calls the store."""
    try:
        yield
    except (SQLAlchemyError, sqlite3.Error) as error:
        what, hint = reason_of(error)
        raise UsageError(f"The store {place} cannot be used: {what}.", hint) from error
