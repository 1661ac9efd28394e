"""A sequence does not have the number of Items that the standard allows.

## What it does
Counts the Items of each sequence and compares the number with what PS3.3 allows: exactly one, one or more,
at most one, and so on. A sequence without Items that needs one is `module/empty-type-1` or
`module/empty-type-1c`.

## Why this matters
Software takes the first of several Items where one is expected, and what the others say is lost.

## Example
Two Items in Source Patient Group Identification Sequence, which takes one.

## Fix
Leave the Items that the standard allows, or use the attribute that is meant for several.
"""

from __future__ import annotations

from dcmlint.rule import Rule, bad, good

_SC = "1.2.840.10008.5.1.4.1.1.7"
_SEG = "1.2.840.10008.5.1.4.1.1.66.4"
_CODE = {"CodeValue": "1", "CodingSchemeDesignator": "99TEST", "CodeMeaning": "Test"}

RULE = Rule(
    severity="warning",
    scope="table",
    citation="PS3.5 Section 7.5",
    message="{attribute} has {count} Items; the standard allows {allowed}",
    cases=(
        good(SOPClassUID=_SC, AnatomicRegionSequence=[_CODE]),
        good(SOPClassUID=_SC, ProcedureCodeSequence=[_CODE, _CODE]),
        good(SOPClassUID=_SC, AnatomicRegionSequence=None),
        bad("AnatomicRegionSequence", SOPClassUID=_SC, AnatomicRegionSequence=[_CODE, _CODE]),
        bad(
            "SegmentSequence[1].SegmentedPropertyTypeCodeSequence",
            SOPClassUID=_SEG,
            SegmentSequence=[{"SegmentedPropertyTypeCodeSequence": [_CODE, _CODE]}],
        ),
    ),
)
