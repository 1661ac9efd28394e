"""Results in the place of the files that they are made of: backup, note, replacement, record."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from dcmlint.fix.logged import FixLog, Logged
from dcmlint.fix.pending import Pending
from dcmlint.fix.write import back_up, backup_paths, remove_parts, replace
from dcmlint.source.blob import open_blob

__all__ = ["InPlace"]


class InPlace:
    """Replaces files of some inputs; what they were is kept below the folder `backup`.

    In the log a file has the path of its backup below that folder, and its result the path below the
    deepest folder that all inputs are in.
    """

    def __init__(self, backup: str, inputs: Iterable[str], log: FixLog) -> None:
        self._backup, self._log = Path(backup), log
        self._root = _common(inputs)
        self._swept: set[Path] = set()

    def is_done(self, path: str, buf: Any) -> bool:
        """Tell whether the log has a file as it is now; what a killed run did and did not say is said now.

        `buf` are the bytes of the file.
        """
        if not self._log.is_kept:
            return False
        now = hashlib.sha256(buf).hexdigest()
        for backup in self._backups(path):
            name = self._name(backup)
            done = self._log.done(name)
            if done is not None and done.after == now:
                return True
            pending = self._log.pending(name)
            if pending is not None and pending.after == now and self._said(path, backup, buf, pending):
                return True
        return False

    def put(self, path: str, file: Logged, pieces: Iterable[Any]) -> None:
        """Replace a file by the result, and log it. Raises UsageError if it cannot be written."""
        place = Path(os.path.realpath(path))
        self._sweep(path)
        backup = back_up(place, self._backup)
        name = self._name(backup)
        if self._log.is_kept:
            file = file._replace(written=hashlib.sha256(file.after).hexdigest())
            self._log.about_to(name, file)
        replace(place, pieces)
        self._log.mended(name, file, result=self._result(path))

    def leave(self, path: str, file: Logged) -> None:
        """Log that a file stays as it is."""
        self._sweep(path)
        if self._log.is_kept:
            file = file._replace(written=hashlib.sha256(file.before).hexdigest())
            self._log.mended(self._name(self._wanted(path)), file, result=self._result(path))

    def unreadable(self, path: str, reason: str) -> None:
        """Log that a file could not be read."""
        self._log.unreadable(self._name(self._wanted(path)), reason)

    def _said(self, path: str, backup: Path, buf: Any, pending: Pending) -> bool:
        """Log what a killed run did, if the backup is what its note says."""
        if not backup.is_file():
            return False
        blob = open_blob(str(backup))
        try:
            if hashlib.sha256(blob.buf).hexdigest() != pending.before:
                return False
            told = (pending.reported, pending.applied, "", pending.held_back)
            file = Logged(blob.buf, buf, pending.after, *told)
            self._log.mended(self._name(backup), file, result=self._result(path))
        finally:
            blob.close()
        return True

    def _backups(self, path: str) -> Iterator[Path]:
        """Yield where a backup of a file would be, and each that there is."""
        for backup in backup_paths(Path(os.path.realpath(path)), self._backup):
            yield backup
            if not os.path.lexists(backup):
                return

    def _wanted(self, path: str) -> Path:
        return next(backup_paths(Path(os.path.realpath(path)), self._backup))

    def _name(self, backup: Path) -> str:
        return backup.relative_to(os.path.realpath(self._backup)).as_posix()

    def _result(self, path: str) -> str:
        return os.path.relpath(path, self._root).replace(os.sep, "/")

    def _sweep(self, path: str) -> None:
        """Remove, once, what a run that was killed has left beside a file and its backup."""
        for folder in (Path(os.path.realpath(path)).parent, self._wanted(path).parent):
            if folder not in self._swept and folder.is_dir():
                remove_parts(folder)
            self._swept.add(folder)


def _common(inputs: Iterable[str]) -> str:
    """Return the deepest folder that all inputs are in, "" if they have none in common."""
    folders = [each if Path(each).is_dir() else str(Path(each).parent) for each in inputs]
    try:
        return os.path.commonpath([Path(each).absolute() for each in folders])
    except ValueError:  # on several drives
        return ""
