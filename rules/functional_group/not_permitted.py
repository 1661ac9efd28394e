"""A functional group is where it may not be.

## What it does
Finds Functional Group Macros that PS3.3 allows in the Per-frame Functional Groups only and that are shared,
and those that may only be shared and are given for single frames.

## Why this matters
Some groups cannot be the same for all frames: Frame Content holds each frame's own number, time and place in
the dimensions. Others are only meant for the object as a whole.

## Example
Frame Content Sequence in the Shared Functional Groups Sequence.

## Fix
Move the sequence to where the macro belongs.
"""

from __future__ import annotations

from dcmlint.rule import Rule, bad, good

_CT = "1.2.840.10008.5.1.4.1.1.2.1"
_CONTENT = {"FrameContentSequence": [{"FrameAcquisitionNumber": 1}]}

RULE = Rule(
    severity="error",
    scope="table",
    citation="PS3.3 Section C.7.6.16.1",
    message="{attribute} may not be in the {where} functional groups ({macro})",
    cases=(
        good(SOPClassUID=_CT, PerFrameFunctionalGroupsSequence=[_CONTENT, _CONTENT]),
        good(SOPClassUID=_CT, SharedFunctionalGroupsSequence=[{"PixelMeasuresSequence": [{}]}]),
        bad(
            "SharedFunctionalGroupsSequence[1].FrameContentSequence",
            SOPClassUID=_CT,
            SharedFunctionalGroupsSequence=[_CONTENT],
        ),
    ),
)
