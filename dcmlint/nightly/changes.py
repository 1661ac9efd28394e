"""What of an archive is to be read: a walk beside what the store knows.

Both go in the same order, so that neither needs to be held as a whole: the store's folders are read in
pages as the walk comes to them, its objects folder by folder. What is not there any more shows on the way:
an object whose folder was listed without it, a folder that the walk passed by.
"""

# ruff: noqa: PTH116
# Strings: this runs for every file.
from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from sqlalchemy import Connection
from xxhash import xxh3_64_intdigest

from dcmlint.nightly.stop import Stop
from dcmlint.nightly.walk import Listing, walk
from dcmlint.source import Entry, Skip
from dcmlint.store.known import known_folders, known_objects, objects_below
from dcmlint.store.rows import Known, Place, text_of_path
from dcmlint.store.write import Writer

__all__ = ["Changes", "Choice", "Pending"]

_CHUNK = 5000
"""Objects of a folder that are compared at a time."""

_COARSE_NS = 2_000_000_000
_FINE_NS = 50_000_000

_SHARES = 1 << 32
_SIGNED = (1 << 63) - 1


class Choice(NamedTuple):
    """Which objects are looked at. `fresh_from` is the run since which a check counts.

    `share` of all objects is, chosen by a hash of their paths, and of those the ones modified at `since_ns`
    or later. `verify` is whether objects that look unchanged are read too.
    """

    fresh_from: int = 0
    share: float = 1.0
    since_ns: int = 0
    verify: bool = False


class Pending(NamedTuple):
    """An object that was given out to be read. `is_fresh` is whether it looked unchanged."""

    place: Place
    known: Known | None
    is_fresh: bool = False


class Changes:
    """Yields entries to read, and keeps in `pending` what each of them is, in the same order.

    `problems` are the numbers of roots that cannot be walked, or that are empty where something is known.
    """

    def __init__(
        self,
        connection: Connection,
        writer: Writer,
        choice: Choice,
        *,
        stop: Stop,
        skip: Skip | None = None,
    ) -> None:
        self.pending: deque[Pending] = deque()
        self.problems: list[int] = []
        self.ended = False
        """Whether everything was walked."""
        self._connection = connection
        self._writer = writer
        self._choice = choice
        self._stop = stop
        self._skip = skip

    def entries(self, roots: Sequence[str]) -> Iterator[Entry]:
        """Yield what is to be read at all roots, as a stream."""
        for number, root in enumerate(roots):
            beside = _Beside(self._connection, text_of_path(root), self._writer)
            for listing in walk(root, roots, self._skip):
                if self._stop:
                    return
                if listing.path == root and self._is_missing(listing, beside):
                    self.problems.append(number)
                    break
                text = text_of_path(listing.path)
                folder = beside.reach(text)
                if listing.problem:
                    beside.leave_out(text)
                    yield from self._unlisted(listing, folder)
                else:
                    yield from self._changed(listing, folder)
            else:
                if self._stop:
                    return
                beside.finish()
        self.ended = not self._stop

    def _is_missing(self, listing: Listing, beside: _Beside) -> bool:
        """Tell whether a root is not there, or looks like the place of a volume that is not mounted."""
        if listing.problem:
            return True
        if listing.names or beside.is_empty:
            return False
        with os.scandir(listing.path) as found:
            return next(found, None) is None

    def _unlisted(self, listing: Listing, folder: int | None) -> Iterator[Entry]:
        """Yield a folder that cannot be listed, to be reported; it is the object without a name in it."""
        known = self._known(folder, None, "").get("")
        number = self._writer.folder(text_of_path(listing.path)) if folder is None else folder
        self.pending.append(Pending(Place(number, text_of_path(listing.path), "", 0, 0, 0), known))
        yield Entry(listing.path, problem=f"the folder cannot be listed: {listing.problem}")

    def _changed(self, listing: Listing, folder: int | None) -> Iterator[Entry]:
        """Yield the objects of a folder that are to be read, and tell the writer which are gone."""
        names, path = listing.names, text_of_path(listing.path)
        above: str | None = None
        is_known = folder is not None
        for start in range(0, max(1, len(names)), _CHUNK):
            chunk = names[start : start + _CHUNK]
            texts = [text_of_path(name) for name in chunk]
            upto = texts[-1] if start + _CHUNK < len(names) else None
            known = self._known(folder, above, upto) if is_known else {}
            above = upto
            there = 0
            for name, text in zip(chunk, texts, strict=True):
                if self._stop:
                    return
                place = _place(listing.path + name, text)
                if place is None:
                    continue
                there += 1
                before = known.pop(text, None)
                is_fresh = before is not None and self._is_fresh(place, before)
                if (is_fresh and not self._choice.verify) or not self._is_chosen(listing.path + name, place):
                    continue
                if folder is None:
                    folder = self._writer.folder(path)
                self.pending.append(Pending(place._replace(folder_id=folder, folder=path), before, is_fresh))
                yield Entry(listing.path + name)
            self._writer.visit(there)
            self._writer.gone([each.id for each in known.values() if each.is_there])

    def _known(self, folder: int | None, above: str | None, upto: str | None) -> dict[str, Known]:
        return {} if folder is None else known_objects(self._connection, folder, above, upto)

    def _is_fresh(self, place: Place, known: Known) -> bool:
        return (
            known.is_there
            and known.mtime_ns != 0
            and (known.mtime_ns, known.size, known.inode) == (place.mtime_ns, place.size, place.inode)
            and known.checked_run >= self._choice.fresh_from
        )

    def _is_chosen(self, path: str, place: Place) -> bool:
        choice = self._choice
        if choice.since_ns and 0 < place.mtime_ns < choice.since_ns:
            return False
        if choice.share >= 1.0:
            return True
        hashed = xxh3_64_intdigest(path.encode("utf-8", "surrogateescape")) % _SHARES
        return hashed < choice.share * _SHARES


def _place(path: str, text: str) -> Place | None:
    """Return where an object is and what its state is; None if it has gone since it was listed."""
    try:
        status = os.stat(path)
    except FileNotFoundError:
        return Place(0, "", text, 0, 0, 0) if os.path.islink(path) else None  # noqa: PTH114
    except (OSError, ValueError):
        return Place(0, "", text, 0, 0, 0)
    modified = status.st_mtime_ns
    margin = _COARSE_NS if modified % 1_000_000_000 == 0 else _FINE_NS
    if abs(time.time_ns() - modified) < margin:
        modified = 0  # a change right after this one might not show
    return Place(0, "", text, status.st_size, modified, status.st_ino & _SIGNED)


class _Beside:
    """The store's folders of one root, beside the walk."""

    def __init__(self, connection: Connection, root: str, writer: Writer) -> None:
        self._connection = connection
        self._writer = writer
        self._folders = known_folders(connection, root)
        self._next = next(self._folders, None)
        self.is_empty = self._next is None
        """Whether the store knows nothing of the root."""

    def reach(self, path: str) -> int | None:
        """Return the id of a folder that the walk has come to, None if it is new; those before it are
        gone."""
        while self._next is not None and self._next[1] < path:
            self._part(self._next[0])
        if self._next is None or self._next[1] != path:
            return None
        number = self._next[0]
        self._next = next(self._folders, None)
        return number

    def leave_out(self, path: str) -> None:
        """Pass by what is below a folder that cannot be listed."""
        while self._next is not None and self._next[1].startswith(path):
            self._next = next(self._folders, None)

    def finish(self) -> None:
        """Take what the walk did not come to as gone."""
        while self._next is not None:
            self._part(self._next[0])

    def _part(self, folder: int) -> None:
        for numbers in objects_below(self._connection, folder):
            self._writer.gone(numbers)
        self._next = next(self._folders, None)
