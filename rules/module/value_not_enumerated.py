"""A value is none of the Enumerated Values of its attribute.

## What it does
Compares values with the Enumerated Values that PS3.3 lists for the attribute in this module: each value of
a multi-valued attribute with the list for its position. Where the list comes from one of two sources only,
or from a section that the module refers to, it is a warning. Defined Terms, which may be extended, are
`module/value-not-defined-term`.

## Why this matters
Software decides by these values what to do. It has no choice left for a value that does not exist, and
falls back to a default that may be wrong.

## Example
Patient's Sex "W". The standard knows M, F and O.

## Fix
Write one of the values listed, in upper case as the standard has them.
"""

from __future__ import annotations

from dcmlint.rule import Rule, bad, good

_CT = "1.2.840.10008.5.1.4.1.1.2"
_DERIVED = ["DERIVED", "SECONDARY", "AXIAL"]

RULE = Rule(
    severity="error",
    scope="table",
    citation="PS3.5 Section 6.4",
    message="{attribute} has {value} as value {position}; the standard allows only {constraint}",
    cases=(
        good(SOPClassUID=_CT, PatientSex="F"),
        good(SOPClassUID=_CT, PatientSex=None),
        good(SOPClassUID=_CT, ImageType=_DERIVED, PixelRepresentation=1),
        good(SOPClassUID=_CT, ImageType=[*_DERIVED, "ANYTHING"]),
        good(SOPClassUID=_CT, Modality="CT", BodyPartExamined="NOSUCHPART"),
        bad("PatientSex", SOPClassUID=_CT, PatientSex="W"),
        bad("ImageType", SOPClassUID=_CT, ImageType=["SCANNED", "PRIMARY", "AXIAL"]),
        bad("ImageType", SOPClassUID=_CT, ImageType=["ORIGINAL", "TERTIARY", "AXIAL"]),
        bad("PixelRepresentation", SOPClassUID=_CT, PixelRepresentation=2),
        bad(
            "ContentSequence[1].RelationshipType",
            SOPClassUID="1.2.840.10008.5.1.4.1.1.88.11",
            ContentSequence=[{"RelationshipType": "CONTAINED", "ValueType": "TEXT"}],
        ),
    ),
)
