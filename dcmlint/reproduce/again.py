"""What a maker gives: one file made again, and the records that a log would have of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from typing import Any, NamedTuple, Protocol

from dcmlint.audit.record import EditRecord, FileRecord
from dcmlint.audit.verify import Unit

__all__ = ["Again", "Maker", "Original"]


class Original(NamedTuple):
    """One original: `name` is its relative path with "/", `path` where it is, `buf` its bytes."""

    name: str
    path: str
    buf: Any


class Again(NamedTuple):
    """What becomes of an original: its record without `after`, its edits, and the bytes of the result in
    chunks, None where there is no result."""

    record: FileRecord
    edits: Sequence[EditRecord] = ()
    chunks: Iterable[Any] | None = None


class Maker(Protocol):
    """Makes files again as one log says."""

    def again(self, unit: Unit, original: Original) -> AbstractContextManager[Again]:
        """Give what becomes of an original, of which the log has the records `unit`."""
        ...
