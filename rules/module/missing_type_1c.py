"""An attribute that a condition makes mandatory (Type 1C) is missing.

## What it does
Finds attributes of Type 1C that are absent although their condition holds. The condition is looked up in
the same Item first, then in the enclosing Items and in the functional groups of the frame. Where it
cannot be decided, nothing is reported. It is an error where two independent sources of the condition
agree, and a warning where only one of them says so.

## Why this matters
The condition says when the object cannot be understood without the attribute: three samples per pixel
need a Planar Configuration, a stated unit needs the code of the unit.

## Example
Samples per Pixel is 3, and there is no Planar Configuration.

## Fix
Write the attribute with a valid value, or correct the attribute that the condition asks for.
"""

from __future__ import annotations

from dcmlint.rule import Rule, bad, good

_SC = "1.2.840.10008.5.1.4.1.1.7"
_PIXELS = {"SOPClassUID": _SC, "SamplesPerPixel": 3, "PixelData": b"\0\0"}
_SCHEME = {"CodeValue": "69536005", "CodeMeaning": "Head"}

RULE = Rule(
    severity="error",
    scope="table",
    citation="PS3.5 Section 7.4.2",
    message="{attribute} is missing, but its condition in {module} makes it mandatory (Type 1C)",
    cases=(
        good(_PIXELS, SamplesPerPixel=1),
        good(_PIXELS, PlanarConfiguration=0),
        good(SOPClassUID=_SC, PixelData=b"\0\0"),
        good(
            _PIXELS,
            PlanarConfiguration=0,
            AnatomicRegionSequence=[_SCHEME | {"CodingSchemeDesignator": "SCT"}],
        ),
        bad("PlanarConfiguration", _PIXELS),
        bad(
            "AnatomicRegionSequence[1].CodingSchemeDesignator",
            _PIXELS,
            PlanarConfiguration=0,
            AnatomicRegionSequence=[_SCHEME],
        ),
        bad("DeidentificationMethod", _PIXELS, PlanarConfiguration=0, PatientIdentityRemoved="YES"),
    ),
)
