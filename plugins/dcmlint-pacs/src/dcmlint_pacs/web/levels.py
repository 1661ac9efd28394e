"""The levels of a search by QIDO-RS, and what each result must have (PS3.18 10.6.3.3)."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["IF_PRESENT", "INSTANCE", "LEVELS", "SERIES", "STUDY", "Level", "level_of"]


class Level(NamedTuple):
    """One level: the name of its results, the name of the resource, the tag of its unique key, and the
    required return keys.

    Required are keys of type U and R. Those of type C are there "if known", which only the server can tell.
    """

    name: str
    resource: str
    unique: str
    required: tuple[str, ...]


STUDY = Level(
    "study",
    "studies",
    "0020000D",
    tuple(
        "00080020 00080030 00080050 00080061 00080090 00100010 00100020 00100030 00100040 0020000D 00200010"
        " 00201206 00201208".split()
    ),
)
"""PS3.18 Table 10.6.3-3."""

SERIES = Level("series", "series", "0020000E", ("00080060", "0020000E", "00200011", "00201209"))
"""PS3.18 Table 10.6.3-4."""

INSTANCE = Level("instance", "instances", "00080018", ("00080016", "00080018"))
"""PS3.18 Table 10.6.3-5, what every instance has."""

IF_PRESENT = ("00200013", "00280008", "00280010", "00280011", "00280100")
"""PS3.18 Table 10.6.3-5, what results have if the instance has it."""

LEVELS = (STUDY, SERIES, INSTANCE)

_STUDY_TAGS = frozenset(
    "00080020 00080030 00080050 00080061 00080062 00080090 00081030 00081032 00081048 00081049 00081060"
    " 00081062 00081080 00081084 00081110 0020000D 00200010 00201206 00201208 00321032 00321060 00401012"
    " 00380010 00380500 00324000".split()
)
_SERIES_TAGS = frozenset(
    "00080021 00080031 00080060 00080070 00080080 00080081 0008103E 0008103F 00081010 00081040 00081050"
    " 00081070 00081090 00081111 00180015 00181000 00181020 00181030 00185100 0020000E 00200011 00200052"
    " 00200060 00201209 00400244 00400245 00400250 00400251 00400253 00400254 00400260 00400275".split()
)


def level_of(tag: str) -> Level:
    """Return the level that an attribute is of: those of Patient and Study, of Series and Equipment, others.

    PS3.4 C.6.1.1 has the keys of each level; other attributes are of the Information Entity of their Module.
    """
    if tag in _STUDY_TAGS or tag.startswith("0010"):
        return STUDY
    return SERIES if tag in _SERIES_TAGS else INSTANCE
