"""Archives that a scan meets in folders: their members are objects of their own.

An archive has a row as a file has, and its members are in a folder of their own, which has the path of the
archive; their names begin with "!/". While its state is what it was, an archive is not opened. Before its
members are read its row says that it is to be read again, and only after the last of them has been written
it says otherwise: so a scan that ends in between neither loses a member nor has one twice.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Iterator
from contextlib import closing
from typing import TYPE_CHECKING, Literal, NamedTuple

from xxhash import xxh3_64_intdigest

from dcmlint.nightly.choice import Choice
from dcmlint.nightly.stop import Stop
from dcmlint.source import REMARKS, Entry
from dcmlint.source.archive_bounds import REST_IS_UNREAD
from dcmlint.source.archive_suffix import SUFFIXES
from dcmlint.store.known import count_objects, known_folder, known_object, objects_below, unmet_objects
from dcmlint.store.rows import ARCHIVE, Checked, Known, Place, text_of_path
from dcmlint.store.write import Writer

if TYPE_CHECKING:
    from sqlalchemy import Connection

__all__ = ["MEMBERS", "Archives", "Pending", "may_be_archive"]

MEMBERS = "members"
"""What stands as the ETag of a file that was looked into as an archive: one that was not is another thing."""

_MOST_UNREAD = 1000
"""Archives in an archive that cannot be read, beyond which none of its members is taken as gone."""

Role = Literal["object", "member", "settled", "archive", "end"]


class Pending(NamedTuple):
    """An object that was given out to be read. `is_fresh` is whether it looked unchanged.

    `opened` is the archive that it has to do with. `role` is what it is to it: a member, one with a problem
    that stays as long as the archive does (settled), the archive itself, or its end, which is no object.
    """

    place: Place
    known: Known | None
    is_fresh: bool = False
    opened: Opened | None = None
    role: Role = "object"

    def is_taken(self, checked: Checked) -> bool:
        """Tell the archive what came of the object; return whether that is for its end."""
        if self.opened is None:
            return False
        if self.role == "archive":
            self.opened.itself = checked
        elif self.role == "member" and checked.kind == "unreadable":
            self.opened.again = True
        return self.role == "archive"


class Opened:
    """An archive whose members are being read."""

    def __init__(self, path: str, place: Place, known: Known | None, *, is_fresh: bool) -> None:
        self.path = path
        self.place = place
        self.known = known
        self.is_fresh = is_fresh
        self.folder: int | None = None
        """The folder that the members are in."""
        self.is_new = False
        self.itself: Checked | None = None
        """What is said of the archive itself: that it cannot be read to its end, or is none."""
        self.again = False
        """Whether a member could not be read, so that the next scan is to open the archive too."""
        self.met: set[int] = set()
        """Ids of the known members that are there."""
        self._unread: list[str] = []
        """What the names of members that were not reached begin with."""
        self._names: dict[int, int] = {}

    def name(self, entry: Entry) -> str:
        """Return the name of a member below the archive: a second one of a name ends with %232, and so on.

        The names of members never have %23 in them (`dcmlint.source.archive`).
        """
        name = text_of_path(entry.path[len(self.path) :])
        key = xxh3_64_intdigest(name.encode())
        number = self._names[key] = self._names.get(key, 0) + 1
        if entry.problem.endswith(REST_IS_UNREAD):
            self._unread.append("")
        elif entry.problem and entry.rule not in REMARKS and may_be_archive(name):
            self._unread.append(f"{name}!/")
        return name if number == 1 else f"{name}%23{number}"

    def is_gone(self, number: int, name: str) -> bool:
        """Tell whether a known member is not there any more."""
        if number in self.met or len(self._unread) > _MOST_UNREAD:
            return False
        return not name.startswith(tuple(self._unread))


class Archives:
    """Gives out the members of archives that are to be read, and closes each archive behind them."""

    def __init__(
        self,
        connection: Connection,
        writer: Writer,
        choice: Choice,
        *,
        stop: Stop,
        pending: deque[Pending],
    ) -> None:
        self._connection = connection
        self._writer = writer
        self._choice = choice
        self._stop = stop
        self._pending = pending

    def entries(self, path: str, place: Place, known: Known | None, *, is_fresh: bool) -> Iterator[Entry]:
        """Yield what is to be read of the archive at a path.

        That is the file itself if it is none, or if `place` says that it is not to be looked into.
        """
        opened = self._opened(path, place, known, is_fresh=is_fresh)
        with closing(_found(path, place)) as found:
            for entry in found:
                if self._stop:
                    return
                if entry.path == path:
                    pending = Pending(place, known, is_fresh, opened, "archive")
                else:
                    pending = self._member(opened, entry)
                    if pending.is_fresh and not self._choice.verify:
                        continue
                self._pending.append(pending)
                yield entry
        self._pending.append(Pending(place, known, opened=opened, role="end"))

    def due(self) -> Pending:
        """Return the object that the next result is of."""
        self.close_ended()
        return self._pending.popleft()

    def close_ended(self) -> None:
        """Close the archives of which all results were taken."""
        while self._pending and self._pending[0].role == "end":
            opened = self._pending.popleft().opened
            assert opened is not None
            self._close(opened)

    def part(self, path: str) -> None:
        """Take the members of an archive that is gone as gone; `path` is text."""
        folder = known_folder(self._connection, path)
        if folder is not None:
            for numbers in objects_below(self._connection, folder):
                self._writer.gone(numbers)

    def count(self, path: str) -> int:
        """Return the number of members that an archive had when it was read."""
        folder = known_folder(self._connection, path)
        return 0 if folder is None else count_objects(self._connection, folder)

    def _opened(self, path: str, place: Place, known: Known | None, *, is_fresh: bool) -> Opened:
        if not is_fresh:
            known = self._writer.begin(place, known)
        opened = Opened(path, place, known, is_fresh=is_fresh)
        opened.folder = known_folder(self._connection, text_of_path(path))
        opened.is_new = opened.folder is None
        return opened

    def _member(self, opened: Opened, entry: Entry) -> Pending:
        """Return what a member is to the scan, and count it."""
        self._writer.visit(1)
        path, archive = text_of_path(opened.path), opened.place
        if opened.folder is None:
            opened.folder = self._writer.folder(path)
        name = opened.name(entry)
        known = None if opened.is_new else known_object(self._connection, opened.folder, name)
        if known is not None:
            opened.met.add(known.id)
        place = Place(opened.folder, path, name, entry.size, archive.mtime_ns, archive.inode, entry.etag)
        is_fresh = known is not None and self._choice.is_fresh(place, known)
        is_settled = entry.rule and entry.rule not in REMARKS
        return Pending(place, known, is_fresh, opened, "settled" if is_settled else "member")

    def _close(self, opened: Opened) -> None:
        """Take members that were not met as gone, unless the archive cannot be read; then its own row."""
        itself = opened.itself
        if not opened.is_new and (itself is None or itself.kind != "unreadable"):
            assert opened.folder is not None
            for page in unmet_objects(self._connection, opened.folder, self._writer.run):
                self._writer.gone([number for number, name in page if opened.is_gone(number, name)])
        if opened.is_fresh and itself is None and not opened.again:
            return
        place = opened.place._replace(mtime_ns=0) if opened.again else opened.place
        self._writer.add(place, opened.known, itself or Checked(ARCHIVE))


def may_be_archive(name: str) -> bool:
    """Tell whether a file of this name is looked into."""
    return name.lower().endswith(SUFFIXES)


def _found(path: str, place: Place) -> Generator[Entry, None, None]:
    """Yield what is in an archive; the file itself if it is not to be looked into."""
    if place.etag != MEMBERS:
        yield Entry(path)
        return
    from dcmlint.source.archive import visit

    yield from visit(path, named=False)
