"""The per-frame functional groups are not as many as there are frames.

## What it does
Compares the number of Items of the Per-frame Functional Groups Sequence with Number of Frames. An object
that has no such sequence is not judged here, nor one without Number of Frames, nor one whose bytes are
damaged in the sequence.

## Why this matters
The first Item describes the first frame, the second the second, and so on. When the numbers differ, nobody
knows which frame an Item belongs to.

## Example
Number of Frames 20 with 19 Items, after a frame was removed from the groups but not from the pixels.

## Fix
Write one Item for each frame, in the order of the frames, and their number into Number of Frames.
"""

from __future__ import annotations

from collections.abc import Iterator

from dcmlint.frames import PER_FRAME, frame_items, is_cut
from dcmlint.image import numbers
from dcmlint.model import Found
from dcmlint.read.item import Instance
from dcmlint.rule import Rule, bad, good

_NUMBER_OF_FRAMES = 0x00280008


def check(instance: Instance) -> Iterator[Found]:
    """Yield the sequence if its number of Items is not the Number of Frames (PS3.3 C.7.6.16)."""
    count = len(frame_items(instance))
    frames = numbers(instance.root, _NUMBER_OF_FRAMES, 1)
    if count and frames is not None and frames[0] >= 1 and frames[0] != count and not is_cut(instance):
        yield Found(PER_FRAME, {"count": count, "frames": int(frames[0])}, attributes=(_NUMBER_OF_FRAMES,))


RULE = Rule(
    severity="error",
    scope="instance",
    citation="PS3.3 Section C.7.6.16.1.2",
    message="{attribute} has {count} Items, but Number of Frames is {frames}",
    selects=("PerFrameFunctionalGroupsSequence",),
    check=check,
    cases=(
        good(NumberOfFrames="2", PerFrameFunctionalGroupsSequence=[{}, {}]),
        good(NumberOfFrames="2"),
        good(NumberOfFrames="2", PerFrameFunctionalGroupsSequence=None),
        good(PerFrameFunctionalGroupsSequence=[{}, {}]),
        good(NumberOfFrames="0", PerFrameFunctionalGroupsSequence=[{}]),
        good(NumberOfFrames="many", PerFrameFunctionalGroupsSequence=[{}]),
        bad("PerFrameFunctionalGroupsSequence", NumberOfFrames="3", PerFrameFunctionalGroupsSequence=[{}]),
        bad(
            "PerFrameFunctionalGroupsSequence",
            NumberOfFrames="1",
            PerFrameFunctionalGroupsSequence=[{"FrameContentSequence": [{}]}] * 3,
        ),
    ),
)
