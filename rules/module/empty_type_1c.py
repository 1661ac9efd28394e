"""An attribute of Type 1C is present without a value.

## What it does
Finds attributes of Type 1C that have a length of zero, or no Items, unless their condition is known to be
false. Whether or not the condition holds, such an attribute may not be empty: either it is required and
has a value, or it is absent.

## Why this matters
Software that finds the attribute expects a value in it, as with Type 1, and fails on the empty one.

## Example
Lossy Image Compression is 01, and Lossy Image Compression Ratio is empty.

## Fix
Write a valid value if the condition holds; otherwise remove the attribute.
"""

from __future__ import annotations

from dcmlint.rule import Rule, bad, good

_SC = "1.2.840.10008.5.1.4.1.1.7"
_CODE = {"CodeValue": "69536005", "CodeMeaning": "Head"}

RULE = Rule(
    severity="error",
    scope="table",
    citation="PS3.5 Section 7.4.2",
    message="{attribute} has no value; if it is present it needs one (Type 1C of {module})",
    cases=(
        good(SOPClassUID=_SC, SamplesPerPixel=3, PlanarConfiguration=0),
        good(SOPClassUID=_SC, SamplesPerPixel=3),
        good(SOPClassUID=_SC, AnatomicRegionSequence=[_CODE | {"CodingSchemeDesignator": "SCT"}]),
        bad("PlanarConfiguration", SOPClassUID=_SC, SamplesPerPixel=3, PlanarConfiguration=None),
        bad(
            "AnatomicRegionSequence[1].CodingSchemeDesignator",
            SOPClassUID=_SC,
            AnatomicRegionSequence=[_CODE | {"CodingSchemeDesignator": None}],
        ),
    ),
)
