"""What targets have acknowledged: so that a crash, or a sender that sends again, makes nothing go out twice.

One SQLite file in `state/`. A row is on disk before the object leaves the spool.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from pathlib import Path

from dcmlint.errors import UsageError

__all__ = ["Journal"]

_REMEMBERED_S = 90 * 86400.0
_TABLE = """
create table if not exists forwarded (
    name text not null, content text not null, target text not null, status integer not null,
    time real not null, primary key (name, content, target)
) without rowid
"""


class Journal:
    """The journal in a file, for several threads. Raises UsageError if the file is none.

    Rows are kept for 90 days.
    """

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        try:
            self._base = sqlite3.connect(path, check_same_thread=False, isolation_level=None, timeout=30)
            self._base.execute("pragma journal_mode = wal")
            self._base.execute("pragma synchronous = full")
            self._base.execute(_TABLE)
            since = time.time() - _REMEMBERED_S
            self._base.execute("delete from forwarded where time < ?", (since,))
        except sqlite3.Error as error:
            raise UsageError(
                f"The journal {path} cannot be used.",
                "If you move it away, what is in outgoing/ is sent again.",
            ) from error

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._base.close()

    def forwarded(self, name: str, content: str, target: str, status: int) -> None:
        """Record that a target has acknowledged an object: its name in the spool, the hash of its content.

        It is on disk when this returns. Raises sqlite3.Error if it cannot be written.
        """
        with self._lock:
            self._base.execute(
                "insert or replace into forwarded values (?, ?, ?, ?, ?)",
                (name, content, target, status, time.time()),
            )

    def knows(self, name: str) -> bool:
        """Tell whether an object of this name was ever forwarded, with whatever content."""
        with self._lock:
            found = self._base.execute("select 1 from forwarded where name = ? limit 1", (name,)).fetchone()
        return found is not None

    def targets(self, name: str, content: str) -> dict[str, int]:
        """Return the targets that have acknowledged an object with this content, with their status."""
        with self._lock:
            rows = self._base.execute(
                "select target, status from forwarded where name = ? and content = ?", (name, content)
            )
            return dict(rows.fetchall())
