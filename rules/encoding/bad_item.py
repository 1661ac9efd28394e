"""The Items of a Sequence are not where they should be.

## What it does
Reports what is not an Item where one must start, Items and delimiters outside a Sequence, delimiters with
a length, and bytes left over after the last Item.

## Why this matters
A reader that meets such bytes no longer knows where in the Data Set it is. What it makes of the rest
differs from one implementation to the next.

## Example
A Sequence of defined length whose value starts with a Data Element instead of FFFE,E000.

## Fix
Write the object again through a DICOM library from its source; the bytes themselves can rarely be repaired.
"""

from __future__ import annotations

from dcmlint.read.encode import encode_data_set, part10
from dcmlint.rule import Case, Raw, Rule, bad, good

_ITEM_END = b"\xfe\xff\x0d\xe0\0\0\0\0"
_SEQUENCE_END = b"\xfe\xff\xdd\xe0\0\0\0\0"
_ITEM = b"\xfe\xff\x00\xe0\0\0\0\0"

RULE = Rule(
    severity="error",
    scope="file",
    citation="PS3.5 Section 7.5",
    message="Found {what}",
    on_bytes=True,
    cases=(
        good(ReferencedStudySequence=[{"PatientID": "1"}, {}]),
        good(ReferencedStudySequence=[]),
        good(ReferencedStudySequence=None),
        bad(
            "ReferencedStudySequence", ReferencedStudySequence=Raw("SQ", encode_data_set({"PatientID": "1"}))
        ),
        bad("ReferencedStudySequence", ReferencedStudySequence=Raw("SQ", _ITEM + b"\0\0\0\0")),
        bad("ReferencedStudySequence", ReferencedStudySequence=Raw("SQ", _ITEM + _SEQUENCE_END)),
        bad("ReferencedStudySequence", ReferencedStudySequence=Raw("SQ", _ITEM_END + _ITEM)),
        bad(
            "ReferencedStudySequence[1]",
            ReferencedStudySequence=Raw("SQ", b"\xfe\xff\x00\xe0\4\0\0\0\x10\0\x10\0"),
            PatientID="1",
        ),
        Case(passes=False, file=lambda: part10({}) + _ITEM_END + encode_data_set({"PatientID": "1"})),
        Case(passes=False, file=lambda: part10({}) + _ITEM + encode_data_set({"PatientID": "1"})),
        Case(
            passes=False,
            file=lambda: (
                part10({}) + b"\x08\x00\x10\x11SQ\0\0\xff\xff\xff\xff" + _SEQUENCE_END[:4] + b"\4\0\0\0"
            ),
        ),
    ),
)
