"""The facts of one SOP Instance that checks over several instances need: small, and all that they see.

`facts_of` takes an excerpt of the Data Set, once an Instance: a fixed set of Attributes, by the Information
Entity that they describe, in the bytes of the file, and every reference to a SOP Instance. It is bounded, and
decoded where somebody asks for a value: most comparisons are of bytes. Values may be PHI: Facts are kept, and
compared, but shown only through `dcmlint.report.redaction`.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Mapping, Sequence
from functools import cache, lru_cache
from mmap import mmap
from struct import Struct
from typing import Any

from xxhash import xxh3_64_intdigest

from dcmlint.content import content_of, quick_content
from dcmlint.read.item import Instance, Item
from dcmlint.read.vr import BINARY_SIZE, LONG_VRS
from dcmlint.references import Record, Referred, records_of, references_of
from dcmlint.standard.dictionary import implicit_vr
from dcmlint.standard.entities import ENTITIES, Entity, attributes_of

__all__ = ["DIRECTORY", "VERSION", "Facts", "facts_of", "packed_facts", "patient_of", "text_of", "uids_of"]

DIRECTORY = "1.2.840.10008.1.3.10"
"""Media Storage Directory Storage: the SOP Class of a DICOMDIR (PS3.10 8.6)."""

_DIRECTORY = DIRECTORY.encode()
_MAX_CHARACTERS = 256
_MAX_BYTES = 4 * _MAX_CHARACTERS
_MAX_UID = 128
_MAX_CONTENT = 64
_LARGE = 1 << 12
_MAX_RUN = 4 * _MAX_BYTES
VERSION = 3
"""The version of packed Facts; others cannot be unpacked."""


_HEAD = Struct("<BB7BIQ8I")
"""Version, flags, lengths of UIDs, content, character set and Transfer Syntax, number of frames, a hash of
all that follows, lengths of the sections: one for each Entity, other Attributes, references, records."""

_EXPLICIT, _BIG_ENDIAN, _PACKED, _OWN = 1, 2, 4, 8
"""Flags: the encoding of the Data Set; whether references are compressed; whether the headers of elements are
of `_own` and not of the file."""

_SHORT_LE, _SHORT_BE, _IMPLICIT = Struct("<HH2sH"), Struct(">HH2sH"), Struct("<HHL")
_LONG = frozenset(name.decode() for name in LONG_VRS)

_SPECIFIC_CHARACTER_SET = 0x00080005
_SOP_CLASS_UID = 0x00080016
_SOP_INSTANCE_UID = 0x00080018
_PATIENT_ID = 0x00100020
_ISSUER = 0x00100021
_STUDY_UID = 0x0020000D
_SERIES_UID = 0x0020000E
_FRAME_OF_REFERENCE_UID = 0x00200052
_NUMBER_OF_FRAMES = 0x00280008
_SYNTAX = 0x00020010

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

_NAMES = 7
_OTHER = len(ENTITIES)
_SECTIONS = _OTHER + 1
_NUMBERS: dict[str, int] = {entity: number for number, entity in enumerate(ENTITIES)}

Places = dict[int, tuple[str, int, int]]
"""VR, offset and length of values, by tag."""


class Facts:
    """What is known of one SOP Instance; "" is absent.

    `content` is what `dcmlint.content.quick_content` says, or `content_of`. `frames` is 1 where Number of
    Frames is not said. Raises ValueError for bytes that are none of `pack`. Facts are equal if their bytes
    are.
    """

    def __init__(self, packed: bytes) -> None:
        head = _HEAD.unpack_from(packed) if len(packed) >= _HEAD.size else ()
        if not head or head[0] != VERSION:
            raise ValueError("these are no facts of this version of dcmlint")
        self._packed = packed
        self._flags: int = head[1]
        self.frames: int = head[9]
        ends = [_HEAD.size]
        for length in (*head[2:9], *head[11:]):
            ends.append(ends[-1] + length)
        if ends[-1] != len(packed) or head[10] != _hash(packed[_HEAD.size :], head[1], head[9]):
            raise ValueError("these facts are damaged")
        self._ends = ends
        names = packed[ends[0] : ends[7]].decode("latin-1")
        a, b, c, d, e, f = [end - _HEAD.size for end in ends[1:7]]
        self.sop_class_uid = names[:a]
        self.sop_instance_uid = names[a:b]
        self.study_uid = names[b:c]
        self.series_uid = names[c:d]
        self.content = names[d:e]
        self.coding = packed[1:2] + packed[ends[5] : ends[6]]
        self._texts: dict[int, str] = {_SYNTAX: names[f:]}
        self._places: list[Places | None] = [None] * _SECTIONS
        self._references: tuple[Referred, ...] | None = None
        self._item: Item | None = None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Facts) and self._packed == other._packed

    def __hash__(self) -> int:
        return hash(self._packed)

    def pack(self) -> bytes:
        """Return the facts as bytes."""
        return self._packed

    @staticmethod
    def unpack(packed: bytes) -> Facts:
        """Return the facts that `pack` made into bytes; raises ValueError for anything else."""
        return Facts(packed)

    def described(self, entity: Entity) -> bytes:
        """Return the Attributes of an Information Entity as they are encoded: equal bytes of the same
        `coding` say the same."""
        number = _NUMBERS[entity]
        return self._packed[self._ends[_NAMES + number] : self._ends[_NAMES + 1 + number]]

    def tags_of(self, entity: Entity) -> Iterable[int]:
        """Return the Attributes of an Information Entity that are not of zero length."""
        return self._section(_NUMBERS[entity])

    def raw(self, tag: int) -> bytes:
        """Return the bytes of an Attribute, b"" if it is absent."""
        section = _sections().get(tag, -1)
        place = self._section(section).get(tag) if section >= 0 else None
        return b"" if place is None else self._packed[place[1] : place[1] + place[2]]

    def value(self, tag: int) -> str:
        """Return an Attribute of the root as text, 256 characters at most, several values with backslashes
        between; "" if it is absent or empty. (0002,0010) is the Transfer Syntax of the bytes."""
        text = self._texts.get(tag)
        if text is None:
            text = self._texts[tag] = self._text(tag)
        return text

    def tags(self) -> set[int]:
        """Return the Attributes that are known and have a value."""
        places = [self._section(number) for number in range(_SECTIONS)]
        return {tag for section in places for tag in section if self.value(tag)}

    @property
    def frame_of_reference_uid(self) -> str:
        """Frame of Reference UID."""
        return self.value(_FRAME_OF_REFERENCE_UID)

    @property
    def patient(self) -> str:
        """Patient ID and its issuer."""
        return patient_of(self.value(_PATIENT_ID), self.value(_ISSUER))

    @property
    def references(self) -> tuple[Referred, ...]:
        """The references to SOP Instances, each once."""
        if self._references is None:
            body = self._listed(_NAMES + _SECTIONS).decode("latin-1")
            self._references = tuple([_referred(line) for line in body.split("\n")]) if body else ()
        return self._references

    @property
    def records(self) -> tuple[Record, ...]:
        """The Directory Records of a DICOMDIR that refer to files."""
        body = self._listed(_NAMES + 1 + _SECTIONS)
        return tuple([Record._make(each) for each in json.loads(body)]) if body else ()

    def _listed(self, number: int) -> bytes:
        body = self._packed[self._ends[number] : self._ends[number + 1]]
        return zlib.decompress(body) if body and self._flags & _PACKED else body

    def _section(self, number: int) -> Places:
        found = self._places[number]
        if found is None:
            start, end = self._ends[_NAMES + number], self._ends[_NAMES + 1 + number]
            found = self._places[number] = _places(self._packed, start, end, self._flags)
        return found

    def _text(self, tag: int) -> str:
        section = _sections().get(tag, -1)
        place = self._section(section).get(tag) if section >= 0 else None
        if place is None:
            return ""
        vr, offset, length = place
        raw = self._packed[offset : offset + length]
        if vr == "UN":
            vr = implicit_vr(tag)
        if vr == "US" and length == 2:
            return str(int.from_bytes(raw, "big" if self._flags & _BIG_ENDIAN else "little"))
        text = _plain(vr, raw)
        return _joined(self._excerpt().get(tag)) if text is None else text

    def _excerpt(self) -> Item:
        """Return the Attributes as an Item, which decodes them as those of any instance."""
        if self._item is None:
            instance = Instance()
            instance.explicit = bool(self._flags & _EXPLICIT)
            instance.big_endian = bool(self._flags & _BIG_ENDIAN)
            root = self._item = instance.root
            root.buf = self._packed
            for number in range(_SECTIONS):
                for tag, (vr, offset, length) in self._section(number).items():
                    root.elements[tag] = (vr, offset, length, None)
            start, end = self._ends[5], self._ends[6]
            if end > start:
                root.elements[_SPECIFIC_CHARACTER_SET] = ("CS", start, end - start, None)
        return self._item


def _shown(value: Any) -> str:
    if isinstance(value, bytes):
        return value.decode("latin-1").strip(" \0")
    return repr(value) if isinstance(value, float) else str(value)


def _hash(content: bytes, flags: int, frames: int) -> int:
    return xxh3_64_intdigest(content, flags << 32 | frames)


@cache
def _sections() -> Mapping[int, int]:
    """Return the section of each Attribute that is read."""
    found = dict.fromkeys(_IMAGE, _OTHER)
    for number, entity in enumerate(ENTITIES):
        found.update(dict.fromkeys(attributes_of(entity), number))
    return found


def _places(packed: bytes, start: int, end: int, flags: int) -> Places:
    """Return where the values of a section are, those of zero length left out; it ends at what cannot be."""
    found: Places = {}
    own = bool(flags & _OWN)
    explicit = own or bool(flags & _EXPLICIT)
    big_endian = bool(flags & _BIG_ENDIAN) and not own
    at = start
    while at + 8 <= end:
        if explicit and not big_endian:
            tag = packed[at] << 16 | packed[at + 1] << 24 | packed[at + 2] | packed[at + 3] << 8
            vr = packed[at + 4 : at + 6].decode("latin-1")
            length = packed[at + 6] | packed[at + 7] << 8
        elif explicit:
            group, number, code, length = _SHORT_BE.unpack_from(packed, at)
            tag, vr = group << 16 | number, code.decode("latin-1")
        else:
            group, number, length = _IMPLICIT.unpack_from(packed, at)
            tag = group << 16 | number
            vr = implicit_vr(tag)
        at += 8
        if explicit and not own and vr in _LONG:
            length = int.from_bytes(packed[at : at + 4], "big" if big_endian else "little")
            at += 4
        if at + length > end or vr == "SQ":
            break
        if length:
            found[tag] = (vr, at, min(length, _MAX_BYTES))
        at += length
    return found


def text_of(item: Item, tag: int) -> str:
    """Return an Attribute of an Instance as `Facts.value` does."""
    found = item.elements.get(tag)
    if found is None or found[3] is not None or not found[2]:
        return ""
    vr, offset, length, _ = found
    text = _plain(vr, bytes(item.buf[offset : offset + min(length, _MAX_BYTES)]))
    return _joined(item.get(tag)) if text is None else text


def _plain(vr: str, raw: bytes) -> str | None:
    """Return a value as text where no more is needed for it than its bytes, else None."""
    if vr in BINARY_SIZE or vr == "UN" or not raw.isascii() or b"\x1b" in raw:
        return None
    text = raw.decode("ascii").strip(" \0")
    if "\\" in text:
        text = "\\".join([part.strip(" \0") for part in text.split("\\")])
    return text[:_MAX_CHARACTERS]


def _joined(values: Sequence[Any] | None) -> str:
    return "\\".join([_shown(value) for value in values or ()])[:_MAX_CHARACTERS]


def facts_of(instance: Instance, *, can_read_again: bool = False) -> Facts:
    """Return the facts of an Instance; see `packed_facts`."""
    return Facts(packed_facts(instance, can_read_again=can_read_again))


def packed_facts(instance: Instance, *, can_read_again: bool = False) -> bytes:
    """Return the facts of an Instance as `Facts.pack` does; never raises for what its bytes are.

    `can_read_again` says that its file is at hand for `dcmlint.content.Contents`.
    """
    root = instance.root
    sop_class, uid, study, series = _uids(instance)
    content = quick_content(instance) if can_read_again else content_of(instance)
    names = (
        *(sop_class, uid, study, series, content.encode("ascii")[:_MAX_CONTENT]),
        *(_bytes(root, _SPECIFIC_CHARACTER_SET), instance.syntax.encode("latin-1", "replace")[:_MAX_UID]),
    )
    is_directory = sop_class == _DIRECTORY
    listed = [
        b"" if is_directory else _packed_references(references_of(instance, study.decode("latin-1"))),
        json.dumps(list(records_of(instance))).encode() if is_directory else b"",
    ]
    flags = (_EXPLICIT if instance.explicit else 0) | (_BIG_ENDIAN if instance.big_endian else 0)
    if max(len(listed[0]), len(listed[1])) > _LARGE:
        flags |= _PACKED
        listed = [zlib.compress(each, 1) if each else b"" for each in listed]
    described = _described(instance)
    if described is None:
        flags |= _OWN
        described = _own(instance)
    sections = [*described, *listed]
    body = b"".join([*names, *sections])
    frames = _frames(instance)
    lengths = [len(each) for each in names]
    head = _HEAD.pack(
        VERSION, flags, *lengths, frames, _hash(body, flags, frames), *[len(each) for each in sections]
    )
    return head + body


def uids_of(instance: Instance) -> tuple[str, str, str, str]:
    """Return SOP Class, SOP Instance, Study and Series Instance UID as `Facts` have them."""
    sop_class, uid, study, series = _uids(instance)
    return (
        sop_class.decode("latin-1"),
        uid.decode("latin-1"),
        study.decode("latin-1"),
        series.decode("latin-1"),
    )


def _uids(instance: Instance) -> tuple[bytes, bytes, bytes, bytes]:
    root = instance.root
    sop_class, uid = _bytes(root, _SOP_CLASS_UID), _bytes(root, _SOP_INSTANCE_UID)
    if instance.meta is not None:
        sop_class = sop_class or _bytes(instance.meta, 0x00020002)
        uid = uid or _bytes(instance.meta, 0x00020003)
    return sop_class, uid, _bytes(root, _STUDY_UID), _bytes(root, _SERIES_UID)


def patient_of(identifier: str, issuer: str) -> str:
    """Return Patient ID and its issuer as one."""
    return f"{identifier}^^^{issuer}" if identifier and issuer else identifier


def _described(instance: Instance) -> list[bytes] | None:
    """Return the sections of Attributes as runs of elements that follow each other in the file, those of an
    Information Entity in one; None where they may not lie as they should."""
    root = instance.root
    buf, elements = root.buf, root.elements
    if not instance.on_bytes or instance.faults or type(buf) not in (bytes, mmap):
        return None
    found = [b""] * _SECTIONS
    for number, runs in _runs(tuple(elements)):
        parts = []
        for first, last in runs:
            vr, offset, _, _ = elements[first]
            start = offset - (12 if vr in _LONG and instance.explicit else 8)
            _, offset, length, items = elements[last]
            if items is not None or offset + length - start > _MAX_RUN:
                return None
            parts.append(buf[start : offset + length])
        found[number] = parts[0] if len(parts) == 1 else b"".join(parts)
    return found


@lru_cache(maxsize=1024)
def _runs(tags: tuple[int, ...]) -> list[tuple[int, list[tuple[int, int]]]]:
    """Return the sections of Data Sets with these Attributes, and the first and last tag of each run."""
    read = _sections()
    sections: dict[int, list[tuple[int, int]]] = {}
    before = -1
    for tag in tags:
        number = read.get(tag, -1)
        if number >= 0:
            runs = sections.setdefault(number, [])
            if number == before:
                runs[-1] = (runs[-1][0], tag)
            else:
                runs.append((tag, tag))
        before = number
    return list(sections.items())


def _own(instance: Instance) -> list[bytes]:
    """Return the sections with a header of our own before each value: as Explicit VR Little Endian has it for
    short ones."""
    buf = instance.root.buf
    read = _sections()
    parts: list[list[bytes]] = [[] for _ in range(_SECTIONS)]
    for tag, (vr, offset, length, items) in instance.root.elements.items():
        number = read.get(tag, -1)
        if number >= 0 and length and items is None:
            value = bytes(buf[offset : offset + min(length, _MAX_BYTES)])
            code = vr.encode("latin-1")[:2]
            parts[number] += (_SHORT_LE.pack(tag >> 16, tag & 0xFFFF, code, len(value)), value)
    return [b"".join(each) for each in parts]


def _packed_references(references: Sequence[Referred]) -> bytes:
    """Return a line for each reference, with NUL between its parts: UIDs have neither."""
    lines = [
        f"{each.sop_class_uid}\0{each.sop_instance_uid}\0{','.join([str(frame) for frame in each.frames])}\0"
        f"{each.tag}\0{each.series_uid}\0{each.study_uid}"
        for each in references
    ]
    return "\n".join(lines).encode("latin-1")


def _referred(line: str) -> Referred:
    sop_class, uid, frames, tag, series, study = line.split("\0")
    numbers = tuple([int(frame) for frame in frames.split(",")]) if frames else ()
    return Referred(sop_class, uid, numbers, int(tag), series, study)


def _bytes(item: Item, tag: int) -> bytes:
    found = item.elements.get(tag)
    if found is None or found[3] is not None:
        return b""
    return bytes(item.buf[found[1] : found[1] + min(found[2], _MAX_UID)]).strip(b" \0")


def _frames(instance: Instance) -> int:
    raw = _bytes(instance.root, _NUMBER_OF_FRAMES)
    return max(1, min(int(raw), 0xFFFFFFFF)) if len(raw) <= 12 and raw.isdigit() else 1
