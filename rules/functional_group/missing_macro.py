"""A functional group that the IOD requires is missing.

## What it does
Looks for the Functional Group Macros of the IOD: each mandatory one must be in the Shared Functional Groups,
or in the Per-frame Functional Groups of every frame. A conditional one is looked for where its condition
holds, and reported as a warning.

## Why this matters
The functional groups say of each frame where it lies, how large its pixels are, and how it came about. A
frame without them cannot be placed or measured.

## Example
An Enhanced CT image whose frames have no Plane Position Sequence.

## Fix
Write the macro's sequence into the shared groups if it says the same of all frames, otherwise into the
groups of each frame.
"""

from __future__ import annotations

from dcmlint.rule import Rule, bad, good

_CT = "1.2.840.10008.5.1.4.1.1.2.1"
_SHARED = {
    "PixelMeasuresSequence": [{"PixelSpacing": [1, 1]}],
    "PlaneOrientationSequence": [{"ImageOrientationPatient": [1, 0, 0, 0, 1, 0]}],
    "FrameAnatomySequence": [{"FrameLaterality": "U"}],
    "FrameVOILUTSequence": [{"WindowCenter": 40, "WindowWidth": 400}],
    "PixelValueTransformationSequence": [{"RescaleSlope": 1, "RescaleIntercept": 0, "RescaleType": "HU"}],
    "IrradiationEventIdentificationSequence": [{"IrradiationEventUID": "2.25.1"}],
    "CTImageFrameTypeSequence": [{"FrameType": ["DERIVED", "PRIMARY", "VOLUME", "NONE"]}],
}
_FRAME = {
    "FrameContentSequence": [{"FrameAcquisitionNumber": 1}],
    "PlanePositionSequence": [{"ImagePositionPatient": [0, 0, 0]}],
}
_ALL = {
    "SOPClassUID": _CT,
    "SharedFunctionalGroupsSequence": [_SHARED],
    "PerFrameFunctionalGroupsSequence": [_FRAME, _FRAME],
}

RULE = Rule(
    severity="error",
    scope="table",
    citation="PS3.3 Section C.7.6.16.1",
    message="{attribute} is missing: the IOD requires the functional group {macro}",
    cases=(
        good(_ALL),
        good(
            _ALL,
            SharedFunctionalGroupsSequence=[{}],
            PerFrameFunctionalGroupsSequence=[_SHARED | _FRAME],
        ),
        good(SOPClassUID=_CT, NumberOfFrames=1),
        bad(
            "PerFrameFunctionalGroupsSequence[2].PlanePositionSequence",
            _ALL,
            PerFrameFunctionalGroupsSequence=[_FRAME, {"FrameContentSequence": [{}]}],
        ),
        bad(
            "PerFrameFunctionalGroupsSequence[1].PixelMeasuresSequence",
            _ALL,
            SharedFunctionalGroupsSequence=[{}],
        ),
        bad(
            "PerFrameFunctionalGroupsSequence[1].FrameContentSequence",
            SOPClassUID=_CT,
            PerFrameFunctionalGroupsSequence=[{}],
        ),
    ),
)
