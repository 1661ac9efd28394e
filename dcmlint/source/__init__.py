"""Where bytes come from: entries to visit, and the bytes of each.

A source knows places and how to open them, nothing of DICOM beyond that. `dcmlint.source.paths` is
the one for files and folders; others come in by the hook `dcmlint_sources`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any, NamedTuple, Protocol, runtime_checkable

from dcmlint.errors import UsageError

__all__ = [
    "NOTHING_ASKED",
    "REMARKS",
    "Asked",
    "Asks",
    "Blob",
    "Entry",
    "Prepares",
    "Remark",
    "Rooted",
    "Skip",
    "Source",
    "is_held",
]

Skip = Callable[[str, bool], bool]
"""Tells of what a walk meets, (path, whether it is a folder), whether to leave it out. A folder that is left
out is not entered. What the user names is not asked about."""


class Entry(NamedTuple):
    """One input to visit. Small and picklable: it crosses to worker processes.

    `named` is True when the user gave this very path, False when it was met in a folder. `problem`
    tells why a folder could not be walked ("" = none); such an entry is reported, not opened.

    The rest is of sources other than `file`. `rule` is the rule that reports the problem ("" =
    file/unreadable); one in REMARKS says something of an input that is opened all the same. `place` says
    where the input is inside of what holds it. `held` is the content itself, where it can only be had when
    the entry is met: such an entry is worked on before the next one is asked for, in the process that asks.
    `size` (-1 = unknown) and `etag` ("" = unknown) are what a listing says of the content: where both are as
    they were, so is the content. `modified_ns` is when that was changed last (0 = unknown). `is_place` says
    that the entry is no input but a place that inputs come from (a server): its problem is told by `rule`,
    and nothing is opened.
    """

    path: str
    named: bool = False
    problem: str = ""
    scheme: str = "file"
    rule: str = ""
    place: tuple[int, ...] = ()
    held: Any = None
    size: int = -1
    etag: str = ""
    modified_ns: int = 0
    is_place: bool = False


REMARKS = frozenset(("file/archive-member-name",))
"""Rules about an entry that is opened all the same."""


def is_held(entry: Entry) -> bool:
    """Tell whether the entry carries its content, and so is to be worked on at once."""
    return entry.held is not None


class Remark(NamedTuple):
    """What is to be said of an input that was opened all the same: by which rule, and why."""

    rule: str
    reason: str


class Blob:
    """The content of one input.

    `buf` is bytes or a memory map of all of it, or fetches what is asked for (`dcmlint.source.ranged`).
    `content` is a Data Set in the DICOM JSON Model (PS3.18 Annex F) where that is all there is; `buf` is
    empty then. `remarks` are what the source has to say of the input.
    """

    __slots__ = ("buf", "content", "remarks")

    def __init__(
        self, buf: Any = b"", content: Mapping[str, Any] | None = None, remarks: Sequence[Remark] = ()
    ) -> None:
        self.buf = buf
        self.content = content
        self.remarks = remarks

    @property
    def failure(self) -> str:
        """Why bytes that were asked for could not be fetched, "" if that did not happen."""
        return getattr(self.buf, "failure", "")

    def close(self) -> None:
        """Give a memory map back; views of it that a check kept alive keep it open."""
        if not isinstance(self.buf, bytes):
            with suppress(BufferError):
                self.buf.close()


class Source(Protocol):
    """A kind of place that inputs come from, chosen by URI scheme."""

    def entries(self, location: str) -> Iterator[Entry]:
        """Yield what there is to visit at `location`, as a stream, in a stable order.

        Problems of the place are entries with a `problem`, never exceptions.
        """

    def open(self, entry: Entry) -> Blob:
        """Return the content of `entry`; raises UnreadableError if it cannot be had."""


class Asked(NamedTuple):
    """What the user asked of places that are queried, such as a PACS. Small and picklable.

    `where` has (keyword or tag, value) that objects must match, `per_series` how many instances of each
    series are looked at (0 = all), `instances` whether whole objects are fetched where metadata would do, and
    `keep` the folder that objects which were fetched are kept in ("" = none).
    """

    where: tuple[tuple[str, str], ...] = ()
    per_series: int = 0
    instances: bool = False
    keep: str = ""

    @classmethod
    def parsed(cls, where: Iterable[str], per_series: str) -> Asked:
        """Return what ATTRIBUTE=VALUE texts and a number ("" = all) ask for; raises UsageError.

        Messages have no value of an Attribute in them.
        """
        pairs = []
        for text in where:
            name, equals, value = text.partition("=")
            if not (name and equals):
                raise UsageError("--where takes an Attribute and a value.", "Such as --where Modality=CT")
            pairs.append((name, value))
        most = per_series or "0"
        if not (most.isascii() and most.isdigit()):
            raise UsageError(f"--per-series takes a number of instances, not {most}")
        return cls(tuple(pairs), int(most))


NOTHING_ASKED = Asked()


@runtime_checkable
class Asks(Source, Protocol):
    """A source of a place that is queried."""

    def ask(self, asked: Asked) -> None:
        """Take what the user asked for, before anything is listed or opened; raises UsageError."""


@runtime_checkable
class Prepares(Asks, Protocol):
    """A source whose listing takes a while to begin: it may begin while the run makes itself ready."""

    def prepare(self, location: str) -> None:
        """Begin with what `entries` will be asked for; raises UsageError as that does."""


@runtime_checkable
class Rooted(Source, Protocol):
    """A source whose listings a scan of an archive can compare: the same inputs have the same paths, and come
    in the order of their bytes."""

    def root(self, location: str) -> str:
        """Return a location as what all paths of its entries begin with, with a slash at the end.

        Raises UsageError if it cannot be listed.
        """
