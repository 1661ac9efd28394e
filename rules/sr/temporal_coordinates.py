"""The points in time of a region do not fit its temporal range type.

## What it does
Looks at every TCOORD: it must say its points in exactly one way, as Referenced Sample Positions, Referenced
Time Offsets or Referenced DateTime, and have one for a POINT, BEGIN or END, two for a SEGMENT, and an even
number for a MULTISEGMENT.

## Why this matters
The annotation marks a beat or an interval of a waveform. Two ways of saying when, or an interval without an
end, and viewers mark something else.

## Example
A TCOORD of the type SEGMENT with a single Referenced Time Offset.

## Fix
Keep one of the three attributes, with the number of values that the type asks for.
"""

from __future__ import annotations

from collections.abc import Iterator

from dcmlint.image import code
from dcmlint.model import Found
from dcmlint.read.item import Instance, Item
from dcmlint.rule import Rule, bad, good
from dcmlint.sr.sample import content, document
from dcmlint.sr.tree import of_type

_RANGE_TYPE = 0x0040A130
_SAMPLES = 0x0040A132
_OFFSETS = 0x0040A138
_DATE_TIME = 0x0040A13A
_EXACTLY = {"POINT": 1, "BEGIN": 1, "END": 1, "SEGMENT": 2}
_RANGE_TYPES = (*_EXACTLY, "MULTIPOINT", "MULTISEGMENT")


def check(instance: Instance) -> Iterator[Found]:
    """Yield the TCOORDs that PS3.3 C.18.7 excludes."""
    for node in of_type(instance, "TCOORD"):
        range_type = code(node.item, _RANGE_TYPE)
        if range_type is not None and range_type not in _RANGE_TYPES:
            what = f"is none of {', '.join(sorted(_RANGE_TYPES))}"
            yield Found(_RANGE_TYPE, {"what": what}, node.item)
        ways = [tag for tag in (_SAMPLES, _OFFSETS, _DATE_TIME) if tag in node.item.elements]
        if not ways:
            what = "is missing, and so are the two other ways to say points in time: one must be there"
            yield Found(_OFFSETS, {"what": what}, node.item)
        for tag in ways[1:]:
            what = "is there besides another of the three ways to say points in time"
            yield Found(tag, {"what": what}, node.item)
        if len(ways) == 1:
            yield from _count(node.item, ways[0], range_type)


def _count(item: Item, tag: int, range_type: str | None) -> Iterator[Found]:
    """Yield a number of points that does not fit the type."""
    count = len(item.get(tag) or ())
    if not count:
        return
    if range_type == "MULTISEGMENT" and count % 2:
        yield Found(tag, {"what": f"has {count} values; a MULTISEGMENT has two for each segment"}, item)
    elif range_type in _EXACTLY and count != _EXACTLY[range_type]:
        what = f"has {count} values; a {range_type} has {_EXACTLY[range_type]}"
        yield Found(tag, {"what": what}, item)


_AT = "ContentSequence[1]."


def _moment(range_type: str, **points: object) -> dict[str, object]:
    return document(content("TCOORD", TemporalRangeType=range_type, **points))


RULE = Rule(
    severity="error",
    scope="instance",
    citation="PS3.3 Section C.18.7",
    message="{attribute} {what}",
    selects=("ContentSequence",),
    check=check,
    supersedes=("module/value-not-enumerated",),
    cases=(
        good(_moment("POINT", ReferencedTimeOffsets="0.5")),
        good(_moment("SEGMENT", ReferencedSamplePositions=[1, 9])),
        good(_moment("MULTISEGMENT", ReferencedTimeOffsets=["1", "2", "4", "5"])),
        good(_moment("MULTIPOINT", ReferencedDateTime=["20250101", "20250102", "20250103"])),
        good(_moment("POINT", ReferencedTimeOffsets=None)),
        bad(_AT + "ReferencedTimeOffsets", _moment("POINT")),
        bad(_AT + "ReferencedTimeOffsets", _moment("SEGMENT", ReferencedTimeOffsets="1")),
        bad(_AT + "ReferencedTimeOffsets", _moment("MULTISEGMENT", ReferencedTimeOffsets=["1", "2", "3"])),
        bad(_AT + "ReferencedSamplePositions", _moment("BEGIN", ReferencedSamplePositions=[1, 2])),
        bad(
            _AT + "ReferencedTimeOffsets",
            _moment("POINT", ReferencedSamplePositions=[1], ReferencedTimeOffsets="1"),
        ),
        bad(_AT + "TemporalRangeType", _moment("RANGE", ReferencedTimeOffsets="1")),
    ),
)
