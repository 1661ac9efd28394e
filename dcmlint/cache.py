"""Results of earlier runs: what a file came to when it was as it is now, under the same rules.

A row is found by path and stat (size, times, inode); where that fails, by a hash of the content, for
files small enough that hashing costs less than checking. What is kept are findings as reports show
them, before severities, waivers and baseline of a policy: values that may be PHI are in none of
them, and paths are only there as hashes. One process of a run writes; several runs may share a cache.
"""

# ruff: noqa: PTH103, PTH108, PTH109, PTH110, PTH111, PTH116, PTH118, PTH202
# Strings: this runs for every file.
from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from xxhash import xxh3_128_digest

from dcmlint.errors import UsageError

if TYPE_CHECKING:
    import sqlite3

__all__ = ["FEW", "HASHED_BYTES", "Cache", "CacheSettings", "Kept", "Row", "cache_file", "remove_cache"]

HASHED_BYTES = 1 << 20
"""Size up to which a file whose stat has changed is looked up by its content. Checking a larger one
again reads its header only, hashing it would read all of it."""

FEW = 50
"""Inputs below which a run does not look into the cache: opening it costs what checking them does."""

_FORMAT = 3
_APPLICATION = 0x64636D6C  # "dcml"
_NAME = f"results-{_FORMAT}.sqlite"
_BATCH = 500
_COARSE_NS = 2_000_000_000
_FINE_NS = 50_000_000
_PATIENCE_S = 10.0
_DAMAGE = (11, 26)
"""Error codes of SQLite: the file is malformed, or no database."""

_TABLE = """
CREATE TABLE rows (
    path INTEGER PRIMARY KEY, rest BLOB NOT NULL, stat BLOB NOT NULL, content INTEGER,
    content_rest BLOB, used INTEGER NOT NULL, result BLOB NOT NULL
);
CREATE INDEX by_content ON rows (content) WHERE content IS NOT NULL;
CREATE INDEX by_use ON rows (used);
"""


class CacheSettings(NamedTuple):
    """Where the cache is, how large it may be, and what its results depend on besides the content.

    `key` is a digest of version, tables, rules and their parameters. `by_place` says that results
    depend on the path too, so that equal content elsewhere is another matter.
    """

    folder: str
    key: bytes
    by_place: bool = False
    megabytes: int = 512


class Row(NamedTuple):
    """A row to write: halves of the hash of the path, stat, halves of the hash of the content."""

    path: int
    rest: bytes
    stat: bytes
    content: int | None
    content_rest: bytes | None
    result: bytes


class Kept(NamedTuple):
    """A result that was found. `row` is to be written again if it was found by content, `touch` is the
    path of a row whose day of use is to be renewed."""

    result: bytes
    row: Row | None = None
    touch: int | None = None


def cache_folder() -> str:
    """Return the user's cache folder for dcmlint (DCMLINT_CACHE_DIR, XDG_CACHE_HOME, or the system's)."""
    if own := os.environ.get("DCMLINT_CACHE_DIR"):
        return own
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or os.path.expanduser("~")
    elif sys.platform == "darwin":
        base = os.path.expanduser("~/Library/Caches")
    else:
        base = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return os.path.join(base, "dcmlint")


def cache_file(folder: str = "") -> str:
    """Return the path of the cache's database."""
    return os.path.join(folder or cache_folder(), _NAME)


def remove_cache(folder: str = "") -> int:
    """Delete the cache's files and return the number of bytes that this freed.

    Raises UsageError if they cannot be deleted.
    """
    freed = 0
    for ending in ("", "-wal", "-shm"):
        path = cache_file(folder) + ending
        try:
            size = os.path.getsize(path)
            os.unlink(path)
            freed += size
        except FileNotFoundError:
            continue
        except OSError as error:
            raise UsageError(f"{path} cannot be deleted: {error.strerror}") from error
    return freed


class Cache:
    """The cache as one process uses it: `find` and `find_content` in any process, `keep` in one.

    What goes wrong with it is told once on standard error, and the run goes on without it.
    """

    def __init__(self, settings: CacheSettings) -> None:
        self.settings = settings
        self._reading: sqlite3.Connection | None = None
        self._writing: sqlite3.Connection | None = None
        self._process = 0
        self._is_off = False
        self._is_empty = False
        self._today = int(time.time()) // 86_400
        self._waiting: list[Row] = []
        self._touched: list[int] = []
        self._cwd = os.getcwd() + os.sep

    def __reduce__(self) -> tuple[Any, ...]:
        return Cache, (self.settings,)

    def prepare(self) -> None:
        """Make sure that there is a cache to read and write; a corrupt or foreign one is discarded."""
        path = cache_file(self.settings.folder)
        try:
            os.makedirs(self.settings.folder, mode=0o700, exist_ok=True)
            self._writing = _opened(path)
            self._is_empty = self._writing.execute("SELECT 1 FROM rows LIMIT 1").fetchone() is None
        except OSError as error:
            self._give_up(f"{self.settings.folder}: {error.strerror}")
        except Exception as error:
            if not _is_damaged(error):
                self._give_up(_reason(error))
                return
            self._note(f"the cache {path} is discarded: {_reason(error)}")
            try:
                remove_cache(self.settings.folder)
                self._writing = _opened(path)
            except Exception as again:
                self._give_up(_reason(again))

    def find(self, path: str, stat: os.stat_result) -> Kept | None:
        """Return what is kept of the file at `path` if it is as it was."""
        if self._is_off or self._is_empty:
            return None
        key, rest = self._place(path)
        row = self._read("SELECT rest, stat, used, result FROM rows WHERE path = ?", key)
        if row is None or row[0] != rest or row[1] != _stat_key(stat):
            return None
        return Kept(row[3], touch=key if row[2] != self._today else None)

    def find_content(self, path: str, stat: os.stat_result, content: Any) -> Kept | None:
        """Return what is kept of a file with this content, wherever it was."""
        if self._is_off or self._is_empty:
            return None
        row = self.row(path, stat, content, b"")
        if row.content is None:
            return None
        found = self._read("SELECT content_rest, result FROM rows WHERE content = ?", row.content)
        if found is None or found[0] != row.content_rest:
            return None
        return Kept(found[1], row._replace(result=found[1]))

    def row(self, path: str, stat: os.stat_result, content: Any, result: bytes) -> Row:
        """Return the row of a file that was just checked; `content` None or large: by path only."""
        key, rest = self._place(path)
        hashed: tuple[int | None, bytes | None] = (None, None)
        if content is not None and len(content) <= HASHED_BYTES:
            place = path.encode("utf-8", "surrogateescape") if self.settings.by_place else b""
            hashed = _halves(xxh3_128_digest(self.settings.key + xxh3_128_digest(place) + bytes(content)))
        return Row(key, rest, _stat_key(stat, now=time.time_ns()), *hashed, result)

    def find_group(self, digest: bytes) -> bytes | None:
        """Return what is kept of the checks over several instances that have this digest together."""
        if self._is_off or self._is_empty:
            return None
        key, rest = _halves(xxh3_128_digest(self.settings.key + b"group" + digest))
        row = self._read("SELECT rest, stat, result FROM rows WHERE path = ?", key)
        return row[2] if row is not None and row[:2] == (rest, b"group") else None

    def group_row(self, digest: bytes, result: bytes) -> Row:
        """Return the row of the checks over several instances that have this digest together."""
        key, rest = _halves(xxh3_128_digest(self.settings.key + b"group" + digest))
        return Row(key, rest, b"group", None, None, result)

    def keep(self, row: Row | None, touch: int | None = None) -> None:
        """Write a row, or renew the day of use of one; batches are written together."""
        if row is not None:
            self._waiting.append(row)
        if touch is not None:
            self._touched.append(touch)
        if len(self._waiting) + len(self._touched) >= _BATCH:
            self.flush()

    def flush(self) -> None:
        """Write what waits."""
        rows, touched = self._waiting, self._touched
        self._waiting, self._touched = [], []
        if self._writing is None or not (rows or touched):
            return
        database = self._writing
        try:
            database.execute("BEGIN IMMEDIATE")
            database.executemany(
                "INSERT OR REPLACE INTO rows VALUES (?, ?, ?, ?, ?, ?, ?)",
                [(*row[:5], self._today, row.result) for row in rows],
            )
            database.executemany(
                "UPDATE rows SET used = ? WHERE path = ?", [(self._today, path) for path in touched]
            )
            database.execute("COMMIT")
        except Exception as error:
            self._writing = None
            self._note(f"the cache is not written: {_reason(error)}")

    def close(self) -> None:
        """Write what waits, and forget the rows that were not used for longest if there are too many."""
        self.flush()
        if self._writing is not None:
            try:
                _shrink(self._writing, self.settings.megabytes << 20)
                self._writing.close()
            except Exception as error:
                self._note(f"the cache is not tidied: {_reason(error)}")
        self._writing = self._reading = None

    def _place(self, path: str) -> tuple[int, bytes]:
        absolute = path if path.startswith(os.sep) else self._cwd + path
        return _halves(
            xxh3_128_digest(self.settings.key + absolute.encode("utf-8", "surrogateescape"))
        )  # fmt: skip

    def _read(self, query: str, key: int) -> Any:
        if self._process != os.getpid():
            self._connect()
        if self._reading is None:
            return None
        try:
            return self._reading.execute(query, (key,)).fetchone()
        except Exception as error:
            self._give_up(_reason(error))
            return None

    def _connect(self) -> None:
        """Open the database for reading in this process: connections do not survive a fork."""
        import sqlite3

        self._process = os.getpid()
        self._reading = None
        path = cache_file(self.settings.folder)
        try:
            if os.path.exists(path):
                self._reading = sqlite3.connect(path, timeout=_PATIENCE_S, isolation_level=None)
                self._reading.execute("PRAGMA query_only = ON")
                self._reading.execute("PRAGMA mmap_size = 268435456")
        except sqlite3.Error as error:
            self._give_up(_reason(error))

    def _give_up(self, reason: str) -> None:
        if not self._is_off:
            self._is_off = True
            self._note(f"this run goes without the cache: {reason}")

    def _note(self, text: str) -> None:
        print(f"dcmlint: note: {text}", file=sys.stderr)


def _opened(path: str) -> sqlite3.Connection:
    """Return a connection for writing to a cache of this format; raises if the file is something else."""
    import sqlite3

    database = sqlite3.connect(path, timeout=_PATIENCE_S, isolation_level=None)
    if not os.path.getsize(path):
        database.execute("PRAGMA auto_vacuum = INCREMENTAL")
        database.execute("PRAGMA journal_mode = WAL")
    database.execute("BEGIN IMMEDIATE")  # one of several runs makes the table, the others find it
    (application,) = database.execute("PRAGMA application_id").fetchone()
    if application == 0 and not database.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
        for statement in filter(str.strip, _TABLE.split(";")):
            database.execute(statement)
        database.execute(f"PRAGMA application_id = {_APPLICATION}")
    elif application != _APPLICATION:
        database.close()
        raise _ForeignError("it is not a cache of dcmlint")
    database.execute("COMMIT")
    database.execute("PRAGMA synchronous = OFF")
    return database


class _ForeignError(Exception):
    """The file is a database of something else."""


def _is_damaged(error: Exception) -> bool:
    """Tell whether an error says that the file is no cache, not that it cannot be had now."""
    return isinstance(error, _ForeignError) or getattr(error, "sqlite_errorcode", 0) & 0xFF in _DAMAGE


def _shrink(database: sqlite3.Connection, limit: int) -> None:
    """Delete the least recently used rows until the file is well below its limit."""
    (page,) = database.execute("PRAGMA page_size").fetchone()
    (pages,) = database.execute("PRAGMA page_count").fetchone()
    (free,) = database.execute("PRAGMA freelist_count").fetchone()
    if (pages - free) * page <= limit:
        return
    (rows,) = database.execute("SELECT count(*) FROM rows").fetchone()
    surplus = int(rows * (1 - 0.75 * limit / ((pages - free) * page)))
    database.execute(
        "DELETE FROM rows WHERE path IN (SELECT path FROM rows ORDER BY used, path LIMIT ?)", (surplus,)
    )
    # executescript goes on until it is done; execute would free one page.
    database.executescript("PRAGMA incremental_vacuum; PRAGMA wal_checkpoint(TRUNCATE);")


def _halves(digest: bytes) -> tuple[int, bytes]:
    return int.from_bytes(digest[:8], "big", signed=True), digest[8:]


def _stat_key(stat: os.stat_result, now: int = 0) -> bytes:
    """Return what of a file's state must be the same for its content to be the same.

    Empty if the file was changed so shortly before `now` that a change after it might not show in its
    times: within two seconds where times are whole seconds, else within 50 ms.
    """
    if now:
        newest = max(stat.st_mtime_ns, stat.st_ctime_ns)
        margin = _COARSE_NS if newest % 1_000_000_000 == 0 else _FINE_NS
        if now - newest < margin:
            return b""
    return b"%d %d %d %d" % (stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino)


def _reason(error: Exception) -> str:
    return str(error) or type(error).__name__


def digest(parts: Iterable[str]) -> bytes:
    """Return a digest of texts, for the key of a cache."""
    return xxh3_128_digest("\n".join(parts).encode("utf-8", "surrogateescape"))


def code_stamp(folders: Sequence[str]) -> str:
    """Return what changes when a Python file below the folders does: a cache must not outlive an edit."""
    newest = count = 0
    for folder in folders:
        for place, _, names in os.walk(folder):
            for name in names:
                if name.endswith((".py", ".json", ".so", ".yaml")):
                    count += 1
                    newest = max(newest, os.stat(os.path.join(place, name)).st_mtime_ns)
    return f"{count} {newest}"
