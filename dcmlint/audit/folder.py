"""A folder of originals or results, in which records find their files: by keyed hash, path or content."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from dcmlint.audit.key import AuditKey
from dcmlint.audit.keyed import path_hash
from dcmlint.errors import UsageError

__all__ = ["Folder", "file_hash"]


class Folder:
    """The regular files below a folder, by relative path with "/"; symbolic links to folders are not
    followed."""

    __slots__ = ("_by_content", "_by_hash", "met", "paths", "root")

    def __init__(self, root: str, key: AuditKey | None) -> None:
        """Raises UsageError if there is no such folder."""
        if not Path(root).is_dir():
            raise UsageError(f"There is no folder {root}.")
        self.root = root
        self.paths = frozenset(_files(root))
        self.met: set[str] = set()
        self._by_hash = None if key is None else {path_hash(key, path): path for path in self.paths}
        self._by_content: dict[str, str] | None = None

    def find(self, keyed: str, name: str | None, content: str) -> str | None:
        """Return the relative path of a file, None if it is not there.

        By its keyed hash if there is a key, else by its name if that is known, else by SHA-256.
        """
        if self._by_hash is not None:
            found = self._by_hash.get(keyed)
        elif name is not None:
            found = name if name in self.paths else None
        else:
            if self._by_content is None:
                self._by_content = {self.hash(path): path for path in sorted(self.paths)}
            found = self._by_content.get(content)
        if found is not None:
            self.met.add(found)
        return found

    def full(self, path: str) -> str:
        """Return where a file of this folder is."""
        return str(Path(self.root) / path)

    def hash(self, path: str) -> str:
        """Return the SHA-256 of a file of this folder, "" if it cannot be read."""
        return file_hash(self.full(path))


def file_hash(path: str) -> str:
    """Return the SHA-256 of a file in hexadecimal, "" if it cannot be read."""
    try:
        with Path(path).open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError:
        return ""


def _files(root: str) -> list[str]:
    found = []
    for folder, _, names in os.walk(root):
        inner = Path(folder).relative_to(root)
        found += [(inner / name).as_posix() for name in names if (Path(folder) / name).is_file()]
    return found
