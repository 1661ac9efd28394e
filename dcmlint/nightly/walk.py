"""Walking an archive: folder by folder, in the order in which a store sorts their paths.

A folder comes before what is in it, and folders are sorted as their paths with a slash at the end are. What
is kept in memory is the names in the folders that lead to the one at hand.
"""

# ruff: noqa: PTH100, PTH118
# Strings: this runs for every file, and names need not be valid text.
from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from dcmlint.errors import UsageError
from dcmlint.source import Rooted, Skip, Source
from dcmlint.store.rows import text_of_path

__all__ = ["Listing", "is_object_store", "roots_of", "walk"]

_HISTORIES = frozenset((".git", ".hg", ".svn"))


class Listing(NamedTuple):
    """One folder: its path, which ends with a slash, and the names in it that are no folders, sorted as text.

    `problem` says why it could not be listed, "" if it was.
    """

    path: str
    names: Sequence[str] = ()
    problem: str = ""


class _Step(NamedTuple):
    """A folder to be listed; `real` is its real path if a link led there or above it, else ""."""

    path: str
    real: str


def roots_of(locations: Sequence[str], source: Callable[[str], Source]) -> list[str]:
    """Return the roots as absolute paths with a slash at the end, sorted, without those within others.

    `source` gives the source for a scheme. Raises UsageError for what has a scheme whose objects cannot be
    listed.
    """
    found: list[str] = []
    for path in sorted({_root(each, source) for each in locations}, key=text_of_path):
        if not found or not path.startswith(found[-1]):
            found.append(path)
    return found


def is_object_store(root: str) -> bool:
    """Tell whether a root is in a store of objects; other roots are folders."""
    return "://" in root


def _root(location: str, source: Callable[[str], Source]) -> str:
    location = location.removeprefix("file://")
    if "://" not in location:
        return os.path.join(os.path.abspath(location), "")
    scheme = location.partition("://")[0].lower()
    place = source(scheme)
    if not isinstance(place, Rooted):
        raise UsageError(
            f"{scheme}:// has no listing of objects.", "What has one: folders, s3://bucket/prefix"
        )
    return place.root(location)


def walk(root: str, roots: Sequence[str], skip: Skip | None = None) -> Iterator[Listing]:
    """Yield the folder `root` and every one below it.

    A link to a folder is followed unless its target is in one of the roots, which are walked anyway, or was
    entered by another link: so a loop ends, and nothing is met twice.
    """
    entered = [os.path.join(os.path.realpath(each), "") for each in roots]
    pending = [[_Step(root, "")]]
    while pending:
        if not pending[-1]:
            pending.pop()
            continue
        step = pending[-1].pop()
        try:
            names, below = _listed(step, entered, skip)
        except OSError as error:
            yield Listing(step.path, problem=error.strerror or type(error).__name__)
            continue
        yield Listing(step.path, names)
        pending.append(below)


def _listed(step: _Step, entered: list[str], skip: Skip | None) -> tuple[list[str], list[_Step]]:
    """Return the names of what are no folders, and the folders to list next, last first."""
    names: list[str] = []
    below: list[_Step] = []
    with os.scandir(step.path) as found:
        for each in found:
            is_folder = _is_folder(each)
            if skip is not None and skip(each.path, is_folder):
                continue
            if not is_folder:
                names.append(each.name)
            elif each.name not in _HISTORIES:
                below.append(_Step(os.path.join(each.path, ""), _real(each, step)))
    below.sort(key=lambda each: text_of_path(each.path))
    below = [each for each in below if not each.real or _enters(each.real, step, entered)]
    below.reverse()
    names.sort(key=text_of_path)
    return names, below


def _enters(real: str, step: _Step, entered: list[str]) -> bool:
    """Tell whether a folder that links lead to is entered; a link's target is remembered then."""
    if step.real and real.startswith(step.real):
        return real not in entered
    if any(real.startswith(each) for each in entered):
        return False
    entered.append(real)
    return True


def _real(each: os.DirEntry[str], step: _Step) -> str:
    """Return the real path of a folder that links lead to, "" where none does."""
    if each.is_symlink():
        return os.path.join(os.path.realpath(each.path), "")
    return os.path.join(step.real, each.name, "") if step.real else ""


def _is_folder(found: os.DirEntry[str]) -> bool:
    try:
        return found.is_dir()
    except OSError:
        return False
