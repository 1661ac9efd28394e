"""The file ends before its content does.

## What it does
Reports a Data Element whose value reaches beyond the end of the file, a deflated stream that breaks off
or is damaged, and a file that ends within a Data Element's header.

## Why this matters
Part of the object is lost: most often the last rows or frames of the Pixel Data. It is the trace of an
interrupted transfer or a full disk, and lenient viewers show such images with black stripes.

## Example
Pixel Data declares 524288 bytes, the file ends 1312 bytes earlier.

## Fix
Get the object again from its source.
"""

from __future__ import annotations

from dcmlint.read.encode import part10
from dcmlint.rule import Case, Rule

_ATTRIBUTES = {"SOPInstanceUID": "1.2.3", "PatientComments": "a" * 100, "PixelData": bytes(200)}
_DEFLATED = "1.2.840.10008.1.2.1.99"
_JPEG = "1.2.840.10008.1.2.4.50"

RULE = Rule(
    severity="error",
    scope="file",
    citation="PS3.5 Section 7.1",
    message="{attribute} is cut off: {what}",
    on_bytes=True,
    cases=(
        Case(passes=True, file=lambda: part10(_ATTRIBUTES)),
        Case(passes=True, file=lambda: part10(_ATTRIBUTES, syntax=_DEFLATED)),
        Case(passes=False, file=lambda: part10(_ATTRIBUTES)[:-1], at="PixelData"),
        Case(passes=False, file=lambda: part10(_ATTRIBUTES)[:-200], at="PixelData"),
        Case(passes=False, file=lambda: part10(_ATTRIBUTES)[:-207], at="PixelData"),
        Case(passes=False, file=lambda: part10(_ATTRIBUTES)[:-260], at="PatientComments"),
        Case(
            passes=False,
            file=lambda: part10({"PixelData": [b"", bytes(100)]}, syntax=_JPEG)[:-50],
            at="PixelData",
        ),
        Case(passes=False, file=lambda: part10(_ATTRIBUTES, syntax=_DEFLATED)[:-20]),
        Case(passes=False, file=lambda: part10({"PatientID": "1"}, syntax=_DEFLATED)[:-8] + b"\xff" * 8),
        Case(
            passes=False,
            file=lambda: part10({"ReferencedStudySequence": [_ATTRIBUTES]})[:-50],
            at="ReferencedStudySequence[1].PixelData",
        ),
    ),
)
