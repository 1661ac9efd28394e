"""The Data Set has a group length.

## What it does
Reports elements (gggg,0000), which are retired everywhere but in File Meta Information and commands, and
says so if the length does not match the bytes of the group.

## Why this matters
Readers ignore group lengths, most writers forget to update them, and a wrong one misleads the few readers
that still skip groups by them.

## Example
(0008,0000) says 328; the elements of group 0008 take 602 bytes.

## Fix
Leave the element out.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from dcmlint.model import UNDEFINED_LENGTH, Found
from dcmlint.read.encode import part10
from dcmlint.read.item import Item
from dcmlint.read.vr import LONG_VRS
from dcmlint.rule import Faulty, Fix, Mended, Rule, bad, good
from dcmlint.value import Value

if TYPE_CHECKING:
    from dcmlint.fix.edit import Edit

_LONG = frozenset(LONG_VRS.values())


def check(value: Value) -> Iterator[Found]:
    """Yield a group length outside groups 0000 and 0002 (PS3.5 7.2)."""
    item, tag = value.item, value.tag
    if tag & 0xFFFF or tag >> 16 in (0x0000, 0x0002):
        return
    what = "is retired"
    actual = _actual(item, tag) if item.instance.on_bytes and len(value.raw) == 4 else None
    if actual is not None:
        declared = int.from_bytes(value.raw, "big" if item.instance.big_endian else "little")
        if declared != actual:
            what = f"is retired, and wrong: it says {declared} bytes, but {actual} follow"
    yield Found(tag, {"what": what})


def _actual(item: Item, tag: int) -> int | None:
    """Return the bytes from the end of the group length to the end of its group, None if unknown."""
    bounds = _bounds(item).get(tag >> 16)
    return None if bounds is None else bounds - item.elements[tag][1] - 4


def _bounds(item: Item) -> dict[int, int | None]:
    """Return where each group of an Item ends; looked up once for each Item."""
    memo = item.instance.memo
    key = f"group ends {id(item)}"
    ends: dict[int, int | None] | None = memo.get(key)
    if ends is None:
        ends, last = {}, -1
        for tag, (vr, offset, length, _) in item.elements.items():
            group = tag >> 16
            if group != last:
                ends[last] = offset - (12 if item.instance.explicit and vr in _LONG else 8)
                last = group
            ends[group] = None if length == UNDEFINED_LENGTH else offset + length
        memo[key] = ends
    return ends


def fixed(faulty: Faulty) -> Iterator[Edit]:
    """Yield the removal of the group length (PS3.5 7.2)."""
    from dcmlint.fix.make import removed

    yield removed(faulty.item, faulty.tag or 0)


RULE = Rule(
    severity="note",
    scope="value",
    citation="PS3.5 Section 7.2",
    message="{attribute} {what}",
    selects=("group length",),
    check=check,
    fix=Fix(
        True,
        fixed,
        "Leaves the element out.",
        (
            Mended(
                lambda: part10(
                    {"00080000": 9, "Modality": "OT", "ReferencedStudySequence": [{"00080000": 0}]}
                ),
                lambda: part10({"Modality": "OT", "ReferencedStudySequence": [{}]}),
            ),
        ),
    ),
    cases=(
        good(StudyID="1"),
        good({"00090010": "ACME"}),
        bad("(0008,0000)", {"00080000": 10, "Modality": "OT", "PatientID": "1"}),
        bad("(0008,0000)", {"00080000": 9, "Modality": "OT"}),
        bad("ReferencedStudySequence[1].(0008,0000)", ReferencedStudySequence=[{"00080000": 0}]),
    ),
)
