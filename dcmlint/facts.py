"""The facts of one SOP Instance that checks over several instances need: small, and all that they see.

`facts_of` reads a fixed set of Attributes and every reference to a SOP Instance, once an Instance; what is
read is bounded. Values may be PHI: Facts are kept, and compared, but shown only through
`dcmlint.report.redaction`.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

from dcmlint.model import UNDEFINED_LENGTH
from dcmlint.read.item import Instance, Item
from dcmlint.read.vr import BINARY_SIZE
from dcmlint.standard.dictionary import implicit_vr
from dcmlint.standard.entities import ENTITIES, attributes_of

__all__ = ["DIRECTORY", "MAX_REFERENCES", "Facts", "Record", "Referred", "facts_of"]

DIRECTORY = "1.2.840.10008.1.3.10"
"""Media Storage Directory Storage: the SOP Class of a DICOMDIR (PS3.10 8.6)."""

MAX_REFERENCES = 100_000
_MAX_CHARACTERS = 256
_MAX_HASHED = 1 << 20
_START = 1 << 12
"""Bytes at the start of pixel data that are compared."""

_LARGE = 1 << 12
_VERSION = 1

_SOP_CLASS_UID = 0x00080016
_PATIENT_ID = 0x00100020
_ISSUER = 0x00100021
_STUDY_UID = 0x0020000D
_SERIES_UID = 0x0020000E
_FRAME_OF_REFERENCE_UID = 0x00200052
_SYNTAX = 0x00020010
_REFERENCED_SERIES = 0x00081115
_REFERENCED_CLASS = 0x00081150
_REFERENCED_INSTANCE = 0x00081155
_REFERENCED_FRAMES = 0x00081160
_RT_REFERENCED_STUDY = 0x30060012
_PIXEL_DATA = frozenset((0x7FE00008, 0x7FE00009, 0x7FE00010))
_NO_CONTENT = _PIXEL_DATA | {0xFFFCFFFC}

# What tells images of one series apart, and where they are.
_IMAGE = (
    *(0x00080008, 0x00080018, 0x00080022, 0x00080023, 0x0008002A, 0x00080032, 0x00080033, 0x00080060),
    *(0x00089007, 0x00180020, 0x00180022, 0x00180050, 0x00180080, 0x00180081, 0x00180082, 0x00180086),
    *(0x00180088, 0x00181060, 0x00181120, 0x00181210, 0x00181314, 0x00185100, 0x00189087, 0x00189089),
    *(0x00200012, 0x00200013, 0x00200032, 0x00200037, 0x00200100, 0x00201040, 0x00209056, 0x00209057),
    *(0x00280002, 0x00280004, 0x00280008, 0x00280010, 0x00280011, 0x00280030, 0x00280100, 0x00280106),
    *(0x00540080, 0x00541300, 0x00541330, 0x00540101, 0x00540061, 0x00540071, 0x00201041, 0x00189073),
    *(0x00181063, 0x00189241, 0x00189079, 0x0018980C, 0x00209157, 0x0040A491, 0x0040A493, 0x0040A032),
    *(_PATIENT_ID, _ISSUER, _STUDY_UID, _SERIES_UID, _FRAME_OF_REFERENCE_UID),
)


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


class Facts(NamedTuple):
    """What is known of one SOP Instance; "" is absent.

    `patient` is Patient ID and issuer. `content` is a hash of what the Data Set says, then ":" and one of its
    pixel data, with "~" behind it where only their start was looked at; lengths, VRs, padding, Basic Offset
    Table and private Attributes are in neither. `values` has Attributes of the root as text, 256 characters
    at most, several values with backslashes between. (0002,0010) is the Transfer Syntax of the bytes.
    """

    sop_class_uid: str
    sop_instance_uid: str
    study_uid: str
    series_uid: str
    patient: str
    frame_of_reference_uid: str
    content: str
    values: Mapping[int, str]
    references: tuple[Referred, ...]
    records: tuple[Record, ...] = ()

    def pack(self) -> bytes:
        """Return the facts as bytes."""
        values = [part for tag, value in self.values.items() for part in (tag, value)]
        body = json.dumps([*self[:7], values, self.references, self.records], separators=(",", ":")).encode()
        packed = zlib.compress(body, 1) if len(body) > _LARGE else body
        return bytes((_VERSION, packed is not body)) + packed

    @staticmethod
    def unpack(packed: bytes) -> Facts:
        """Return the facts that `pack` made into bytes; raises ValueError for anything else."""
        if len(packed) < 2 or packed[0] != _VERSION:
            raise ValueError("these are no facts of this version of dcmlint")
        try:
            body = json.loads(zlib.decompress(packed[2:]) if packed[1] else packed[2:])
            values = dict(zip(body[7][::2], body[7][1::2], strict=True))
            references = tuple(Referred._make((*each[:2], tuple(each[2]), *each[3:])) for each in body[8])
            records = tuple(Record._make(each) for each in body[9])
            return Facts._make((*body[:7], values, references, records))
        except (zlib.error, TypeError, IndexError, KeyError) as error:
            raise ValueError("these facts are damaged") from error

    def value(self, tag: int) -> str:
        """Return an Attribute as text, "" if it is absent or empty."""
        return self.values.get(tag, "")

    @property
    def frames(self) -> int:
        """The number of frames, 1 where Number of Frames is not said."""
        text = self.values.get(0x00280008, "")
        return int(text) if text.isascii() and text.isdigit() and int(text) > 0 else 1


@cache
def _read() -> frozenset[int]:
    found = set(_IMAGE)
    for entity in ENTITIES:
        found.update(attributes_of(entity))
    return frozenset(found)


def facts_of(instance: Instance) -> Facts:
    """Return the facts of an Instance; never raises for what its bytes are."""
    root = instance.root
    values = {}
    read = _read()
    for tag in [tag for tag in root.elements if tag in read]:
        text = _text(root, tag)
        if text:
            values[tag] = text
    if instance.syntax:
        values[_SYNTAX] = instance.syntax
    identifier, issuer = values.get(_PATIENT_ID, ""), values.get(_ISSUER, "")
    study = values.get(_STUDY_UID, "")
    meta = instance.meta
    sop_class = instance.sop_class_uid or (_uid(meta, 0x00020002) if meta is not None else "")
    directory = sop_class == DIRECTORY
    return Facts(
        sop_class,
        instance.sop_instance_uid or (_uid(meta, 0x00020003) if meta is not None else ""),
        study,
        values.get(_SERIES_UID, ""),
        f"{identifier}^^^{issuer}" if identifier and issuer else identifier,
        values.get(_FRAME_OF_REFERENCE_UID, ""),
        _content(instance),
        values,
        () if directory else _references(instance, study),
        tuple(_records(instance)) if directory else (),
    )


def _text(item: Item, tag: int) -> str:
    """Return the values of an Attribute as text."""
    vr, offset, length, items = item.elements[tag]
    if items is not None or not length or length == UNDEFINED_LENGTH:
        return ""
    if vr == "UN":
        vr = implicit_vr(tag)
    if vr not in BINARY_SIZE and length <= 4 * _MAX_CHARACTERS:
        raw = bytes(item.buf[offset : offset + length])
        if raw.isascii() and b"\x1b" not in raw:
            text = raw.decode("ascii").strip(" \0")
            if "\\" in text:
                text = "\\".join(part.strip(" \0") for part in text.split("\\"))
            return text[:_MAX_CHARACTERS]
    if length > 64 * _MAX_CHARACTERS:
        return ""
    return "\\".join(_shown(value) for value in item.get(tag) or ())[:_MAX_CHARACTERS]


def _shown(value: Any) -> str:
    if isinstance(value, bytes):
        return value.decode("latin-1").strip(" \0")
    return repr(value) if isinstance(value, float) else str(value)


def _uid(item: Item | None, tag: int) -> str:
    raw = item.raw(tag) if item is not None else None
    return "" if raw is None else raw[:64].rstrip(b" \0").decode("latin-1")


def _content(instance: Instance) -> str:
    """Return hashes of what the Data Set says and of its pixel data, in any order of encoding.

    Group lengths and padding are no content (PS3.5 7.2), and neither is how lengths are encoded. What is
    private may change its VR on the way, a Sequence that of bytes.
    """
    from xxhash import xxh3_64_hexdigest

    parts: list[Any] = []
    left = _add(instance.root, parts, _MAX_HASHED)
    elements = instance.root.elements
    tags = [tag for tag in elements if tag & 0xFFFF and not tag & 0x10000 and tag not in _NO_CONTENT]
    parts.append(repr(tags).encode())
    pixels: list[Any] = []
    complete = left >= 0
    for tag in elements:
        if tag in _PIXEL_DATA:
            complete = _add_pixels(instance, tag, pixels) and complete
    mark = "" if complete else "~"
    return f"{xxh3_64_hexdigest(b''.join(parts))}:{xxh3_64_hexdigest(b''.join(pixels))}{mark}"


def _add(item: Item, parts: list[Any], left: int) -> int:
    """Add the values of an Item to what is hashed, `left` bytes of them at most; return what is left then,
    -1 if something was left out."""
    buf, elements, add = item.buf, item.elements, parts.append
    for tag, (_, offset, length, items) in elements.items():
        if tag & 0x10000 or not tag & 0xFFFF or tag in _NO_CONTENT:
            continue
        if items is not None:
            add(b"<%d" % tag)
            for nested in items:
                left = _add(nested, parts, left)
                add(b";")
            add(b">")
        elif length <= left:
            add(buf[offset : offset + length])
            left -= length
        else:
            add(b"%d" % length)
            left = -1
    return left


def _add_pixels(instance: Instance, tag: int, parts: list[Any]) -> bool:
    """Add the length of pixel data, and the bytes that they begin with; return whether that is all of it.

    What lies behind is not read: it may be large, and far away. The Basic Offset Table is left out.
    """
    buf = instance.root.buf
    _, offset, length, items = instance.root.elements[tag]
    pieces: Sequence[tuple[int, int]] = ((offset, length),)
    if items is not None or length == UNDEFINED_LENGTH:
        listed = [found for item, at, found in instance.fragments if item is instance.root and at == tag]
        pieces = listed[0][1:] if listed else ()
    total = sum(length for _, length in pieces)
    parts.append(b"%d" % total)
    if not pieces:
        return instance.on_bytes
    left = _START
    for offset, length in pieces:
        parts.append(buf[offset : offset + min(left, length)])
        left -= min(left, length)
        if not left:
            break
    return total <= _START


def _references(instance: Instance, study: str) -> tuple[Referred, ...]:
    """Return the references to SOP Instances, each once, in the order of the bytes."""
    found: dict[Referred, None] = {}
    for holder in dict.fromkeys(instance.holders):
        for tag, (_, _, _, items) in holder.elements.items():
            for item in items or ():
                if _REFERENCED_INSTANCE in item.elements:
                    referred = _reference(item, tag, study)
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


_RECORDS = 0x00041220
_FIRST = 0x00041200
_NEXT = 0x00041400
_LOWER = 0x00041420
_FILE_ID = 0x00041500
_MODALITY = 0x00080060
_KEYS = (_PATIENT_ID, _STUDY_UID, _SERIES_UID, _MODALITY)


def _records(instance: Instance) -> Iterator[Record]:
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
                said[tag] = said[tag] or (_text(at, tag) if tag in at.elements else "")
            at = above.get(id(at))
            steps += 1
        uids = (_uid(item, tag) for tag in (0x00041510, 0x00041511, 0x00041512))
        yield Record._make((item.index, file, *uids, *(said[tag] for tag in _KEYS)))


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
