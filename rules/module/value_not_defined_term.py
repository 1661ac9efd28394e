"""A value is none of the Defined Terms of its attribute.

## What it does
Compares values with the Defined Terms that PS3.3 lists for the attribute in this module. The list may be
extended, so a value that is not in it is no fault: it is reported as a note. Enumerated Values, which may
not be extended, are `module/value-not-enumerated`.

## Why this matters
A term of one's own is not understood by others. Often it is merely a misspelled term of the standard, or one
from a newer edition.

## Example
Conversion Type "SCANNED"; the standard has the term SI for a scanned image.

## Fix
Write the term of the standard that says the same. Where there is none, document the term in the
Conformance Statement.
"""

from __future__ import annotations

from dcmlint.rule import Rule, bad, good

_SC = "1.2.840.10008.5.1.4.1.1.7"

RULE = Rule(
    severity="note",
    scope="table",
    citation="PS3.5 Section 6.3",
    message="{attribute} has {value} as value {position}; the standard lists {constraint}",
    cases=(
        good(SOPClassUID=_SC, ConversionType="WSD"),
        good(SOPClassUID=_SC, ConversionType=None),
        good(SOPClassUID=_SC, PatientSex="W"),
        bad("ConversionType", SOPClassUID=_SC, ConversionType="SCANNED"),
    ),
)
