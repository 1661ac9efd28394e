"""The source of DICOMweb servers: dicomweb+https://host/root, and a Study, Series or Instance below it.

Instances are listed by QIDO-RS and judged by their metadata (WADO-RS); bulk data are not fetched. Where whole
objects are asked for, each is retrieved. What a server does wrong are findings about the place.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from dcmlint.errors import UnreadableError
from dcmlint.source import NOTHING_ASKED, Asked, Blob, Entry
from dcmlint_pacs.peer import WebPeer
from dcmlint_pacs.web.mark import syntaxes_of
from dcmlint_pacs.web.target import target_of

if TYPE_CHECKING:
    from dcmlint_pacs.web.apart import Apart
    from dcmlint_pacs.web.reader import Reader

__all__ = ["WebSource"]


class WebSource:
    """The source; each process that opens entries has connections of its own."""

    def __init__(self) -> None:
        self._asked = NOTHING_ASKED
        self._is_lazy = False
        self._begun: dict[str, Apart] = {}
        self._readers: dict[WebPeer, Reader] = {}

    def ask(self, asked: Asked) -> None:
        """Take what the user asked for; raises UsageError for Attributes that cannot be asked for."""
        if asked.where:
            from dcmlint_pacs.web.filters import filters_of

            filters_of(asked.where)
        self._asked = asked

    def entries(self, location: str) -> Iterator[Entry]:
        """Yield the instances at a location in the order of their paths, then what is wrong with the server.

        Their metadata come with them, unless whole objects are asked for, or listings are compared (`root`).
        Raises UsageError.
        """
        begun = self._begun.pop(location, None) or self._begin(location)
        yield from begun.entries()

    def prepare(self, location: str) -> None:
        """Begin to list what is at a location; raises UsageError."""
        self._begun[location] = self._begin(location)

    def _begin(self, location: str) -> Apart:
        from dcmlint_pacs.web.apart import Apart

        return Apart(target_of(location), self._asked, is_lazy=self._is_lazy)

    def root(self, location: str) -> str:
        """Return a location as a root of scans; what is listed from now on is opened when it is asked for."""
        target = target_of(location)
        self._is_lazy = True
        return f"{target.location}/"

    def open(self, entry: Entry) -> Blob:
        """Return the metadata of an instance, or the whole object where that is asked for."""
        if entry.held is not None:
            return Blob(content=entry.held)
        target = target_of(entry.path)
        if not target.instance:
            raise UnreadableError("it is no instance")
        reader = self._readers.get(target.peer)
        if reader is None:
            from dcmlint_pacs.web.reader import Reader

            reader = self._readers[target.peer] = Reader(target.peer, self._asked.keep)
        if not self._asked.instances:
            return reader.metadata(target)
        return reader.whole(target, syntaxes_of(entry.etag))
