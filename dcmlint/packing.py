"""How Facts are packed: what is in which part of their bytes."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from struct import Struct
from typing import Final

from xxhash import xxh3_64_intdigest

from dcmlint.read.vr import LONG_VRS
from dcmlint.standard.entities import ENTITIES, attributes_of

__all__ = [
    "BIG_ENDIAN",
    "COMPRESSED",
    "EXPLICIT",
    "HEAD",
    "IMPLICIT",
    "LONG",
    "MAX_BYTES",
    "NAMES",
    "OTHER",
    "OWN",
    "SECTIONS",
    "SHORT_BE",
    "SHORT_LE",
    "VERSION",
    "body_hash",
    "section_by_tag",
]

VERSION: Final = 3
"""The version of packed Facts; others cannot be unpacked."""

HEAD: Final = Struct("<BB7BIQ8I")
"""Version, flags, lengths of UIDs, content, character set and Transfer Syntax, number of frames, a hash of
all that follows, lengths of the sections: one for each Entity, other Attributes, references, records."""

EXPLICIT: Final = 1
BIG_ENDIAN: Final = 2
COMPRESSED: Final = 4
OWN: Final = 8
"""Flags: the encoding of the Data Set; whether references are compressed; whether the headers of elements are
of `dcmlint.excerpt` and not of the file."""

NAMES: Final = 7
"""How many texts are before the sections."""

OTHER: Final = len(ENTITIES)
SECTIONS: Final = OTHER + 1
"""Sections with Attributes; the last, OTHER, has those of no Information Entity."""

MAX_BYTES: Final = 1024
"""Bytes of a value that are looked at."""

SHORT_LE: Final = Struct("<HH2sH")
SHORT_BE: Final = Struct(">HH2sH")
IMPLICIT: Final = Struct("<HHL")
LONG: Final = frozenset(name.decode() for name in LONG_VRS)

# What tells images of one series apart, and where they are.
_IMAGE = (
    *(0x00080008, 0x00080018, 0x00080022, 0x00080023, 0x0008002A, 0x00080032, 0x00080033, 0x00080060),
    *(0x00089007, 0x00180020, 0x00180022, 0x00180050, 0x00180080, 0x00180081, 0x00180082, 0x00180086),
    *(0x00180088, 0x00181060, 0x00181120, 0x00181210, 0x00181314, 0x00185100, 0x00189087, 0x00189089),
    *(0x00200012, 0x00200013, 0x00200032, 0x00200037, 0x00200100, 0x00201040, 0x00209056, 0x00209057),
    *(0x00280002, 0x00280004, 0x00280008, 0x00280010, 0x00280011, 0x00280030, 0x00280100, 0x00280106),
    *(0x00540080, 0x00541300, 0x00541330, 0x00540101, 0x00540061, 0x00540071, 0x00201041, 0x00189073),
    *(0x00181063, 0x00189241, 0x00189079, 0x0018980C, 0x00209157, 0x0040A491, 0x0040A493, 0x0040A032),
    *(0x00100020, 0x00100021, 0x0020000D, 0x0020000E, 0x00200052),
)


@cache
def section_by_tag() -> Mapping[int, int]:
    """Return the section of each Attribute that is read."""
    found = dict.fromkeys(_IMAGE, OTHER)
    for number, entity in enumerate(ENTITIES):
        found.update(dict.fromkeys(attributes_of(entity), number))
    return found


def body_hash(body: bytes, flags: int, frames: int) -> int:
    """Return the hash in the head of Facts."""
    return xxh3_64_intdigest(body, flags << 32 | frames)
