"""Globs over paths: `*` and `?` stay within a part, `**` stands for any number of folders.

A glob without a slash is matched against every part of a path, as in .gitignore. Matching takes
time linear in the path: each part has its own pattern, which `fnmatch` makes without backtracking.
"""

# ruff: noqa: PTH100, PTH206
# Strings: this runs for every file.
from __future__ import annotations

import fnmatch
import os
import re
from collections.abc import Callable, Sequence
from functools import lru_cache

__all__ = ["Globs", "glob_matcher", "matches_below", "relative_parts"]

Part = Callable[[str], object]


@lru_cache(maxsize=1024)
def glob_matcher(glob: str) -> Callable[[tuple[str, ...]], bool]:
    """Return what tells whether the parts of a relative path match: the path itself or a folder above it."""
    pattern = glob.replace("\\", "/").removeprefix("./").strip("/")
    if "/" not in pattern and not glob.startswith("/"):
        part = _part(pattern)
        return lambda parts: any(part(each) for each in parts)
    wanted = [None if each == "**" else _part(each) for each in pattern.split("/")]
    return lambda parts: _matches(wanted, parts)


def _part(pattern: str) -> Part:
    return re.compile(fnmatch.translate(pattern)).match


def _matches(wanted: list[Part | None], parts: tuple[str, ...]) -> bool:
    """Tell whether the patterns use up the parts or end at a folder of them."""
    reached = {0}
    for part in parts:
        reached = _skipped(reached, wanted)
        if len(wanted) in reached:
            return True
        following = set()
        for at in reached:
            pattern = wanted[at]
            if pattern is None:
                following.add(at)
            elif pattern(part):
                following.add(at + 1)
        reached = following
    return len(wanted) in _skipped(reached, wanted)


def _skipped(reached: set[int], wanted: list[Part | None]) -> set[int]:
    """Return the positions with those behind each `**`, which may stand for nothing."""
    found = set(reached)
    for at in sorted(reached):
        while at < len(wanted) and wanted[at] is None:
            at += 1
            found.add(at)
    return found


class Globs:
    """Tells what a walk of folders leaves out; each glob is a pair (folder it is relative to, glob)."""

    def __init__(self, include: Sequence[tuple[str, str]], exclude: Sequence[tuple[str, str]]) -> None:
        self._include = include
        self._exclude = exclude

    def __call__(self, path: str, is_folder: bool) -> bool:
        """Return whether what a walk has met is to be left out."""
        if any(matches_below(path, folder, glob) for folder, glob in self._exclude):
            return True
        if not self._include or is_folder:
            return False
        return not any(matches_below(path, folder, glob) for folder, glob in self._include)


def relative_parts(path: str, folder: str) -> tuple[str, ...] | None:
    """Return the parts of a path below a folder, None if it is not below it."""
    absolute = os.path.abspath(path)
    inside = folder if folder.endswith(os.sep) else folder + os.sep
    if not absolute.startswith(inside):
        return None
    return tuple(absolute[len(inside) :].split(os.sep))


def matches_below(path: str, folder: str, glob: str) -> bool:
    """Tell whether a path lies below a folder and matches a glob that is relative to it."""
    parts = relative_parts(path, folder)
    return parts is not None and glob_matcher(glob)(parts)
