"""An attribute is retired.

## What it does
Reports attributes that PS3.6 marks as retired.

## Why this matters
Retired attributes remain legal, but the standard no longer says what they mean, and receivers need not
understand them. Most have a successor that current software looks for.

## Example
(0008,0040) Data Set Type.

## Fix
Write the attribute that took its place; the edition of PS3.3 that PS3.6 names for it tells which.
"""

from __future__ import annotations

from collections.abc import Iterator

from dcmlint.model import Found
from dcmlint.rule import EXEMPT, Rule, bad, good
from dcmlint.standard.dictionary import entry
from dcmlint.value import Value


def check(value: Value, exempt: tuple[str, ...] = ()) -> Iterator[Found]:
    """Yield an attribute that PS3.6 marks as retired."""
    known = entry(value.tag)
    if known is not None and known.retired and value.tag & 0xFFFF and known.keyword not in exempt:
        yield Found(value.tag)


RULE = Rule(
    severity="note",
    scope="value",
    citation="PS3.6 Section 6",
    message="{attribute} is retired",
    selects=("retired",),
    check=check,
    by_value=True,
    parameters={"exempt": EXEMPT},
    cases=(
        good(StudyID="1"),
        good(OverlayRows=1),
        good({"00080000": 0}),
        bad("OtherPatientIDs", OtherPatientIDs="1"),
        bad("OtherPatientIDs", OtherPatientIDs=None),
        bad("ReferencedStudySequence[1].DataSetType", ReferencedStudySequence=[{"DataSetType": 0}]),
        bad("CurveDimensions", CurveDimensions=2),
    ),
)
