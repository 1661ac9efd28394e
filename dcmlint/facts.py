"""The facts of one SOP Instance that checks over several instances need: small, and all that they see.

They are an excerpt of the Data Set (`dcmlint.excerpt`), decoded where somebody asks for a value: most
comparisons are of bytes. Values may be PHI: Facts are kept, and compared, but shown only through
`dcmlint.report.redaction`.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Sequence
from typing import Any

from dcmlint.packing import (
    BIG_ENDIAN,
    COMPRESSED,
    EXPLICIT,
    HEAD,
    IMPLICIT,
    LONG,
    MAX_BYTES,
    NAMES,
    OWN,
    SECTIONS,
    SHORT_BE,
    VERSION,
    body_hash,
    section_by_tag,
)
from dcmlint.read.item import Instance, Item
from dcmlint.read.vr import BINARY_SIZE
from dcmlint.references import Record, Referred
from dcmlint.standard.dictionary import implicit_vr
from dcmlint.standard.entities import ENTITIES, Entity

__all__ = ["DIRECTORY", "Facts", "patient_of", "text_of"]

DIRECTORY = "1.2.840.10008.1.3.10"
"""Media Storage Directory Storage: the SOP Class of a DICOMDIR (PS3.10 8.6)."""

_MAX_CHARACTERS = 256

_SPECIFIC_CHARACTER_SET = 0x00080005
_PATIENT_ID = 0x00100020
_ISSUER = 0x00100021
_FRAME_OF_REFERENCE_UID = 0x00200052
_SYNTAX = 0x00020010

_NUMBERS: dict[str, int] = {entity: number for number, entity in enumerate(ENTITIES)}

Places = dict[int, tuple[str, int, int]]
"""VR, offset and length of values, by tag."""


class Facts:
    """What is known of one SOP Instance; "" is absent.

    `content` is what `dcmlint.content.quick_content` says, or `content_of`. `frames` is 1 where Number of
    Frames is not said. Raises ValueError for bytes that are none of `dcmlint.excerpt`. Facts are equal if
    their bytes are.
    """

    def __init__(self, packed: bytes) -> None:
        head = HEAD.unpack_from(packed) if len(packed) >= HEAD.size else ()
        if not head or head[0] != VERSION:
            raise ValueError("these are no facts of this version of dcmlint")
        self._packed = packed
        self._flags: int = head[1]
        self.frames: int = head[9]
        ends = [HEAD.size]
        for length in (*head[2:9], *head[11:]):
            ends.append(ends[-1] + length)
        if ends[-1] != len(packed) or head[10] != body_hash(packed[HEAD.size :], head[1], head[9]):
            raise ValueError("these facts are damaged")
        self._ends = ends
        names = packed[ends[0] : ends[7]].decode("latin-1")
        a, b, c, d, e, f = [end - HEAD.size for end in ends[1:7]]
        self.sop_class_uid = names[:a]
        self.sop_instance_uid = names[a:b]
        self.study_uid = names[b:c]
        self.series_uid = names[c:d]
        self.content = names[d:e]
        self.coding = packed[1:2] + packed[ends[5] : ends[6]]
        self._texts: dict[int, str] = {_SYNTAX: names[f:]}
        self._places: list[Places | None] = [None] * SECTIONS
        self._references: tuple[Referred, ...] | None = None
        self._item: Item | None = None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Facts) and self._packed == other._packed

    def __hash__(self) -> int:
        return hash(self._packed)

    def described(self, entity: Entity) -> bytes:
        """Return the Attributes of an Information Entity as they are encoded: equal bytes of the same
        `coding` say the same."""
        number = _NUMBERS[entity]
        return self._packed[self._ends[NAMES + number] : self._ends[NAMES + 1 + number]]

    def tags_of(self, entity: Entity) -> Iterable[int]:
        """Return the Attributes of an Information Entity that are not of zero length."""
        return self._section(_NUMBERS[entity])

    def raw(self, tag: int) -> bytes:
        """Return the bytes of an Attribute, b"" if it is absent."""
        section = section_by_tag().get(tag, -1)
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
        places = [self._section(number) for number in range(SECTIONS)]
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
            body = self._listed(NAMES + SECTIONS).decode("latin-1")
            self._references = tuple([_referred(line) for line in body.split("\n")]) if body else ()
        return self._references

    @property
    def records(self) -> tuple[Record, ...]:
        """The Directory Records of a DICOMDIR that refer to files."""
        body = self._listed(NAMES + 1 + SECTIONS)
        return tuple([Record._make(each) for each in json.loads(body)]) if body else ()

    def _listed(self, number: int) -> bytes:
        body = self._packed[self._ends[number] : self._ends[number + 1]]
        return zlib.decompress(body) if body and self._flags & COMPRESSED else body

    def _section(self, number: int) -> Places:
        found = self._places[number]
        if found is None:
            start, end = self._ends[NAMES + number], self._ends[NAMES + 1 + number]
            found = self._places[number] = _places(self._packed, start, end, self._flags)
        return found

    def _text(self, tag: int) -> str:
        section = section_by_tag().get(tag, -1)
        place = self._section(section).get(tag) if section >= 0 else None
        if place is None:
            return ""
        vr, offset, length = place
        raw = self._packed[offset : offset + length]
        if vr == "UN":
            vr = implicit_vr(tag)
        if vr == "US" and length == 2:
            return str(int.from_bytes(raw, "big" if self._flags & BIG_ENDIAN else "little"))
        text = _plain(vr, raw)
        return _joined(self._excerpt().get(tag)) if text is None else text

    def _excerpt(self) -> Item:
        """Return the Attributes as an Item, which decodes them as those of any instance."""
        if self._item is None:
            instance = Instance()
            instance.explicit = bool(self._flags & EXPLICIT)
            instance.big_endian = bool(self._flags & BIG_ENDIAN)
            root = self._item = instance.root
            root.buf = self._packed
            for number in range(SECTIONS):
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


def _places(packed: bytes, start: int, end: int, flags: int) -> Places:
    """Return where the values of a section are, those of zero length left out; it ends at what cannot be."""
    found: Places = {}
    own = bool(flags & OWN)
    explicit = own or bool(flags & EXPLICIT)
    big_endian = bool(flags & BIG_ENDIAN) and not own
    at = start
    while at + 8 <= end:
        if explicit and not big_endian:
            tag = packed[at] << 16 | packed[at + 1] << 24 | packed[at + 2] | packed[at + 3] << 8
            vr = packed[at + 4 : at + 6].decode("latin-1")
            length = packed[at + 6] | packed[at + 7] << 8
        elif explicit:
            group, number, code, length = SHORT_BE.unpack_from(packed, at)
            tag, vr = group << 16 | number, code.decode("latin-1")
        else:
            group, number, length = IMPLICIT.unpack_from(packed, at)
            tag = group << 16 | number
            vr = implicit_vr(tag)
        at += 8
        if explicit and not own and vr in LONG:
            length = int.from_bytes(packed[at : at + 4], "big" if big_endian else "little")
            at += 4
        if at + length > end or vr == "SQ":
            break
        if length:
            found[tag] = (vr, at, min(length, MAX_BYTES))
        at += length
    return found


def text_of(item: Item, tag: int) -> str:
    """Return an Attribute of an Instance as `Facts.value` does."""
    found = item.elements.get(tag)
    if found is None or found[3] is not None or not found[2]:
        return ""
    vr, offset, length, _ = found
    text = _plain(vr, bytes(item.buf[offset : offset + min(length, MAX_BYTES)]))
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


def patient_of(identifier: str, issuer: str) -> str:
    """Return Patient ID and its issuer as one."""
    return f"{identifier}^^^{issuer}" if identifier and issuer else identifier


def _referred(line: str) -> Referred:
    sop_class, uid, frames, tag, series, study = line.split("\0")
    numbers = tuple([int(frame) for frame in frames.split(",")]) if frames else ()
    return Referred(sop_class, uid, numbers, int(tag), series, study)
