"""What git ignores, for a walk that leaves it out.

The patterns are those of `.gitignore` in the folder and in those above it up to the repository's root (where
`.git` is), and of `info/exclude` in the repository; the deepest file and its last matching line decide. The
user's own list (`core.excludesFile`) is not read, so that a checkout gives the same result everywhere, and
neither is the index: a file that is tracked although a pattern matches it is left out too.

Pathspec translates the patterns. It is asked whether a pattern matches an entry itself, never whether it
matches a folder above: that folder was not entered then.
"""

# ruff: noqa: PTH100, PTH110, PTH114, PTH118, PTH119, PTH120
# Strings: this runs for every file, and names need not be valid text.
from __future__ import annotations

import os
import re
import warnings
from collections.abc import Iterator
from typing import Any, NamedTuple

from dcmlint.errors import UnreadableError
from dcmlint.extra import import_extra
from dcmlint.source.blob import open_blob

__all__ = ["GitIgnored"]

_LIMIT = 1 << 20
"""Bytes of a list of patterns that are read at most."""

_END = "\0"
"""Put at the end of a pattern and of a path, so that no folder above matches: no name has this character."""

_DOTS = re.compile(r"(^|/)\*\*$")


class _Pattern(NamedTuple):
    """A line of a list: `glob` is pathspec's pattern."""

    glob: Any
    negated: bool
    folders_only: bool


class _List(NamedTuple):
    """The patterns of one file, and the start of the paths that they apply to."""

    prefix: str
    patterns: tuple[_Pattern, ...]


class _Level(NamedTuple):
    """A folder on the way from the root of the file system to where the walk is.

    `lists` are those that apply in it, the one that decides first; None outside of every repository.
    """

    folder: str
    ignored: bool
    lists: tuple[_List, ...] | None

    def ignores(self, name: str, is_folder: bool) -> bool:
        """Tell whether an entry of this folder is ignored."""
        if self.ignored or name == ".git":
            return True
        path = os.path.join(self.folder, name)
        for prefix, patterns in self.lists or ():
            relative = _bytewise(path[len(prefix) :]) + _END
            for pattern in reversed(patterns):
                if (is_folder or not pattern.folders_only) and pattern.glob.match_file(relative) is not None:
                    return not pattern.negated
        return False


class GitIgnored:
    """The `Skip` for what git ignores.

    It keeps the folders from the root to the one it was last asked about. Raises UsageError if pathspec
    is not installed.
    """

    def __init__(self) -> None:
        self._pathspec = import_extra("pathspec", extra="gitignore", wanted_by="--respect-gitignore")
        self._way: list[_Level] = []

    def __call__(self, path: str, is_folder: bool) -> bool:
        """Tell whether git ignores the entry. A link to a folder counts as a folder."""
        folder, name = os.path.split(os.path.abspath(path))
        return self._level(folder).ignores(name, is_folder)

    def _level(self, folder: str) -> _Level:
        way = self._way
        while way and not _is_in(folder, way[-1].folder):
            way.pop()
        missing = []
        while not way or folder != way[-1].folder:
            missing.append(folder)
            above = os.path.dirname(folder)
            if above == folder:
                break
            folder = above
        for each in reversed(missing):
            way.append(self._entered(way[-1] if way else None, each))
        return way[-1]

    def _entered(self, above: _Level | None, folder: str) -> _Level:
        """Return the level of a folder that lies in `above`."""
        prefix = os.path.join(folder, "")
        git = os.path.join(folder, ".git")
        if os.path.exists(git):
            excluded = _List(prefix, self._patterns(os.path.join(_git_folder(git), "info", "exclude")))
            return _Level(folder, False, (*self._own(prefix), excluded))
        if above is None or above.lists is None:
            return _Level(folder, False, None)
        ignored = above.ignores(os.path.basename(folder), True)
        return _Level(folder, ignored, above.lists if ignored else (*self._own(prefix), *above.lists))

    def _own(self, prefix: str) -> tuple[_List, ...]:
        """Return the list in a folder, none if it has no patterns; git does not follow a link here either."""
        path = f"{prefix}.gitignore"
        patterns = () if os.path.islink(path) else self._patterns(path)
        return (_List(prefix, patterns),) if patterns else ()

    def _patterns(self, path: str) -> tuple[_Pattern, ...]:
        return tuple(
            _Pattern(glob, negated, folders_only)
            for core, negated, folders_only in _lines(_content(path))
            if (glob := self._glob(core)) is not None
        )

    def _glob(self, core: str) -> Any:
        """Return pathspec's pattern, None if it cannot be one: git lets such lines match nothing."""
        try:
            with warnings.catch_warnings(action="ignore"):  # of `re`, about sets that may change
                (pattern,) = self._pathspec.GitIgnoreSpec.from_lines([core + _END]).patterns
        except (ValueError, re.error):
            return None
        return pattern if pattern.include else None


def _is_in(path: str, folder: str) -> bool:
    return path == folder or path.startswith(os.path.join(folder, ""))


def _bytewise(text: str) -> str:
    """Return a path with a character for each of its bytes, as git looks at them, and with slashes."""
    named = text if os.sep == "/" else text.replace(os.sep, "/")
    return named if named.isascii() else os.fsencode(named).decode("latin-1")


def _content(path: str) -> str:
    try:
        blob = open_blob(path)
    except UnreadableError:
        return ""
    content = bytes(blob.buf[:_LIMIT])
    blob.close()
    return content.removeprefix(b"\xef\xbb\xbf").decode("latin-1")


def _lines(content: str) -> Iterator[tuple[str, bool, bool]]:
    """Yield (pattern, negated, for folders only) of the lines that have one."""
    for line in content.split("\n"):
        text = _without_spaces(line.removesuffix("\r"))
        if not text or text[0] == "#":
            continue
        negated = text[0] == "!"
        core = text[negated:]
        folders_only = core.endswith("/")
        core = core.removesuffix("/")
        # A backslash at the end escapes nothing: git lets such a line match nothing.
        if core and not _ends_escaped(core):
            # Everything below a folder is what any name at any depth below it matches.
            core = _DOTS.sub(r"\1**/*", core)
            yield f"\\{core}" if core[0] in "#!" else core, negated, folders_only


def _without_spaces(line: str) -> str:
    """Return the line without the spaces at its end, up to one that a backslash escapes."""
    text = line.rstrip(" ")
    return f"{text} " if len(text) < len(line) and _ends_escaped(text) else text


def _ends_escaped(text: str) -> bool:
    """Tell whether what follows the text is escaped."""
    return (len(text) - len(text.rstrip("\\"))) % 2 == 1


def _git_folder(git: str) -> str:
    """Return the folder that has `info/`: `.git` itself, or what it names in a submodule or worktree."""
    named = _content(git).partition("gitdir:")[2].strip()
    folder = _joined(os.path.dirname(git), named) if named else git
    common = _content(os.path.join(folder, "commondir")).strip()
    return _joined(folder, common) if common else folder


def _joined(folder: str, named: str) -> str:
    return os.path.join(folder, os.fsdecode(named.encode("latin-1")))
