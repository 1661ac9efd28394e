"""A module is missing although the condition that requires it holds.

## What it does
Finds modules of Usage C of which the Data Set has not one attribute, although the condition that PS3.3
gives for them in the IOD holds for this object. It is reported once, with the attributes of Type 1 and 2
that are missing. A condition that cannot be decided from the Data Set reports nothing.

## Why this matters
The condition says when the object cannot be understood without the module: a palette image without its
palette, measurements without the frame of reference they were made in.

## Example
An ultrasound image with the Photometric Interpretation PALETTE COLOR and no palette.

## Fix
Write the module. If it does not apply, correct the attribute that the condition asks for.
"""

from __future__ import annotations

from dcmlint.rule import Rule, bad, good

_US = "1.2.840.10008.5.1.4.1.1.6.1"
_NM = "1.2.840.10008.5.1.4.1.1.20"
_XA = "1.2.840.10008.5.1.4.1.1.12.1.1"

RULE = Rule(
    severity="error",
    scope="table",
    citation="PS3.3 Section A.1.3.2",
    message="The {module} Module is missing, but the condition that requires it holds",
    cases=(
        good(SOPClassUID=_US),
        good(SOPClassUID=_US, PhotometricInterpretation="RGB"),
        good(
            SOPClassUID=_US,
            PhotometricInterpretation="PALETTE COLOR",
            RedPaletteColorLookupTableDescriptor=[256, 0, 8],
        ),
        good(SOPClassUID=_NM, ImageType=["ORIGINAL", "PRIMARY", "STATIC", "EMISSION"]),
        bad(SOPClassUID=_US, PhotometricInterpretation="PALETTE COLOR"),
        bad(SOPClassUID=_NM, ImageType=["DERIVED", "PRIMARY", "RECON TOMO", "EMISSION"]),
        bad(SOPClassUID=_XA, XRayReceptorType="DIGITAL_DETECTOR"),
    ),
)
