"""A mandatory attribute (Type 1) is missing.

## What it does
Finds attributes of Type 1 that are absent: in the modules that apply to the object, in every Item of
their sequences, and in functional groups. An attribute that is present without a value is
`module/empty-type-1`; a module without any of its attributes is `module/missing-module`.

## Why this matters
Type 1 is what an object cannot be used without. Archives refuse to store it, viewers cannot open it or
show it wrongly.

## Example
A CT image without Pixel Spacing, so that nothing can be measured in it.

## Fix
Write the attribute with a valid value. No dummy value: if it is not known, the object needs a SOP Class
that does not require it.
"""

from __future__ import annotations

from dcmlint.rule import Rule, bad, good

_CT = "1.2.840.10008.5.1.4.1.1.2"
_SC = "1.2.840.10008.5.1.4.1.1.7"
_SEG = "1.2.840.10008.5.1.4.1.1.66.4"
_PLANE = {
    "FrameOfReferenceUID": "2.25.5",
    "ImagePositionPatient": [0, 0, 0],
    "ImageOrientationPatient": [1, 0, 0, 0, 1, 0],
    "SliceThickness": 1,
}
_BASIC = {
    "SOPInstanceUID": "2.25.2",
    "StudyInstanceUID": "2.25.3",
    "SeriesInstanceUID": "2.25.4",
    "Modality": "CT",
    "ConversionType": "WSD",
}
_CODE = {"CodeValue": "T-A0100", "CodingSchemeDesignator": "SRT", "CodeMeaning": "Brain"}

RULE = Rule(
    severity="error",
    scope="table",
    citation="PS3.5 Section 7.4.1",
    message="{attribute} is missing; it is mandatory (Type 1 of {module})",
    cases=(
        good(_BASIC, SOPClassUID=_CT),
        good(_BASIC | _PLANE, SOPClassUID=_CT, PixelSpacing=[1, 1]),
        good(_BASIC | _PLANE, SOPClassUID=_CT, PixelSpacing=None),
        good(_BASIC, SOPClassUID="1.2.3.4"),
        good(_BASIC, SOPClassUID=_SC, AnatomicRegionSequence=[_CODE]),
        bad("PixelSpacing", _BASIC | _PLANE, SOPClassUID=_CT),
        bad("SOPInstanceUID", SOPClassUID=_CT),
        bad(
            "AnatomicRegionSequence[1].CodeMeaning",
            _BASIC,
            SOPClassUID=_SC,
            AnatomicRegionSequence=[{"CodeValue": "T-A0100", "CodingSchemeDesignator": "SRT"}],
        ),
        bad("SharedFunctionalGroupsSequence", SOPClassUID=_SEG, NumberOfFrames=1),
    ),
)
