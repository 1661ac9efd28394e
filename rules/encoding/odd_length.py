"""The value of a Data Element has an odd number of bytes.

## What it does
Reports Data Elements with an odd Value Length. The value is read at that length and checked.

## Why this matters
Values must have even lengths; shorter ones are padded. Readers that round the length up lose their place
in the file, which turns one missing pad byte into a file that cannot be read.

## Example
(0008,0100) Code Value of 7 bytes.

## Fix
Pad the value: with a space for text, with NUL for UIDs and bytes.
"""

from __future__ import annotations

from dcmlint.read.encode import part10
from dcmlint.rule import Case, Raw, Rule, bad, good

RULE = Rule(
    severity="error",
    scope="file",
    citation="PS3.5 Section 7.1.1",
    message="The value of {attribute} has an odd length: {bytes} bytes",
    on_bytes=True,
    cases=(
        good(PatientID="123"),
        good(EncapsulatedDocument=b"%PDF"),
        good(PatientID=None),
        bad("PatientID", PatientID=b"123"),
        bad("PixelData", PixelData=Raw("OB", b"\1\2\3")),
        bad("ReferencedStudySequence[1].PatientID", ReferencedStudySequence=[{"PatientID": b"1"}]),
        Case(
            passes=False,
            file=lambda: part10({"PatientID": b"1"}, syntax="1.2.840.10008.1.2"),
            at="PatientID",
        ),
    ),
)
