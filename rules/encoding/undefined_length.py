"""A Data Element has an undefined length where that is not allowed.

## What it does
Reports a Value Length of FFFFFFFF outside Sequences, UN and encapsulated Pixel Data.

## Why this matters
An undefined length says that Items follow, up to a delimiter. Where the VR has no Items, readers either
refuse the file or search for a delimiter that is not there.

## Example
(0042,0011) Encapsulated Document, VR UT, with the length FFFFFFFF.

## Fix
Write the value with its length.
"""

from __future__ import annotations

from dcmlint.read.encode import part10
from dcmlint.rule import Case, Rule, good


def _undefined(tag: bytes, vr: bytes, value: bytes = b"") -> bytes:
    content = b"\xfe\xff\x00\xe0" + len(value).to_bytes(4, "little") + value + b"\xfe\xff\xdd\xe0\0\0\0\0"
    return part10({}) + tag + vr + b"\0\0\xff\xff\xff\xff" + content


RULE = Rule(
    severity="error",
    scope="file",
    citation="PS3.5 Section 7.1.2",
    message="{attribute} of VR {vr} has an undefined length",
    on_bytes=True,
    cases=(
        good(ReferencedStudySequence=[{"ReferencedSOPInstanceUID": "1.2"}]),
        Case(passes=True, file=lambda: _undefined(b"\x08\x00\x10\x11", b"SQ")),
        Case(passes=True, file=lambda: _undefined(b"\x09\x00\x10\x11", b"UN")),
        Case(
            passes=True,
            file=lambda: part10({"PixelData": [b"", b"\xff\xd8"]}, syntax="1.2.840.10008.1.2.4.50"),
        ),
        Case(passes=False, file=lambda: _undefined(b"\x10\x00\x00\x40", b"UT"), at="PatientComments"),
        Case(
            passes=False,
            file=lambda: _undefined(b"\x28\x00\x01\x12", b"OW"),
            at="RedPaletteColorLookupTableData",
        ),
        Case(passes=False, file=lambda: _undefined(b"\x42\x00\x11\x00", b"OB"), at="EncapsulatedDocument"),
    ),
)
