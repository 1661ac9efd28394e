"""What data ask of a peer: instances by SOP Class and Transfer Syntax. Headers are read, no pixels.

The SOP Class UID and the SOP Instance UID are those of the Data Set, as in DCMTK's storescu: C-STORE names
the instance by them (PS3.7 9.1.1), and the File Meta Information stays behind. A file of which the two
disagree is told, since other senders take the File Meta Information. The Transfer Syntax is that of the File
Meta Information, or what the bytes are in where there is none.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal, NamedTuple

from dcmlint.errors import UnreadableError
from dcmlint.source import NOTHING_ASKED, REMARKS, Asked
from dcmlint_pacs.uid import is_uid

__all__ = [
    "FAULTS",
    "MOST_FILES",
    "REASONS",
    "Apart",
    "Cell",
    "Demand",
    "Instance",
    "Pair",
    "Reason",
    "demand_of",
]

MOST_FILES = 1000
"""Files of a cell that are remembered by name, for findings; the others are counted."""

_MOST_CELLS = 20_000
_MOST_NAMED = 100_000
_HEAD = 1024
_EXAMPLES = 5

_SOP_CLASS, _SOP_INSTANCE, _STUDY, _SERIES = 0x00080016, 0x00080018, 0x0020000D, 0x0020000E
_META_CLASS, _META_INSTANCE, _AVAILABLE_SYNTAX = 0x00020002, 0x00020003, 0x00083002
_DIRECTORY = "1.2.840.10008.1.3.10"
_PIXELS, _FLOATS, _DOUBLES, _BITS = 0x7FE00010, 0x7FE00008, 0x7FE00009, 0x00280100


class Pair(NamedTuple):
    """What an instance needs a Presentation Context for: SOP Class UID and Transfer Syntax UID."""

    sop_class: str
    syntax: str


class Instance(NamedTuple):
    """A file, the SOP Instance UID in it, and whether it has Study and Series Instance UIDs."""

    file: str
    sop_instance_uid: str
    has_uids: bool = True


@dataclass(slots=True)
class Cell:
    """The instances of one Pair: `count` of them, the first of them in `instances`.

    `is_image` says that all have pixels of 8 or 16 bits, `has_pixels` that any has pixels. `without_uids`
    counts those without Study or Series Instance UID, `guessed` those of which the File Meta Information
    has no Transfer Syntax UID.
    """

    count: int = 0
    instances: list[Instance] = field(default_factory=list)
    is_image: bool = True
    has_pixels: bool = False
    without_uids: int = 0
    guessed: int = 0


@dataclass(slots=True)
class Apart:
    """Files that are in no cell, or that something is to be said of: how many, and a few of them."""

    count: int = 0
    examples: list[str] = field(default_factory=list)

    def add(self, file: str) -> None:
        """Count one more."""
        self.count += 1
        if len(self.examples) < _EXAMPLES:
            self.examples.append(file)


Reason = Literal[
    "directory",
    "no-sop-class",
    "no-sop-instance",
    "no-uid",
    "too-many",
    "not-dicom",
    "unreadable",
    "metadata",
    "server",
]
"""Why a file is in no cell."""

REASONS: Mapping[Reason, str] = MappingProxyType(
    {
        "directory": "a DICOMDIR: it is of media, and not sent",
        "no-sop-class": "no SOP Class UID in the Data Set: C-STORE needs it",
        "no-sop-instance": "no SOP Instance UID in the Data Set: C-STORE needs it",
        "no-uid": "a SOP Class UID or Transfer Syntax UID that is no UID",
        "too-many": "SOP Classes and Transfer Syntaxes beyond the first 20,000 pairs",
        "not-dicom": "not DICOM",
        "unreadable": "cannot be read",
        "metadata": "metadata that do not say the Transfer Syntax",
        "server": "what the server that has the data answers breaks the standard: see dcmlint check",
    }
)

FAULTS: tuple[Reason, ...] = (
    "no-sop-class",
    "no-sop-instance",
    "no-uid",
    "too-many",
    "unreadable",
    "metadata",
)
"""Reasons for which the answer to "will the peer take these data?" is not yes."""


@dataclass(slots=True)
class Demand:
    """What data ask of a peer. `apart` has by reason what cannot be sent at all, `mismatched` the files of
    which File Meta Information and Data Set disagree about SOP Class or SOP Instance."""

    cells: dict[Pair, Cell] = field(default_factory=dict)
    apart: dict[Reason, Apart] = field(default_factory=dict)
    mismatched: Apart = field(default_factory=Apart)
    named: int = 0
    """Files that are remembered by name, in all cells together."""

    @property
    def instances(self) -> int:
        """How many instances could be sent."""
        return sum(cell.count for cell in self.cells.values())

    def set_apart(self, reason: Reason, file: str) -> None:
        """Count a file that cannot be sent."""
        self.apart.setdefault(reason, Apart()).add(file)

    def add(self, head: Head) -> None:
        """Count an instance."""
        pair = Pair(head.sop_class, head.syntax)
        reason: Reason | None = _unsendable(head)
        if not reason and pair not in self.cells and len(self.cells) >= _MOST_CELLS:
            reason = "too-many"
        if reason:
            self.set_apart(reason, head.file)
            return
        cell = self.cells.setdefault(pair, Cell())
        cell.count += 1
        cell.is_image = cell.is_image and head.is_image
        cell.has_pixels = cell.has_pixels or head.has_pixels
        cell.without_uids += not head.has_uids
        cell.guessed += head.guessed
        if len(cell.instances) < MOST_FILES and (not cell.instances or self.named < _MOST_NAMED):
            self.named += 1
            cell.instances.append(Instance(head.file, head.sop_instance_uid, head.has_uids))
        if head.mismatched:
            self.mismatched.add(head.file)


class Head(NamedTuple):
    """What one file says that bears on sending it."""

    file: str
    sop_class: str
    sop_instance_uid: str
    syntax: str
    is_image: bool
    has_pixels: bool
    has_uids: bool
    mismatched: bool
    guessed: bool
    is_directory: bool = False


def _unsendable(head: Head) -> Reason | None:
    """Return why an instance cannot be sent at all, None if it can."""
    if head.is_directory:
        return "directory"
    if not head.sop_class:
        return "no-sop-class"
    if not head.sop_instance_uid:
        return "no-sop-instance"
    return None if is_uid(head.sop_class) and is_uid(head.syntax) else "no-uid"


def demand_of(locations: Iterable[str], asked: Asked = NOTHING_ASKED) -> Demand:
    """Return what the data at these locations ask for: files, folders, archives, or what dcmlint reads
    otherwise. Of a DICOMweb server whole objects are got: metadata do not say the Transfer Syntax.

    Raises UsageError if a location cannot be visited.
    """
    from dcmlint.scan import Session, Settings, entries

    session = Session(Settings(select=("file/unreadable",), asked=asked._replace(instances=True)))
    found = Demand()
    for entry in entries(session, locations):
        if entry.problem and entry.rule not in REMARKS:
            is_fault_of_server = entry.is_place and entry.rule not in ("", "file/unreadable")
            found.set_apart("server" if is_fault_of_server else "unreadable", entry.path)
            continue
        try:
            blob = session.source(entry.scheme).open(entry)
            try:
                _take(found, entry.path, blob)
            finally:
                blob.close()
        except UnreadableError:
            found.set_apart("unreadable", entry.path)
    return found


def _take(found: Demand, file: str, blob: Any) -> None:
    from dcmlint.read.opener import looks_like_dicom, read_instance

    if blob.content is not None:
        _take_metadata(found, file, blob.content)
        return
    if not looks_like_dicom(bytes(blob.buf[:_HEAD])):
        found.set_apart("not-dicom", file)
        return
    instance = read_instance(blob.buf)
    head = _head(file, instance)
    instance.close()
    if blob.failure:
        found.set_apart("unreadable", file)
        return
    found.add(head)


def _head(file: str, instance: Any) -> Head:
    root, meta = instance.root, instance.meta
    bits = root.first(_BITS) if _PIXELS in root else None
    names = (_uid(root, _SOP_CLASS), _uid(root, _SOP_INSTANCE))
    meta_names = ("", "") if meta is None else (_uid(meta, _META_CLASS), _uid(meta, _META_INSTANCE))
    declared = "" if meta is None else _uid(meta, 0x00020010)
    return Head(
        file,
        *names,
        declared or instance.syntax,
        is_image=bits in (8, 16),
        has_pixels=any(tag in root for tag in (_PIXELS, _FLOATS, _DOUBLES)),
        has_uids=bool(_uid(root, _STUDY) and _uid(root, _SERIES)),
        mismatched=any(theirs and theirs != ours for theirs, ours in zip(meta_names, names, strict=True)),
        guessed=not declared,
        is_directory=_DIRECTORY in (names[0], meta_names[0]),
    )


def _uid(item: Any, tag: int) -> str:
    raw = item.raw(tag)
    return "" if raw is None else raw[:128].rstrip(b"\0 ").decode("latin-1")


def _take_metadata(found: Demand, file: str, content: Mapping[str, Any]) -> None:
    """Take DICOM JSON of a server, which may say what it stores the instance in (PS3.18 10.4.1.1.2)."""
    values = {tag: _json_uid(content, f"{tag:08X}") for tag in (_SOP_CLASS, _SOP_INSTANCE, _STUDY, _SERIES)}
    syntax = _json_uid(content, f"{_AVAILABLE_SYNTAX:08X}")
    if not syntax:
        found.set_apart("metadata", file)
        return
    bits = content.get(f"{_BITS:08X}")
    allocated = bits.get("Value") if isinstance(bits, dict) else None
    found.add(
        Head(
            file,
            values[_SOP_CLASS],
            values[_SOP_INSTANCE],
            syntax,
            is_image=allocated in ([8], [16]),
            has_pixels=bits is not None,
            has_uids=all(values.values()),
            mismatched=False,
            guessed=False,
        )
    )


def _json_uid(content: Mapping[str, Any], tag: str) -> str:
    value = content.get(tag)
    values = value.get("Value") if isinstance(value, dict) else None
    first = values[0] if isinstance(values, list) and values else ""
    return first[:128] if isinstance(first, str) else ""
