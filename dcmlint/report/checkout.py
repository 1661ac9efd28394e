"""Paths as a CI service knows them: relative to its checkout."""

from __future__ import annotations

import os
from typing import NamedTuple

from dcmlint.report.render import shown_file

__all__ = ["Checkout"]


class Checkout(NamedTuple):
    """The folder `root` that paths are shown relative to, and the folder `cwd` that they are given in."""

    cwd: str
    root: str

    @classmethod
    def of(cls, variable: str, cwd: str) -> Checkout:
        """Return the checkout that a variable of the environment names, `cwd` itself if it lies elsewhere."""
        named = os.environ.get(variable, "")
        root = os.path.realpath(named) if named else cwd
        return cls(cwd, root if _is_below(cwd, root) else cwd)

    def path(self, file: str) -> str:
        """Return the POSIX path relative to the checkout, absolute if it is outside; a URI stays as it is."""
        if not file or "://" in file:
            return shown_file(file, self.root)
        return shown_file(os.path.join(self.cwd, file), self.root)  # noqa: PTH118 - need not be valid text

    def relative_path(self, file: str) -> str:
        """Return the POSIX path relative to the checkout, with ".." if it is outside."""
        path = self.path(file)
        if "://" in path or not os.path.isabs(path):  # noqa: PTH117
            return path
        return os.path.relpath(path, self.root).replace(os.sep, "/")


def _is_below(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip(os.sep) + os.sep)
