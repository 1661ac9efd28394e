"""A reference names a frame that the instance does not have.

## What it does
Compares Referenced Frame Number (0008,1160) with Number of Frames of the instance that is referred to,
wherever that is among what was scanned. Frames are counted from 1; an image without Number of Frames has one.

## Why this matters
The program that shows the frame fails, or shows another one: the first, if it counts from 0.

## Example
Frames 0 to 9 of an image of 10 frames.

## Fix
Count frames from 1, and make the references again when frames were removed.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from dcmlint.model import Found
from dcmlint.rule import Rule, bad_group, good_group

if TYPE_CHECKING:
    from dcmlint.group import Group, Member


_REFERENCED_FRAME_NUMBER = 0x00081160


def check(group: Group) -> Iterator[tuple[Member, Found]]:
    """Yield the Sequences that hold references to frames that are not there, once each."""
    for member in group.members:
        told: set[int] = set()
        for each in member.facts.references:
            if each.tag in told or not each.frames:
                continue
            known = group.known.find(each.sop_instance_uid)
            wrong = [frame for frame in each.frames if known is not None and not 1 <= frame <= known[1]]
            if wrong and known is not None:
                told.add(each.tag)
                args = {"frame": wrong[0], "count": known[1]}
                yield member, Found(each.tag, args, attributes=(each.tag, _REFERENCED_FRAME_NUMBER))


_IMAGE = {"SOPInstanceUID": "1.2.3.1", "StudyInstanceUID": "1.2.3", "NumberOfFrames": "10"}


def _refers(frames: object, uid: str = "1.2.3.1") -> dict[str, object]:
    item = {"ReferencedSOPInstanceUID": uid, "ReferencedFrameNumber": frames}
    return {"SOPInstanceUID": "1.2.3.9", "StudyInstanceUID": "1.2.3", "SourceImageSequence": [item]}


RULE = Rule(
    severity="error",
    scope="group",
    citation="PS3.3 Table 10-3",
    message="{attribute} refers to frame {frame} of an instance of {count}",
    over=("study",),
    check=check,
    cases=(
        good_group(_IMAGE, _refers(["1", "10"])),
        good_group(_IMAGE, _refers("11", "1.2.3.2")),
        good_group({**_IMAGE, "NumberOfFrames": None}, _refers("1")),
        bad_group("1", "SourceImageSequence", _IMAGE, _refers(["1", "11"])),
        bad_group("1", "SourceImageSequence", _IMAGE, _refers("0")),
        bad_group("1", "SourceImageSequence", {**_IMAGE, "NumberOfFrames": None}, _refers("2")),
    ),
)
