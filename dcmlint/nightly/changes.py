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
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence

from sqlalchemy import Connection

from dcmlint.nightly.archives import MEMBERS, Archives, Pending, may_be_archive
from dcmlint.nightly.choice import Choice
from dcmlint.nightly.objects import Objects
from dcmlint.nightly.stop import Stop
from dcmlint.nightly.walk import Listing, is_object_store, walk
from dcmlint.source import Entry, Skip
from dcmlint.store.known import archives_in, known_folders, known_objects, known_states, objects_below
from dcmlint.store.rows import ARCHIVE, Known, Place, text_of_path
from dcmlint.store.write import Writer

__all__ = ["Changes"]

_CHUNK = 5000
"""Objects of a folder that are compared at a time."""

_COARSE_NS = 2_000_000_000
_FINE_NS = 50_000_000

_SIGNED = (1 << 63) - 1


class Changes:
    """Yields entries to read, and says by `due` what each of them is, in the same order.

    `looks_into` is whether archives are looked into, `listed` lists the objects at a root in a store of them.
    `problems` are why roots cannot be walked, by their numbers; one that is empty and was not is among them.
    """

    def __init__(
        self,
        connection: Connection,
        writer: Writer,
        choice: Choice,
        *,
        stop: Stop,
        skip: Skip | None = None,
        looks_into: bool = True,
        listed: Callable[[str], Iterator[Entry]],
    ) -> None:
        pending: deque[Pending] = deque()
        self.problems: dict[int, str] = {}
        self.ended = False
        """Whether everything was walked."""
        self.archives = Archives(connection, writer, choice, stop=stop, pending=pending)
        self._objects = Objects(connection, writer, choice, stop=stop, pending=pending, listed=listed)
        self._pending = pending
        self._connection = connection
        self._writer = writer
        self._choice = choice
        self._stop = stop
        self._skip = skip
        self._looks_into = looks_into

    def entries(self, roots: Sequence[str]) -> Iterator[Entry]:
        """Yield what is to be read at all roots, as a stream."""
        for number, root in enumerate(roots):
            if is_object_store(root):
                problem = yield from self._objects.entries(root)
            else:
                problem = yield from self._folders(root, roots)
            if problem:
                self.problems[number] = problem
            if self._stop:
                return
        self.ended = True

    def _folders(self, root: str, roots: Sequence[str]) -> Generator[Entry, None, str]:
        """Yield what is to be read in a root and the folders below it; return why that cannot be walked, ""
        if it can."""
        beside = _Beside(self._connection, text_of_path(root), self._writer, self.archives)
        for listing in walk(root, roots, self._skip):
            if self._stop:
                return ""
            if listing.path == root and (problem := _missing(listing, beside)):
                return problem
            text = text_of_path(listing.path)
            folder = beside.reach(text)
            if listing.problem:
                beside.leave_out(text)
                yield from self._unlisted(listing, folder)
            else:
                yield from self._changed(listing, folder)
        if not self._stop:
            beside.finish()
        return ""

    def _unlisted(self, listing: Listing, folder: int | None) -> Iterator[Entry]:
        """Yield a folder that cannot be listed, to be reported; it is the object without a name in it."""
        known = self._known(folder, None, "").get("")
        number = self._writer.folder(text_of_path(listing.path)) if folder is None else folder
        self._pending.append(Pending(Place(number, text_of_path(listing.path), "", 0, 0, 0), known))
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
            found = list(zip(chunk, texts, strict=True))
            gone: list[str] = []
            there = 0
            if folder is not None and is_known:
                found, gone = self._other_than_before(listing.path, found, (folder, above, upto))
                there = len(chunk) - len(found)
            known = self._known(folder, above, upto) if is_known and (found or gone) else {}
            above = upto
            for name, text in found:
                if self._stop:
                    return
                place = self._place(listing.path + name, text)
                if place is None:
                    gone.append(text)
                    continue
                there += 1
                before = known.pop(text, None)
                if not self._is_to_be_read(listing.path + name, place, before):
                    there += self._members_of(path + text, before)
                    continue
                if folder is None:
                    folder = self._writer.folder(path)
                yield from self._given_out(
                    listing.path + name, place._replace(folder_id=folder, folder=path), before
                )
            self._writer.visit(there)
            self._take_leave(path, {name: known[name] for name in gone if name in known})

    def _other_than_before(
        self, folder: str, found: list[tuple[str, str]], part: tuple[int, str | None, str | None]
    ) -> tuple[list[tuple[str, str]], list[str]]:
        """Return those of the names that may be read, and the texts of the names that are gone.

        What is as it was is met here: it is most of an archive, night after night. Archives are left to
        others, since what is in them counts too.
        """
        states = known_states(self._connection, *part, self._choice.fresh_from)
        if self._choice.verify:
            for _, text in found:
                states.pop(text, None)
            return found, list(states)
        others = []
        for name, text in found:
            state = states.pop(text, None)
            is_file = not (self._looks_into and may_be_archive(name))
            if not (state and state[3] and is_file and _state(folder + name) == state[:3]):
                others.append((name, text))
        return others, list(states)

    def _given_out(self, path: str, place: Place, known: Known | None) -> Iterator[Entry]:
        """Yield a file that is to be read, or what is in it."""
        is_fresh = known is not None and self._choice.is_fresh(place, known)
        if place.etag or (known is not None and known.kind == ARCHIVE):
            yield from self.archives.entries(path, place, known, is_fresh=is_fresh)
            return
        self._pending.append(Pending(place, known, is_fresh))
        yield Entry(path)

    def _is_to_be_read(self, path: str, place: Place, known: Known | None) -> bool:
        is_fresh = known is not None and self._choice.is_fresh(place, known)
        return (not is_fresh or self._choice.verify) and self._choice.is_chosen(path, place)

    def _members_of(self, path: str, known: Known | None) -> int:
        """Return how many members are met with an object that is not read."""
        return self.archives.count(path) if known is not None and known.kind == ARCHIVE else 0

    def _place(self, path: str, text: str) -> Place | None:
        place = _place(path, text)
        if place is not None and self._looks_into and may_be_archive(path):
            return place._replace(etag=MEMBERS)
        return place

    def _take_leave(self, folder: str, left: Mapping[str, Known]) -> None:
        """Tell the writer which objects of a folder are gone: what was in an archive before the archive, so
        that a scan that ends in between is continued."""
        gone = {name: each for name, each in left.items() if each.is_there}
        for name, each in gone.items():
            if each.kind == ARCHIVE:
                self.archives.part(folder + name)
        self._writer.gone([each.id for each in gone.values()])

    def _known(self, folder: int | None, above: str | None, upto: str | None) -> dict[str, Known]:
        return {} if folder is None else known_objects(self._connection, folder, above, upto)


def _missing(listing: Listing, beside: _Beside) -> str:
    """Return why a root is not there, or that it looks like the place of a volume that is not mounted."""
    if listing.problem or listing.names or beside.is_empty:
        return listing.problem
    with os.scandir(listing.path) as found:
        return "it is empty, and was not" if next(found, None) is None else ""


def _place(path: str, text: str) -> Place | None:
    """Return where an object is and what its state is; None if it has gone since it was listed."""
    state = _state(path)
    if state is None:
        is_there = os.path.lexists(path)
        return Place(0, "", text, 0, 0, 0) if is_there else None
    modified, size, inode = state
    return Place(0, "", text, size, modified, inode)


def _state(path: str) -> tuple[int, int, int] | None:
    """Return modification time in ns, size and inode of a file, None if they cannot be had.

    The time is 0 if a change right after this one might not show.
    """
    try:
        status = os.stat(path)
    except (OSError, ValueError):
        return None
    modified = status.st_mtime_ns
    margin = _FINE_NS if modified % 1_000_000_000 else _COARSE_NS
    if abs(time.time_ns() - modified) < margin:
        modified = 0
    return modified, status.st_size, status.st_ino & _SIGNED


class _Beside:
    """The store's folders of one root, beside the walk."""

    def __init__(self, connection: Connection, root: str, writer: Writer, archives: Archives) -> None:
        self._connection = connection
        self._writer = writer
        self._archives = archives
        self._folders = (each for each in known_folders(connection, root) if each[1].endswith("/"))
        self._next = next(self._folders, None)
        self.is_empty = self._next is None
        """Whether the store knows nothing of the root."""

    def reach(self, path: str) -> int | None:
        """Return the id of a folder that the walk has come to, None if it is new; those before it are
        gone."""
        while self._next is not None and self._next[1] < path:
            self._part(*self._next)
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
            self._part(*self._next)

    def _part(self, folder: int, path: str) -> None:
        for name in archives_in(self._connection, folder):
            self._archives.part(path + name)
        for numbers in objects_below(self._connection, folder):
            self._writer.gone(numbers)
        self._next = next(self._folders, None)
