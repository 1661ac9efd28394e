"""A module is present although the condition that would allow it does not hold.

## What it does
Finds modules of Usage C whose condition in the IOD is false for this object, and of which all attributes
of Type 1 and 2 that no other module explains are present. Modules that PS3.3 lets be present otherwise
are left alone, and so are conditions that cannot be decided from the Data Set.

## Why this matters
A module that does not belong contradicts the rest of the object: a receiver that trusts it takes a digital
detector for an image intensifier, or a planar image for a reconstructed one.

## Example
An Enhanced XA image with the X-Ray Receptor Type DIGITAL_DETECTOR and the attributes of an image
intensifier.

## Fix
Remove the module's attributes. If they are right, correct the attribute that the condition asks for.
"""

from __future__ import annotations

from dcmlint.rule import Rule, bad, good

_NM = "1.2.840.10008.5.1.4.1.1.20"
_XA = "1.2.840.10008.5.1.4.1.1.12.1.1"
_SLICES = {"SliceThickness": 2, "SpacingBetweenSlices": 2}
_INTENSIFIER = {
    "IntensifierSize": 200,
    "IntensifierActiveShape": "ROUND",
    "IntensifierActiveDimensions": 200.0,
}

RULE = Rule(
    severity="error",
    scope="table",
    citation="PS3.3 Section A.1.3.2",
    message="The {module} Module is present, but the condition that would allow it does not hold",
    cases=(
        good(_INTENSIFIER, SOPClassUID=_XA),
        good(_INTENSIFIER, SOPClassUID=_XA, XRayReceptorType="IMG_INTENSIFIER"),
        good(_SLICES, SOPClassUID=_NM, ImageType=["DERIVED", "PRIMARY", "RECON TOMO", "EMISSION"]),
        good(SOPClassUID=_NM, ImageType=["ORIGINAL", "PRIMARY", "STATIC", "EMISSION"]),
        bad("", _INTENSIFIER, SOPClassUID=_XA, XRayReceptorType="DIGITAL_DETECTOR"),
        bad("", _SLICES, SOPClassUID=_NM, ImageType=["ORIGINAL", "PRIMARY", "STATIC", "EMISSION"]),
    ),
)
