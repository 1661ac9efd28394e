"""What of an object store is to be read: its listing beside what the store knows.

Stores list the keys of a bucket in the order of their bytes. That is not the order of a walk of folders:
a/b.dcm, a/b/1.dcm, a/c.dcm are of two folders. So all objects of a bucket are in one folder, which is the
bucket, and their names are whole keys: both sides come in the order of names, and neither is held as a whole.
A root is the keys that begin with its prefix, whatever other roots there are or were in the bucket. Servers
that are queried, such as a PACS, are listed in the same way: their host is the bucket.
"""

from __future__ import annotations

from array import array
from collections import deque
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from typing import TYPE_CHECKING

from dcmlint.nightly.archives import Pending
from dcmlint.nightly.choice import Choice
from dcmlint.nightly.stop import Stop
from dcmlint.source import Entry
from dcmlint.store.known import known_folder, objects_in_order
from dcmlint.store.rows import Known, Place, text_of_path
from dcmlint.store.write import Writer

if TYPE_CHECKING:
    from sqlalchemy import Connection

__all__ = ["Objects"]

_NOT_IN_ORDER = "it does not list keys in the order of their bytes"
_EMPTY = "it is empty, and was not"
_NO_FOLDER = "it is one object, or lists what is not below it"


class Objects:
    """Yields entries to read of object stores, and adds what each of them is to `pending`."""

    def __init__(
        self,
        connection: Connection,
        writer: Writer,
        choice: Choice,
        *,
        stop: Stop,
        pending: deque[Pending],
        listed: Callable[[str], Iterator[Entry]],
    ) -> None:
        self._connection = connection
        self._writer = writer
        self._choice = choice
        self._stop = stop
        self._pending = pending
        self._listed = listed
        self._buckets: dict[str, int] = {}

    def entries(self, root: str) -> Generator[Entry, None, str]:
        """Yield what is to be read at a root; return why it could not be listed to its end, "" if it could.

        Objects are gone if they are not in a whole listing, so that is told at its end.
        """
        beside = _Beside(self._connection, root, self._writer.run)
        listing = _Listing(root)
        with closing(listing.entries(self._listed(root))) as found:
            for entry, key in found:
                if self._stop:
                    return ""
                known = beside.reach(key)
                place = Place(0, beside.bucket, key, entry.size, entry.modified_ns, 0, entry.etag)
                if self._is_to_be_read(entry.path, place, known):
                    place = place._replace(folder_id=self._folder(beside.bucket), mtime_ns=_trusted(entry))
                    self._pending.append(Pending(place, known, self._is_fresh(place, known)))
                    yield entry
                self._writer.visit(1)
        if listing.problem:
            return listing.problem
        beside.reach(None)
        if beside.gone and not listing.count:
            return _EMPTY
        self._writer.gone(beside.gone)
        return ""

    def _is_fresh(self, place: Place, known: Known | None) -> bool:
        """Tell whether the listing says that an object is what it was when it was read."""
        return (
            known is not None
            and known.is_there
            and known.mtime_ns != 0
            and known.etag != ""
            and (known.etag, known.size) == (place.etag, place.size)
            and known.checked_run >= self._choice.fresh_from
        )

    def _is_to_be_read(self, path: str, place: Place, known: Known | None) -> bool:
        is_unread = not self._is_fresh(place, known) or self._choice.verify
        return is_unread and self._choice.is_chosen(path, place)

    def _folder(self, bucket: str) -> int:
        """Return the folder that stands for a bucket."""
        number = self._buckets.get(bucket) or known_folder(self._connection, bucket)
        if number is None:
            number = self._writer.folder(bucket)
        self._buckets[bucket] = number
        return number


def _trusted(entry: Entry) -> int:
    """Return the time of a place: 0, which has an object read again, if there is no ETag to tell changes."""
    return (entry.modified_ns or 1) if entry.etag else 0


class _Listing:
    """A listing as it comes: `problem` is why it is not a whole one, `count` how much of it came."""

    def __init__(self, root: str) -> None:
        self.problem = ""
        self.count = 0
        self._root = root
        self._start = len(_bucket(root))
        self._prefix = text_of_path(root[self._start :])

    def entries(self, found: Iterator[Entry]) -> Generator[tuple[Entry, str], None, None]:
        """Yield the objects, each with its key as text, up to the first problem."""
        last = ""
        for entry in found:
            key = self._key(entry, last)
            problem = "" if entry.is_place else entry.problem
            if not problem and not key.startswith(self._prefix):
                problem = _NO_FOLDER
            elif not problem and key <= last:
                problem = _NOT_IN_ORDER
            if problem:
                self.problem = problem
                return
            last = key
            self.count += not entry.is_place
            yield entry, key

    def _key(self, entry: Entry, last: str) -> str:
        """Return the key of an entry. What is said of a place is an object before all that is in the place,
        one for each rule, since a place may be the root itself; or behind all that is in the root, if it is
        known only then."""
        if not entry.is_place:
            return text_of_path(entry.path[self._start :])
        is_root = f"{entry.path}/" == self._root
        key = text_of_path(f"{self._root if is_root else entry.path}#{entry.rule}"[self._start :])
        return key if key > last else text_of_path(f"{self._root}~{entry.rule}"[self._start :])


class _Beside:
    """What the store knows of a root, beside the listing; `gone` are those that were passed by."""

    def __init__(self, connection: Connection, root: str, run: int) -> None:
        self.bucket = text_of_path(_bucket(root))
        self.gone = array("q")
        folder = known_folder(connection, self.bucket)
        prefix = text_of_path(root)[len(self.bucket) :]
        self._known: Iterator[tuple[str, Known]] = iter(())
        if folder is not None:
            self._known = objects_in_order(connection, folder, prefix, run)
        self._next = next(self._known, None)

    def reach(self, key: str | None) -> Known | None:
        """Return what is known of a key that the listing has come to, of none at its end."""
        while self._next is not None and (key is None or self._next[0] < key):
            if self._next[1].is_there:
                self.gone.append(self._next[1].id)
            self._next = next(self._known, None)
        if self._next is None or self._next[0] != key:
            return None
        known = self._next[1]
        self._next = next(self._known, None)
        return known


def _bucket(root: str) -> str:
    """Return the bucket that a root is in, with a slash at the end."""
    return root[: root.index("/", root.index("://") + 3) + 1]
