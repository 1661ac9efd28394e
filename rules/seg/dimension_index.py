"""Dimension indices and segments contradict each other.

## What it does
Where a dimension of a segmentation points to Referenced Segment Number (0062,000B), all frames of a segment
must have the same index in that dimension, and frames of different segments different ones. The index need
not be the Segment Number.

## Why this matters
Viewers sort frames into volumes by their dimension indices. Frames of two segments with one index end up in
one volume: the wrong structure is shown, measured or irradiated.

## Example
The frames of segment 1 and those of segment 2 both have the index 1 in the first dimension.

## Fix
Count the segments from 1 in the Dimension Index Values of the frames.
"""

from __future__ import annotations

from collections.abc import Iterator

from dcmlint.frames import frame_items, macro
from dcmlint.image import unsigned
from dcmlint.model import Found
from dcmlint.read.item import Instance
from dcmlint.rule import Rule, bad, good

_DIMENSIONS = 0x00209222
_POINTER = 0x00209165
_REFERENCED = 0x0062000B
_IDENTIFICATION = 0x0062000A
_FRAME_CONTENT = 0x00209111
_VALUES = 0x00209157


def check(instance: Instance) -> Iterator[Found]:
    """Yield the first frame whose index is that of another segment (PS3.3 C.7.6.17.1)."""
    pointers = [item.first(_POINTER) for item in instance.root.items(_DIMENSIONS) or ()]
    if pointers.count(_REFERENCED) != 1:
        return
    position = pointers.index(_REFERENCED)
    segments: dict[int, int] = {}
    indices: dict[int, int] = {}
    for frame in frame_items(instance):
        identification, content = macro(_IDENTIFICATION, frame), macro(_FRAME_CONTENT, frame)
        if identification is None or content is None:
            continue
        segment, values = unsigned(identification, _REFERENCED), content.get(_VALUES) or ()
        if segment is None or len(values) != len(pointers):
            continue
        index = values[position]
        if segments.setdefault(index, segment) != segment:
            what = (
                f"has the index {index} of segment {segments[index]}, but the frame shows segment {segment}"
            )
        elif indices.setdefault(segment, index) != index:
            what = f"has the index {index} for segment {segment}, which has {indices[segment]} before"
        else:
            continue
        yield Found(_VALUES, {"what": what}, content)
        return


_POINTERS = [
    {"DimensionIndexPointer": "ReferencedSegmentNumber"},
    {"DimensionIndexPointer": "InStackPositionNumber"},
]
_SEGMENTED: dict[str, object] = {"SegmentSequence": [{}], "DimensionIndexSequence": _POINTERS}
_PATH = "PerFrameFunctionalGroupsSequence[2].FrameContentSequence[1].DimensionIndexValues"


def _frame(segment: int, *values: int) -> dict[str, object]:
    return {
        "SegmentIdentificationSequence": [{"ReferencedSegmentNumber": segment}],
        "FrameContentSequence": [{"DimensionIndexValues": list(values)}],
    }


RULE = Rule(
    severity="warning",
    scope="instance",
    citation="PS3.3 Section C.7.6.17.1",
    message="{attribute} {what}",
    selects=("SegmentSequence",),
    check=check,
    cases=(
        good(
            _SEGMENTED, PerFrameFunctionalGroupsSequence=[_frame(1, 1, 1), _frame(2, 2, 1), _frame(1, 1, 2)]
        ),
        good(_SEGMENTED, PerFrameFunctionalGroupsSequence=[_frame(4, 1, 1), _frame(7, 2, 1)]),
        good(_SEGMENTED, PerFrameFunctionalGroupsSequence=[_frame(1, 1), _frame(2, 1)]),
        good(SegmentSequence=[{}], PerFrameFunctionalGroupsSequence=[_frame(1, 1), _frame(2, 1)]),
        good(
            SegmentSequence=[{}],
            DimensionIndexSequence=_POINTERS[1:],
            PerFrameFunctionalGroupsSequence=[_frame(1, 1), _frame(2, 1)],
        ),
        bad(_PATH, _SEGMENTED, PerFrameFunctionalGroupsSequence=[_frame(1, 1, 1), _frame(2, 1, 1)]),
        bad(_PATH, _SEGMENTED, PerFrameFunctionalGroupsSequence=[_frame(1, 1, 1), _frame(1, 2, 2)]),
    ),
)
