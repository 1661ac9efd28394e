"""Results that become durable together: their folders first, then what the audit log says of them.

Each result is flushed when it is written. Folders and the log are flushed for many results at a time: the log
still tells of no result that could be lost, and what it does not tell of yet is made again after a kill.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence

from dcmlint.audit.edit_line import EditLine
from dcmlint.audit.log import AuditLog
from dcmlint.audit.record import EditRecord, FileRecord
from dcmlint.fix.write import flush_folders

__all__ = ["Batch"]

_MOST, _LINES, _SECONDS = 64, 1 << 14, 0.5
"""Files of a batch and lines of the log that wait, at most, and how long a batch stays open at most."""


class Batch:
    """The results of a run below the folder `top` that its log does not tell of yet.

    `unflushed` are the folders whose new entries are not flushed (`dcmlint.fix.write.write_new`).
    """

    __slots__ = ("_begun", "_count", "_log", "_top", "unflushed")

    def __init__(self, log: AuditLog, top: str) -> None:
        self.unflushed: set[str] = set()
        self._log = log
        self._top = top
        self._count = 0
        self._begun = time.monotonic()

    def record(self, file: FileRecord, edits: Iterable[EditRecord] = ()) -> None:
        """Take the records of a file; raises UsageError if the log cannot be written."""
        self._log.add(file, edits)
        self._counted()

    def record_lines(self, file: FileRecord, lines: Sequence[EditLine]) -> None:
        """Take the records of a file whose lines of edits are made; raises UsageError as `record` does."""
        self._log.add_lines(file, lines)
        self._counted()

    def _counted(self) -> None:
        self._count += 1
        if self._count >= _MOST or self._log.waiting >= _LINES or time.monotonic() - self._begun > _SECONDS:
            self.flush()

    def flush(self) -> None:
        """Make everything durable that was taken; raises UsageError if the log cannot be written."""
        flush_folders(self.unflushed, self._top)
        self._log.flush()
        self.unflushed.clear()
        self._count = 0
        self._begun = time.monotonic()
