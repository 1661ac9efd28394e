"""What one SOP Instance refers to: the references to other SOP Instances, and the records of a DICOMDIR."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from dcmlint.read.item import Instance, Item

__all__ = ["MAX_REFERENCES", "Record", "Referred", "records_of", "references_of"]

MAX_REFERENCES = 100_000

_UID_BYTES = 64
_STUDY_UID = 0x0020000D
_SERIES_UID = 0x0020000E
_REFERENCED_SERIES = 0x00081115
_REFERENCED_CLASS = 0x00081150
_REFERENCED_INSTANCE = 0x00081155
_REFERENCED_FRAMES = 0x00081160
_RT_REFERENCED_STUDY = 0x30060012

_NO_SEPARATORS = bytes.maketrans(b"\0\n", b"??")
"""Facts are packed with these between them."""


class Referred(NamedTuple):
    """One reference to a SOP Instance.

    `tag` is the Sequence that holds it; `series_uid` and `study_uid` are where the reference says that the
    instance is, "" where it does not. A Referenced Series Sequence without a study is of the own study.
    """

    sop_class_uid: str
    sop_instance_uid: str
    frames: tuple[int, ...]
    tag: int
    series_uid: str
    study_uid: str


class Record(NamedTuple):
    """A Directory Record that refers to a file, with what the records above it say (PS3.3 F.3).

    `number` is that of its Item, `file` has the components of Referenced File ID joined by "/". "" is not
    said.
    """

    number: int
    file: str
    sop_class_uid: str
    sop_instance_uid: str
    syntax: str
    patient_id: str
    study_uid: str
    series_uid: str
    modality: str


def references_of(instance: Instance, study_uid: str) -> tuple[Referred, ...]:
    """Return the references to SOP Instances, each once, in the order of the bytes.

    `study_uid` is the Study of the instance itself.
    """
    found: dict[Referred, None] = {}
    for items in instance.sequences:
        for item in items:
            if _REFERENCED_INSTANCE in item.elements:
                referred = _reference(item, item.tag, study_uid)
                if referred.sop_instance_uid:
                    found[referred] = None
        if len(found) >= MAX_REFERENCES:
            break
    return tuple(found)[:MAX_REFERENCES]


def _reference(item: Item, tag: int, study: str) -> Referred:
    frames = item.get(_REFERENCED_FRAMES) if _REFERENCED_FRAMES in item.elements else ()
    series_uid = study_uid = ""
    holder: Item = item
    while holder.parent is not None:
        series_uid = series_uid or _uid(holder, _SERIES_UID)
        study_uid = study_uid or _uid(holder, _STUDY_UID)
        if holder.tag == _RT_REFERENCED_STUDY and holder is not item:
            study_uid = study_uid or _uid(holder, _REFERENCED_INSTANCE)
        if holder.tag == _REFERENCED_SERIES and holder.parent.parent is None:
            study_uid = study_uid or study
        holder = holder.parent
    return Referred(
        _uid(item, _REFERENCED_CLASS),
        _uid(item, _REFERENCED_INSTANCE),
        tuple(frame for frame in frames or () if isinstance(frame, int)),
        tag,
        series_uid,
        study_uid,
    )


def _uid(item: Item, tag: int) -> str:
    found = item.elements.get(tag)
    if found is None:
        return ""
    _, offset, length, items = found
    if items is not None:
        return ""
    raw = bytes(item.buf[offset : offset + min(length, _UID_BYTES)])
    return raw.rstrip(b" \0").translate(_NO_SEPARATORS).decode("latin-1")


_RECORDS = 0x00041220
_FIRST = 0x00041200
_NEXT = 0x00041400
_LOWER = 0x00041420
_FILE_ID = 0x00041500
_KEYS = (0x00100020, _STUDY_UID, _SERIES_UID, 0x00080060)
"""Patient ID, Study and Series Instance UID, Modality: what the records above say."""

_TEXT_BYTES = 1 << 10


def records_of(instance: Instance) -> Iterator[Record]:
    """Yield the records of a DICOMDIR that refer to files, in the order of the bytes."""
    records = instance.items(_RECORDS) or ()
    above = _above(instance, records)
    for item in records[:MAX_REFERENCES]:
        file = "/".join(str(part) for part in item.get(_FILE_ID) or ())
        if not file:
            continue
        said = dict.fromkeys(_KEYS, "")
        at: Item | None = item
        steps = 0
        while at is not None and steps < 16:
            for tag in _KEYS:
                said[tag] = said[tag] or _text(at, tag)
            at = above.get(id(at))
            steps += 1
        uids = (_uid(item, tag) for tag in (0x00041510, 0x00041511, 0x00041512))
        yield Record._make((item.index, file, *uids, *(said[tag] for tag in _KEYS)))


def _text(item: Item, tag: int) -> str:
    found = item.elements.get(tag)
    if found is None or found[3] is not None or not 0 < found[2] <= _TEXT_BYTES:
        return ""
    return "\\".join(str(value) for value in item.get(tag) or ()).strip(" \0")


def _above(instance: Instance, records: Any) -> dict[int, Item]:
    """Return the record above each record, by id of the Item (PS3.3 F.3.2.2: by offset in the file)."""
    by_offset = {item.base + item.offset - 8: item for item in records}
    above: dict[int, Item] = {}
    met: set[int] = set()
    waiting: list[tuple[Any, Item | None]] = [(instance.first(_FIRST), None)]
    while waiting:
        offset, parent = waiting.pop()
        while offset in by_offset and offset not in met:
            met.add(offset)
            item = by_offset[offset]
            if parent is not None:
                above[id(item)] = parent
            waiting.append((item.first(_LOWER), item))
            offset = item.first(_NEXT)
    return above
