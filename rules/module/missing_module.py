"""A mandatory module is missing altogether.

## What it does
Finds modules that the IOD of the SOP Class requires (Usage M) and of which the Data Set has not one
attribute. It is reported once, with the attributes of Type 1 and 2 that are missing. As soon as one
attribute of the module is there, its gaps are reported one by one, by `module/missing-type-1` and
`module/missing-type-2`. Modules that require a single attribute are left to those rules as well.

## Why this matters
A module holds what is known about one thing: the patient, the frame of reference, the pixels. Without it
a receiver has nothing to file, place or show the object by, and most reject it.

## Example
An object of CT Image Storage without Image Position (Patient), Image Orientation (Patient) and Pixel
Spacing: the Image Plane Module is missing.

## Fix
Write the module, or use the SOP Class that the object really is. Secondary Capture Image Storage, for
one, requires no Image Plane.
"""

from __future__ import annotations

from dcmlint.rule import Rule, bad, good

CT = "1.2.840.10008.5.1.4.1.1.2"
SC = "1.2.840.10008.5.1.4.1.1.7"
_EQUIPMENT = {"Manufacturer": "ACME", "ConversionType": "WSD"}
_IDENTITY = {"PatientID": "1", "StudyInstanceUID": "2.25.1", "Modality": "OT"}
_PIXELS = {"Rows": 1, "InstanceNumber": 1}

RULE = Rule(
    severity="error",
    scope="table",
    citation="PS3.3 Section A.1.3.1",
    message="The {module} Module is mandatory, but none of its attributes is present",
    cases=(
        good(_IDENTITY | _EQUIPMENT | _PIXELS, SOPClassUID=SC),
        good(_IDENTITY | _EQUIPMENT, SOPClassUID="1.2.840.10008.1.1"),
        good(PatientID="1"),
        bad("", _IDENTITY | _EQUIPMENT, SOPClassUID=SC),
        bad("", _IDENTITY | _EQUIPMENT | _PIXELS, SOPClassUID=CT),
    ),
)
