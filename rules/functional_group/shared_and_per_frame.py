"""A functional group is both shared by all frames and given for single ones.

## What it does
Finds Functional Group Macros whose sequence is in the Shared Functional Groups and in the Per-frame
Functional Groups too.

## Why this matters
There are two answers to one question. One receiver takes the shared values, another those of the frame.

## Example
Pixel Measures Sequence in the shared groups, and again in the groups of the third frame.

## Fix
If all frames have the same values, keep the shared group only. Otherwise write the group for each frame and
remove it from the shared ones.
"""

from __future__ import annotations

from dcmlint.rule import Rule, bad, good

_CT = "1.2.840.10008.5.1.4.1.1.2.1"
_MEASURES = {"PixelMeasuresSequence": [{"PixelSpacing": [1, 1]}]}
_POSITION = {"PlanePositionSequence": [{"ImagePositionPatient": [0, 0, 0]}]}

RULE = Rule(
    severity="error",
    scope="table",
    citation="PS3.3 Section C.7.6.16.1.1",
    message="{attribute} is in the shared and in the per-frame functional groups ({macro})",
    cases=(
        good(
            SOPClassUID=_CT,
            SharedFunctionalGroupsSequence=[_MEASURES],
            PerFrameFunctionalGroupsSequence=[_POSITION, _POSITION],
        ),
        good(
            SOPClassUID=_CT,
            SharedFunctionalGroupsSequence=[{}],
            PerFrameFunctionalGroupsSequence=[_MEASURES, _MEASURES],
        ),
        bad(
            "PerFrameFunctionalGroupsSequence[2].PixelMeasuresSequence",
            SOPClassUID=_CT,
            SharedFunctionalGroupsSequence=[_MEASURES],
            PerFrameFunctionalGroupsSequence=[_POSITION, _MEASURES],
        ),
    ),
)
