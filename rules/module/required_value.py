"""A value is not what the standard requires in this place.

## What it does
Checks values that PS3.3 fixes for an object, or in relation to other attributes: a type of image that has a
given number of frames or bits, a flag that another flag implies, a number that may not be negative.

## Why this matters
The attribute contradicts what the rest of the object says, and software that relies on either reaches
different results.

## Example
An RT Dose whose Dose Summation Type is PLAN refers to several plans.

## Fix
Correct the value, or the attribute that it contradicts.
"""

from __future__ import annotations

from dcmlint.rule import Rule, bad, good

_SC = "1.2.840.10008.5.1.4.1.1.7"
_MR = "1.2.840.10008.5.1.4.1.1.4"
_DOSE = "1.2.840.10008.5.1.4.1.1.481.2"
_PLAN = {"ReferencedSOPClassUID": "1.2.840.10008.5.1.4.1.1.481.5", "ReferencedSOPInstanceUID": "2.25.9"}

RULE = Rule(
    severity="error",
    scope="table",
    citation="PS3.3 Section 5.2",
    message="{attribute} is not what the standard requires here: {constraint}",
    cases=(
        good(SOPClassUID=_MR, ImageType=["ORIGINAL", "PRIMARY", "OTHER"]),
        good(SOPClassUID=_DOSE, DoseSummationType="PLAN", ReferencedRTPlanSequence=[_PLAN]),
        good(SOPClassUID=_DOSE, DoseSummationType="MULTI_PLAN", ReferencedRTPlanSequence=[_PLAN, _PLAN]),
        good(SOPClassUID=_MR, SpacingBetweenSlices=3, ImageOrientationPatient=[1, 0, 0, 0, 1, 0]),
        bad("ImageType", SOPClassUID=_MR, ImageType=["ORIGINAL", "PRIMARY"]),
        bad(
            "ReferencedRTPlanSequence",
            SOPClassUID=_DOSE,
            DoseSummationType="PLAN",
            ReferencedRTPlanSequence=[_PLAN, _PLAN],
        ),
        bad("SpacingBetweenSlices", SOPClassUID=_MR, SpacingBetweenSlices=-3),
    ),
)
