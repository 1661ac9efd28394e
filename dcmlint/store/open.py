"""Opening a store: a file (SQLite) or a database of a PostgreSQL server."""

# ruff: noqa: PTH100, PTH110, PTH112, PTH120
# Strings: the path is in a URL before and after.
from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import NullPool

from dcmlint.errors import UsageError
from dcmlint.extra import import_extra
from dcmlint.store.failure import told_as_usage
from dcmlint.store.migrate import migrate, refuse_newer, version_of
from dcmlint.store.schema import VERSION

__all__ = ["Store", "open_store"]

_PATIENCE_S = 30
_CACHE_KB = 32_768
_PAGE_BYTES = 8192
"""Three rows of instances fit on such a page: a store is a fifth smaller than with pages of half the size."""

_WAL_PAGES = 8_000
"""Pages in the write-ahead log, 64 MB, after which they go to their places: most are written again soon."""


class Store(NamedTuple):
    """An open store. `place` is what to call it in messages: without a password."""

    engine: Engine
    url: URL
    place: str

    @property
    def is_sqlite(self) -> bool:
        """Whether it is a file."""
        return self.engine.dialect.name == "sqlite"

    @property
    def file(self) -> str:
        """The path of the file, "" for a server."""
        return (self.url.database or "") if self.is_sqlite else ""

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Give a connection of which each statement sees what is committed; nothing is left open."""
        with told_as_usage(self.place), self.engine.connect() as connection:
            yield connection.execution_options(isolation_level="AUTOCOMMIT")

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """Give a connection that sees the store as it is now, for results too large for memory."""
        if self.is_sqlite:  # one statement sees one state
            with self.reading() as connection:
                yield connection
            return
        with told_as_usage(self.place), self.engine.connect() as connection:
            yield connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Give a connection in one transaction: all that is done with it is kept, or nothing."""
        with told_as_usage(self.place), self.engine.begin() as connection:
            yield connection

    def close(self) -> None:
        """Close the connections."""
        self.engine.dispose()


def open_store(url: str, *, create: bool = False, read_only: bool = False) -> Store:
    """Return the store at `url`: a path, sqlite:///path, or postgresql+psycopg://user@host/database.

    Its tables are of the newest version then: older ones are migrated, unless it is opened `read_only`.
    Raises UsageError for what is no store, cannot be read or written, or is of a newer dcmlint.
    """
    parsed = _parsed(url)
    store = Store(_engine(parsed), parsed, parsed.render_as_string(hide_password=True))
    if store.is_sqlite:
        store = store._replace(place=store.file)
        _look_at(store.file, create=create)
    try:
        with told_as_usage(store.place):
            _prepare(store, create=create, read_only=read_only)
    except BaseException:
        store.close()
        raise
    return store


def _parsed(url: str) -> URL:
    if not url:
        raise UsageError("There is no store.", "Name one: --store archive.db, or --store postgresql://...")
    if "://" not in url:
        return URL.create("sqlite", database=os.path.abspath(url))
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise UsageError("--store is no URL.", "Such as postgresql+psycopg://user@host/database") from error
    if parsed.drivername in ("postgresql", "postgres", "postgresql+psycopg"):
        import_extra("psycopg", extra="archive", wanted_by="A store on PostgreSQL")
        return parsed.set(drivername="postgresql+psycopg")
    if parsed.drivername in ("sqlite", "sqlite+pysqlite") and parsed.database not in (None, "", ":memory:"):
        return URL.create("sqlite", database=os.path.abspath(str(parsed.database)))
    raise UsageError(
        f"A store is an SQLite file or a database of PostgreSQL, not {parsed.drivername}.",
        "Such as archive.db or postgresql+psycopg://user@host/database",
    )


def _engine(url: URL) -> Engine:
    if url.drivername != "sqlite":
        return create_engine(url, hide_parameters=True, pool_pre_ping=False)
    engine = create_engine(
        url,
        hide_parameters=True,
        poolclass=NullPool,
        connect_args={"timeout": _PATIENCE_S, "check_same_thread": False},
    )
    event.listen(engine, "connect", _connected)
    event.listen(engine, "begin", _begun)
    return engine


def _connected(connection: Any, record: Any) -> None:
    """Set up a connection to SQLite. WAL was set when the file was made and stays with it."""
    connection.isolation_level = None  # transactions begin where SQLAlchemy says so
    for pragma in (
        "foreign_keys = ON",
        f"busy_timeout = {_PATIENCE_S * 1000}",
        "synchronous = NORMAL",
        f"wal_autocheckpoint = {_WAL_PAGES}",
        f"cache_size = -{_CACHE_KB}",
        "temp_store = MEMORY",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begun(connection: Connection) -> None:
    if connection.get_execution_options().get("isolation_level") != "AUTOCOMMIT":
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def _look_at(file: str, *, create: bool) -> None:
    """Raise UsageError where SQLite would say less; make the file of a new store, for its owner alone."""
    folder = os.path.dirname(file)
    if not os.path.isdir(folder):
        raise UsageError(f"The folder of the store {file} does not exist.", "Create it first.")
    if os.path.isdir(file):
        raise UsageError(f"The store {file} is a folder.", "Name a file.")
    if os.path.exists(file):
        if not os.access(file, os.R_OK):
            raise UsageError(f"The store {file} cannot be read: permission denied.")
        return
    if not create:
        raise UsageError(f"There is no store {file}.", "`dcmlint scan ROOT --store FILE` makes one.")
    try:
        os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    except FileExistsError:
        return
    except OSError as error:
        raise UsageError(f"The store {file} cannot be made: {error.strerror}.") from error


def _prepare(store: Store, *, create: bool, read_only: bool) -> None:
    with store.engine.connect() as connection:
        auto = connection.execution_options(isolation_level="AUTOCOMMIT")
        version = version_of(auto)
        refuse_newer(version)
        if version == VERSION or (read_only and version):
            return
        if store.is_sqlite and not version and create:
            auto.exec_driver_sql(f"PRAGMA page_size = {_PAGE_BYTES}")
            auto.exec_driver_sql("PRAGMA auto_vacuum = INCREMENTAL")
            auto.exec_driver_sql("PRAGMA journal_mode = WAL")
    if not version and not create:
        raise UsageError(f"The store {store.place} is empty.", "`dcmlint scan ROOT --store URL` fills it.")
    with store.engine.begin() as connection:
        migrate(connection)
