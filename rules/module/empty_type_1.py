"""A mandatory attribute (Type 1) has no value.

## What it does
Finds attributes of Type 1 that are present with a length of zero, or a Sequence of Type 1 without Items:
in the modules that apply to the object, in every Item of their sequences, and in functional groups.

## Why this matters
Type 1 requires a value, not just the attribute. Software that looks for the attribute finds it and then
fails on the empty value, which is harder to trace than a missing one.

## Example
An object with an empty Series Instance UID.

## Fix
Write a valid value. No dummy value: if it is not known, the object needs a SOP Class that does not
require it.
"""

from __future__ import annotations

from dcmlint.rule import Rule, bad, good

_CT = "1.2.840.10008.5.1.4.1.1.2"
_SEG = "1.2.840.10008.5.1.4.1.1.66.4"

RULE = Rule(
    severity="error",
    scope="table",
    citation="PS3.5 Section 7.4.1",
    message="{attribute} has no value; it is mandatory (Type 1 of {module})",
    cases=(
        good(SOPClassUID=_CT, SeriesInstanceUID="2.25.4"),
        good(SOPClassUID=_CT, PatientName=None, StudyID=""),
        good(SOPClassUID=_CT, ReferencedImageSequence=None),
        good(SOPClassUID=_SEG, SegmentSequence=[{"SegmentNumber": 1}]),
        bad("SeriesInstanceUID", SOPClassUID=_CT, SeriesInstanceUID=None),
        bad("ImagePositionPatient", SOPClassUID=_CT, ImagePositionPatient=None),
        bad("SegmentSequence[1].SegmentLabel", SOPClassUID=_SEG, SegmentSequence=[{"SegmentLabel": ""}]),
        bad(
            "AnatomicRegionSequence[1].CodeMeaning",
            SOPClassUID=_CT,
            AnatomicRegionSequence=[{"CodeMeaning": None}],
        ),
    ),
)
