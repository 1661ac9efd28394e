"""A frame refers to a segment that is not there.

## What it does
Looks at Referenced Segment Number (0062,000B) of all frames, in the shared or the per-frame functional
groups: it must be one number, that of an Item of the Segment Sequence. Segments that no frame refers to are
fine, since empty frames may be left out.

## Why this matters
The pixels of such a frame belong to no structure. Viewers drop the frame, or show it as some other segment.

## Example
The Segment Sequence has segments 1 and 2, frame 40 refers to segment 3.

## Fix
Describe the segment in the Segment Sequence, or correct the reference.
"""

from __future__ import annotations

from collections.abc import Iterator

from dcmlint.frames import frame_items, shared_item
from dcmlint.image import unsigned
from dcmlint.model import Found
from dcmlint.numbering import is_damaged, known
from dcmlint.read.item import Instance, Item
from dcmlint.rule import Rule, bad, good

_SEGMENTS = 0x00620002
_NUMBER = 0x00620004
_IDENTIFICATION = 0x0062000A
_REFERENCED = 0x0062000B


def check(instance: Instance) -> Iterator[Found]:
    """Yield the first reference to each missing segment, and the first to several (PS3.3 C.8.20.3.1)."""
    numbers = known(instance.root.items(_SEGMENTS) or (), _NUMBER)
    if not numbers or is_damaged(instance):
        return
    reported: set[int] = set()
    for item in _identifications(instance):
        number = unsigned(item, _REFERENCED)
        if number in numbers or number in reported:
            continue
        if number is not None:
            reported.add(number)
            yield Found(_REFERENCED, {"what": f"{number} is the number of no segment"}, item)
        elif len(several := item.get(_REFERENCED) or ()) > 1 and -1 not in reported:
            reported.add(-1)
            yield Found(_REFERENCED, {"what": f"has {len(several)} values instead of one"}, item)


def _identifications(instance: Instance) -> Iterator[Item]:
    shared = shared_item(instance)
    groups = frame_items(instance)
    for group in groups if shared is None else (shared, *groups):
        yield from group.items(_IDENTIFICATION) or ()


def _frame(number: object) -> dict[str, object]:
    return {"SegmentIdentificationSequence": [{"ReferencedSegmentNumber": number}]}


_SEGMENTED = {"SegmentSequence": [{"SegmentNumber": 1}, {"SegmentNumber": 2}]}
_PATH = "PerFrameFunctionalGroupsSequence[2].SegmentIdentificationSequence[1].ReferencedSegmentNumber"

RULE = Rule(
    severity="error",
    scope="instance",
    citation="PS3.3 Section C.8.20.3.1",
    message="{attribute} {what}",
    selects=("SegmentSequence",),
    check=check,
    cases=(
        good(_SEGMENTED, PerFrameFunctionalGroupsSequence=[_frame(1), _frame(2), _frame(1)]),
        good(_SEGMENTED, SharedFunctionalGroupsSequence=[_frame(2)], PerFrameFunctionalGroupsSequence=[{}]),
        good(_SEGMENTED, PerFrameFunctionalGroupsSequence=[_frame(1), {}, _frame(None)]),
        good(SegmentSequence=[{}], PerFrameFunctionalGroupsSequence=[_frame(1)]),
        bad(_PATH, _SEGMENTED, PerFrameFunctionalGroupsSequence=[_frame(1), _frame(3)]),
        bad(_PATH, _SEGMENTED, PerFrameFunctionalGroupsSequence=[_frame(1), _frame(0)]),
        bad(_PATH, _SEGMENTED, PerFrameFunctionalGroupsSequence=[_frame(1), _frame([1, 2])]),
        bad(
            "SharedFunctionalGroupsSequence[1].SegmentIdentificationSequence[1].ReferencedSegmentNumber",
            _SEGMENTED,
            SharedFunctionalGroupsSequence=[_frame(4)],
        ),
    ),
)
