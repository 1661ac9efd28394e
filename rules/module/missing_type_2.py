"""An attribute that must be present, if only without a value (Type 2), is missing.

## What it does
Finds attributes of Type 2 that are absent: in the modules that apply to the object and in every Item of
their sequences.

## Why this matters
Type 2 separates "not known" from "not asked": an empty attribute says that the sender has no value. When
the attribute is absent, receivers cannot tell the two apart, and many reject the object.

## Example
An image without Patient's Birth Date. If the date is not known, the attribute belongs there without a
value.

## Fix
Write the attribute: with its value, or empty if there is none.
"""

from __future__ import annotations

from dcmlint.rule import Rule, bad, good

_CT = "1.2.840.10008.5.1.4.1.1.2"
_PATIENT = {"PatientName": "", "PatientID": "1", "PatientBirthDate": "", "PatientSex": "O"}
_STUDY = {
    "StudyInstanceUID": "2.25.3",
    "StudyDate": "20200101",
    "StudyTime": "",
    "AccessionNumber": "",
    "ReferringPhysicianName": "",
    "StudyID": "",
}
_SERIES = {"Modality": "CT", "SeriesInstanceUID": "2.25.4", "SeriesNumber": None, "Manufacturer": None}
_IMAGE = {"InstanceNumber": "1"}
_ALL = _PATIENT | _STUDY | _SERIES | _IMAGE | {"SOPClassUID": _CT}

RULE = Rule(
    severity="error",
    scope="table",
    citation="PS3.5 Section 7.4.3",
    message="{attribute} is missing; it must be present, empty if need be (Type 2 of {module})",
    cases=(
        good(_ALL),
        good(PatientID="1"),
        bad("PatientBirthDate", {key: value for key, value in _ALL.items() if key != "PatientBirthDate"}),
        bad("StudyID", {key: value for key, value in _ALL.items() if key != "StudyID"}),
        bad(
            "ReferencedRequestSequence[1].RequestedProcedureID",
            _ALL,
            SOPClassUID="1.2.840.10008.5.1.4.1.1.88.11",
            ReferencedRequestSequence=[{"StudyInstanceUID": "2.25.3"}],
        ),
    ),
)
