"""A Data Element occurs twice in one Data Set.

## What it does
Reports a tag that has occurred before in the same Data Set or Item. The last one is what the other rules
look at.

## Why this matters
A Data Element may occur once in a Data Set. Readers take the first or the last of them, so that two
applications see two different values: two names, two identities.

## Example
(0010,0020) Patient ID twice, with different values.

## Fix
Decide which value is right, and write the Data Set again with that one.
"""

from __future__ import annotations

from dcmlint.read.encode import encode_data_set, part10
from dcmlint.rule import Case, Rule, good

_TWICE = encode_data_set({"PatientID": "1"}) + encode_data_set({"PatientID": "2"})

RULE = Rule(
    severity="error",
    scope="file",
    citation="PS3.5 Section 7.1",
    message="{attribute} occurs more than once",
    on_bytes=True,
    cases=(
        good(PatientID="1"),
        good(ReferencedStudySequence=[{"ReferencedSOPInstanceUID": "1"}, {"ReferencedSOPInstanceUID": "2"}]),
        Case(passes=False, file=lambda: part10({}) + _TWICE, at="PatientID"),
        Case(passes=False, file=lambda: part10({"Modality": "OT"}) + _TWICE, at="PatientID"),
        Case(
            passes=False,
            file=lambda: (
                part10({})
                + encode_data_set({"PatientID": "1", "PatientName": "A"})
                + encode_data_set({"PatientName": "B"})
            ),
            at="PatientName",
        ),
    ),
)
