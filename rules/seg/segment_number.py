"""Segment Numbers do not identify the segments.

## What it does
Looks at Segment Number (0062,0004) of all Items of the Segment Sequence. No two segments may have the same
number. In segmentations of type BINARY or FRACTIONAL the numbers are 1, 2, 3 and so on, in the order of the
Items; in label maps they are the pixel values and need not be consecutive.

## Why this matters
Frames, reports and other software refer to a segment by its number. With two segments of one number nobody
knows which structure a frame shows; software that takes the number for an index into the sequence takes the
wrong segment where numbers are left out.

## Example
The segments liver and spleen both have Segment Number 1.

## Fix
Number the segments from 1 in the order of the Items, and correct the Referenced Segment Number of the frames.
"""

from __future__ import annotations

from collections.abc import Iterator

from dcmlint.image import code
from dcmlint.model import Found
from dcmlint.numbering import integer, is_damaged, repeated
from dcmlint.read.item import Instance
from dcmlint.rule import Rule, bad, good

_SEGMENTS = 0x00620002
_NUMBER = 0x00620004
_TYPE = 0x00620001


def check(instance: Instance) -> Iterator[Found]:
    """Yield numbers that are there before, and the first that is out of sequence (PS3.3 C.8.20.2.4)."""
    segments = instance.root.items(_SEGMENTS) or ()
    doubles = 0
    for segment, number in repeated(segments, _NUMBER):
        doubles += 1
        yield Found(_NUMBER, {"what": f"{number} is that of an earlier segment"}, segment)
    if doubles or is_damaged(instance) or code(instance.root, _TYPE) not in ("BINARY", "FRACTIONAL"):
        return
    for expected, segment in enumerate(segments, 1):
        found = integer(segment, _NUMBER)
        if found is not None and found != expected:
            what = f"{found} is out of sequence; segment {expected} has number {expected}"
            yield Found(_NUMBER, {"what": what}, segment)
            return


def _segments(kind: str, *numbers: int) -> dict[str, object]:
    return {"SegmentationType": kind, "SegmentSequence": [{"SegmentNumber": number} for number in numbers]}


_SECOND = "SegmentSequence[2].SegmentNumber"

RULE = Rule(
    severity="error",
    scope="instance",
    citation="PS3.3 Section C.8.20.2.4",
    message="{attribute} {what}",
    selects=("SegmentSequence",),
    check=check,
    cases=(
        good(_segments("BINARY", 1, 2, 3)),
        good(_segments("FRACTIONAL", 1)),
        good(_segments("LABELMAP", 0, 4, 255)),
        good(SegmentSequence=[{"SegmentNumber": 4}, {"SegmentNumber": 9}]),
        good(SegmentationType="BINARY", SegmentSequence=[{"SegmentNumber": None}, {}]),
        good(SegmentationType="BINARY", SegmentSequence=None),
        bad(_SECOND, _segments("BINARY", 1, 1)),
        bad(_SECOND, _segments("LABELMAP", 7, 7)),
        bad(_SECOND, SegmentSequence=[{"SegmentNumber": 2}, {"SegmentNumber": 2}]),
        bad(_SECOND, _segments("BINARY", 1, 3)),
        bad("SegmentSequence[1].SegmentNumber", _segments("FRACTIONAL", 0, 1)),
        bad("SegmentSequence[1].SegmentNumber", _segments("BINARY", 2, 1)),
    ),
)
