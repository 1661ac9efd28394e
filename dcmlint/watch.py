"""`dcmlint check --watch`: check once, then check what changes, until interrupted."""

# ruff: noqa: PTH100, PTH112, PTH113, PTH118, PTH120, PTH206
# Strings: names need not be valid text.
from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from dcmlint.errors import UsageError
from dcmlint.extra import import_extra
from dcmlint.run import Request, check, skipped
from dcmlint.source import Entry, Skip
from dcmlint.source.paths import Paths

__all__ = ["watch"]

_QUIET_MS = 200
"""Milliseconds without a change after which those before it are checked together."""

_WAIT_MS = 2000
"""Milliseconds after which they are checked though there are more and more."""

_POLL_MS = 200

_CLOCK_S = 0.1
"""Seconds that the time stamps of a file system may lag behind the clock."""


class _Places(NamedTuple):
    """What is watched, as absolute paths: folders with all below them, and files."""

    folders: tuple[str, ...]
    files: frozenset[str]


def watch(request: Request) -> int:
    """Check all inputs, then each time what has changed; return 0 when interrupted.

    Raises UsageError if that cannot be done.
    """
    watchfiles = import_extra("watchfiles", extra="watch", wanted_by="--watch")
    places = _places(request)
    try:
        started = time.time() - _CLOCK_S
        check(request)
        for changed in _changes(watchfiles, request, places, started):
            _say(request, f"{_number(len(changed))} changed, checking ...")
            # In this process: the watching threads would not survive a fork.
            check(request._replace(jobs=1), changed)
    except KeyboardInterrupt:
        return 0
    return 0


def _places(request: Request) -> _Places:
    if any(output.file not in ("", "-") for output in request.outputs):
        raise UsageError("--watch does not go with --output: it reports again and again.")
    if request.executor:
        raise UsageError("--watch does not go with --executor: it checks what changes here.")
    if not request.locations:
        raise UsageError("Nothing to watch.", "Name files or folders.")
    for location in request.locations:
        if location == "-" or "://" in location or request.stdin_filename is not None:
            raise UsageError("--watch takes files and folders only.")
    paths = [os.path.abspath(location) for location in request.locations]
    folders = tuple(path for path in paths if os.path.isdir(path))
    return _Places(folders, frozenset(paths) - set(folders))


def _changes(watchfiles: Any, request: Request, places: _Places, started: float) -> Iterator[list[Entry]]:
    """Yield what has changed, as often as something has: at first since the time `started`."""
    watchers = list(_watchers(watchfiles, places))
    try:
        seen = [next(each) for each in watchers]
        _say(request, "Watching for changes; Ctrl-C ends.")
        early = [*_since(started, places, skipped(request)), *_entries(seen, request, places)]
        if early:
            yield _each_once(early)
        while True:
            for each in watchers:
                if changed := _each_once(_entries([next(each)], request, places)):
                    yield changed
    except OSError as error:
        raise UsageError(f"Cannot watch: {error.strerror or error}") from error


def _watchers(watchfiles: Any, places: _Places) -> Iterator[Iterator[set[tuple[Any, str]]]]:
    """Yield iterators of changes, each of which gives none from time to time.

    For a file its folder is watched, since many programs write a file by putting a new one in its place.
    """
    options = {
        "watch_filter": None,
        "debounce": _WAIT_MS,
        "step": _QUIET_MS,
        "rust_timeout": _POLL_MS,
        "yield_on_timeout": True,
        "raise_interrupt": True,
    }
    if places.folders:
        yield watchfiles.watch(*places.folders, recursive=True, **options)
    if around := sorted({os.path.dirname(path) for path in places.files}):
        yield watchfiles.watch(*around, recursive=False, **options)


def _since(started: float, places: _Places, skip: Skip | None) -> Iterator[Entry]:
    """Yield the inputs that have changed since then: while they were checked, nobody watched."""
    source = Paths(skip)
    for place in (*places.folders, *sorted(places.files)):
        for entry in source.entries(place):
            try:
                status = os.stat(entry.path)  # noqa: PTH116
            except OSError:
                continue
            if max(status.st_mtime, status.st_ctime) >= started:
                yield entry


def _entries(seen: Iterable[set[tuple[Any, str]]], request: Request, places: _Places) -> Iterator[Entry]:
    """Yield the files among the changes that belong to what is watched and are there still."""
    skip = skipped(request)
    for changes in seen:
        for change, path in changes:
            if path in places.files:
                if os.path.isfile(path):
                    yield Entry(path, named=True)
            elif not any(_is_below(path, folder, skip) for folder in places.folders):
                continue
            elif os.path.isfile(path):
                yield Entry(path)
            elif change.name == "added" and os.path.isdir(path):
                yield from Paths(skip).entries(path)


def _is_below(path: str, folder: str, skip: Skip | None) -> bool:
    """Tell whether a walk of the folder would come to the path."""
    prefix = os.path.join(folder, "")
    if not path.startswith(prefix):
        return False
    if skip is None:
        return True
    *folders, _ = path[len(prefix) :].split(os.sep)
    for name in folders:
        folder = os.path.join(folder, name)
        if skip(folder, True):
            return False
    return not skip(path, os.path.isdir(path))


def _each_once(entries: Iterable[Entry]) -> list[Entry]:
    return sorted({entry.path: entry for entry in entries}.values())


def _number(count: int) -> str:
    return f"{count:,} file{'' if count == 1 else 's'}"


def _say(request: Request, text: str) -> None:
    if not request.quiet:
        print(text, file=sys.stderr, flush=True)
