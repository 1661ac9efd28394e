"""A store of scans opened to be read: nothing in it changes, and it stands still while it is read."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from dcmlint.errors import UsageError
from dcmlint.extra import import_extra
from dcmlint.store.query import History

if TYPE_CHECKING:
    from sqlalchemy import Engine

__all__ = ["reading"]

VERSION = 1
"""The newest version of the tables that is understood."""

_TABLES = frozenset(("runs", "folders", "instances", "members", "findings", "meta"))
_HINT = "Give what `dcmlint scan --store` was given: a path, or postgresql+psycopg://host/database"


@contextlib.contextmanager
def reading(url: str) -> Iterator[History]:
    """Give the scans in a store as they are now, whatever a scan writes meanwhile.

    `url` is a path, `sqlite:///path` or `postgresql+psycopg://...`. Raises UsageError if there is no store,
    or if it cannot be read; its text has no part of the URL but a path, since a URL may hold a password.
    """
    sqlalchemy = import_extra("sqlalchemy", extra="archive", wanted_by="Reading a store of scans")
    path = _path(url)
    name = path or "the database"
    if path and not os.path.isfile(path):  # noqa: PTH113
        raise UsageError(f"There is no store at {path}", "Make one with: dcmlint scan ROOT --store URL")
    try:
        engine = _sqlite(path) if path else _server(url)
        with engine.connect() as connection:
            if path:
                connection.exec_driver_sql("BEGIN")
            if not _TABLES.issubset(sqlalchemy.inspect(connection).get_table_names()):
                raise UsageError(f"{name} is not a store of dcmlint scan", _HINT)
            history = History(connection)
            if history.version() > VERSION:
                raise UsageError(f"{name} was written by a newer dcmlint", "python -m pip install -U dcmlint")
            yield history
    except sqlalchemy.exc.ArgumentError as error:
        raise UsageError("--store is no URL of a database", _HINT) from error
    except ModuleNotFoundError as error:
        hint = "python -m pip install 'dcmlint[archive]'"
        raise UsageError(f"The driver {error.name} of this store is not installed.", hint) from error
    except sqlalchemy.exc.DBAPIError as error:
        kind = type(error.orig).__name__
        raise UsageError(f"{name} cannot be read ({kind}): no database, damaged, or in use", _HINT) from error
    finally:
        with contextlib.suppress(UnboundLocalError):
            engine.dispose()


def _path(url: str) -> str:
    """Return the file of a SQLite store, "" if the store is on a server."""
    if not url:
        raise UsageError("There is no store", "Name one: --store archive.db, or --store postgresql://...")
    found = re.fullmatch(r"sqlite(\+\w+)?:///(.+)", url)
    if found:
        return found[2]
    return "" if re.match(r"\w[\w+]+://", url) else url


def _sqlite(path: str) -> Engine:
    import sqlite3

    from sqlalchemy import create_engine
    from sqlalchemy.pool import NullPool

    uri = f"file:{quote(os.path.abspath(path))}?mode=ro"  # noqa: PTH100

    def connect() -> Any:
        connection = sqlite3.connect(uri, uri=True, isolation_level=None, timeout=30)
        connection.execute("PRAGMA temp_store = FILE")
        connection.execute("PRAGMA cache_size = -32768")  # KiB
        return connection

    return create_engine("sqlite://", creator=connect, poolclass=NullPool)


def _server(url: str) -> Engine:
    from sqlalchemy import create_engine
    from sqlalchemy.pool import NullPool

    url = re.sub(r"^postgres(ql)?://", "postgresql+psycopg://", url)
    options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    return create_engine(url, poolclass=NullPool, execution_options=options)
