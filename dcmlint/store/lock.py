"""One scan at a time in a store, by a lock that its holder's death gives back.

For SQLite it is a record lock (fcntl) on a file beside the database: worker processes do not inherit it,
and the system drops it when the scan ends, however it ends. For PostgreSQL it is an advisory lock of a
connection that is kept for the length of the scan.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from dcmlint.errors import UsageError
from dcmlint.store.failure import told_as_usage
from dcmlint.store.open import Store

__all__ = ["scan_lock"]

_KEY = 0x64636D6C696E74  # "dcmlint"


@contextmanager
def scan_lock(store: Store) -> Iterator[None]:
    """Hold the store's lock; raises UsageError if another scan holds it."""
    with _file_lock(store.file + ".lock") if store.is_sqlite else _advisory_lock(store):
        yield


@contextmanager
def _file_lock(path: str) -> Iterator[None]:
    import fcntl

    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise UsageError(f"The lock file {path} cannot be opened: {error.strerror}.") from error
    try:
        try:
            fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise _taken() from error
        yield
    finally:
        os.close(descriptor)


@contextmanager
def _advisory_lock(store: Store) -> Iterator[None]:
    with told_as_usage(store.place):
        connection = store.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
    try:
        with told_as_usage(store.place):
            got = connection.execute(text("SELECT pg_try_advisory_lock(:key)"), {"key": _KEY}).scalar()
        if not got:
            raise _taken()
        try:
            yield
        finally:
            with suppress(SQLAlchemyError):  # a connection that is lost has lost the lock too
                connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": _KEY})
    finally:
        connection.invalidate()
        connection.close()


def _taken() -> UsageError:
    return UsageError("Another scan is writing to this store.", "Wait until it has ended.")
