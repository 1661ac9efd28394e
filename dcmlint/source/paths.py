"""Files and folders: a folder is walked as a stream, sorted within each folder."""

# ruff: noqa: PTH112, PTH116, PTH118, PTH119
# Strings: this runs for every file, and names need not be valid text.
from __future__ import annotations

import os
from collections.abc import Iterator

from dcmlint.source import Blob, Entry, Skip
from dcmlint.source.archive_suffix import SUFFIXES
from dcmlint.source.blob import open_blob

__all__ = ["ARCHIVES", "Paths"]

ARCHIVES = ("all", "named", "none")
"""Which archives are looked into: all that are met, those that the user names, or none."""

_DICOMDIR = ("DICOMDIR", "dicomdir")

_HISTORIES = frozenset(name + os.sep for name in (".git", ".hg", ".svn"))
"""Folders of version control: what they hold is in the working tree too, or is of the past."""


class Paths:
    """The source of what a user names: a path to a file or to a folder.

    Symbolic links are followed. A folder is walked once, whatever number of links lead to it, so
    that neither a loop nor two links to one place make work twice. What `skip` says is left out, and so
    are the folders of version control. Of `archives` the members are visited, and of a DICOMDIR that is named
    the files that it refers to.
    """

    def __init__(self, skip: Skip | None = None, archives: str = "all") -> None:
        self._skip = skip
        self._named_archives = archives != "none"
        self._met_archives = archives == "all"
        self._walked: set[tuple[int, int]] = set()

    def entries(self, location: str) -> Iterator[Entry]:
        """Yield the file itself, or every file below the folder; nothing is recognised by its name."""
        path = location.removeprefix("file://")
        if os.path.isdir(path):
            yield from self._walk(path)
        elif self._named_archives and path.lower().endswith(SUFFIXES):
            from dcmlint.source.archive import visit

            yield from visit(path, named=True)
        elif path.endswith(_DICOMDIR) and os.path.basename(path) in _DICOMDIR:
            from dcmlint.source.dicomdir import medium

            yield from medium(path)
        else:
            yield Entry(path, named=True)

    def open(self, entry: Entry) -> Blob:
        """Return the bytes of the file."""
        return open_blob(entry.path)

    def _walk(self, top: str) -> Iterator[Entry]:
        pending = [("", [os.path.join(top, "")])]
        while pending:
            folder, names = pending[-1]
            if not names:
                pending.pop()
                continue
            path = os.path.join(folder, names.pop())
            if not path.endswith(os.sep):
                if self._met_archives and path.lower().endswith(SUFFIXES):
                    from dcmlint.source.archive import visit

                    yield from visit(path, named=False)
                else:
                    yield Entry(path)
                continue
            try:
                pending.append((path, self._names(path)))
            except OSError as error:
                problem = f"the folder cannot be listed: {error.strerror}"
                yield Entry(path.rstrip(os.sep) or path, named=len(pending) == 1, problem=problem)

    def _names(self, folder: str) -> list[str]:
        """Return the names in a folder, last first, those of folders with a slash at the end; none
        if it was walked before."""
        status = os.stat(folder)
        identity = (status.st_dev, status.st_ino)
        if identity in self._walked:
            return []
        self._walked.add(identity)
        with os.scandir(folder) as found:
            names = [each.name + os.sep if _is_folder(each) else each.name for each in found]
        names = [name for name in names if name not in _HISTORIES]
        if self._skip is not None:
            names = [name for name in names if not self._skips(folder, name)]
        names.sort(reverse=True)
        return names

    def _skips(self, folder: str, name: str) -> bool:
        assert self._skip is not None
        path = os.path.join(folder, name)
        return self._skip(path.rstrip(os.sep), path.endswith(os.sep))


def _is_folder(found: os.DirEntry[str]) -> bool:
    try:
        return found.is_dir()
    except OSError:
        return False
