"""One writer of an audit log at a time, by a lock that its holder's death gives back.

It is a record lock (fcntl) on a file beside the log, which worker processes do not inherit. Where the system
has no such locks nothing is locked.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from dcmlint.errors import UsageError

__all__ = ["WriterLock"]


class WriterLock:
    """The lock of one log; raises UsageError if another process holds it."""

    __slots__ = ("_descriptor", "_path")

    def __init__(self, log: str) -> None:
        self._path = f"{log}.lock"
        try:
            self._descriptor = os.open(
                self._path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600
            )
        except OSError as error:
            raise UsageError(f"The lock file {self._path} cannot be opened: {error.strerror}.") from error
        try:
            import fcntl
        except ImportError:  # Windows
            return
        try:
            fcntl.lockf(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(self._descriptor)
            message = "Another process is writing this audit log."
            raise UsageError(message, "Wait until it has ended.") from error

    def release(self) -> None:
        """Give the lock back and leave its file, which the next writer locks."""
        os.close(self._descriptor)

    def remove(self) -> None:
        """Give the lock back and remove its file: the log is finished."""
        with suppress(OSError):
            Path(self._path).unlink()
        os.close(self._descriptor)
