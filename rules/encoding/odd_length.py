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

from collections.abc import Iterator
from typing import TYPE_CHECKING

from dcmlint.read.encode import part10
from dcmlint.rule import Case, Faulty, Fix, Mended, Raw, Rule, bad, good

if TYPE_CHECKING:
    from dcmlint.fix.edit import Edit


_MOST_BYTES = 64 << 20
"""Bytes of a value up to which it is written anew for a pad byte."""


def fixed(faulty: Faulty) -> Iterator[Edit]:
    """Yield the same value, which is padded as its VR says where it is written (PS3.5 6.2).

    What has a fixed number of bytes, and what is of an unknown VR, is left: bytes of it may be lost.
    """
    from dcmlint.fix.make import fits, replaced

    item, tag = faulty.item, faulty.tag or 0
    raw = item.raw(tag) if faulty.length is not None and faulty.length <= _MOST_BYTES else None
    vr = item.elements[tag][0] if tag in item.elements else "UN"
    if raw is None or vr == "UN" or not fits(vr, len(raw)) or len(raw) != faulty.length:
        return
    yield replaced(item, tag, raw)


RULE = Rule(
    severity="error",
    scope="file",
    citation="PS3.5 Section 7.1.1",
    message="The value of {attribute} has an odd length: {bytes} bytes",
    on_bytes=True,
    fix=Fix(
        True,
        fixed,
        "Pads the value by one byte: a space, or NUL for UIDs and bytes. Numbers of a fixed size and UN are "
        "left.",
        (
            Mended(
                lambda: part10({"PatientID": b"123", "ReferencedStudySequence": [{"PatientID": b"1"}]}),
                lambda: part10({"PatientID": "123", "ReferencedStudySequence": [{"PatientID": "1"}]}),
            ),
            Mended(
                lambda: part10({"PixelData": Raw("OB", b"\1\2\3")}),
                lambda: part10({"PixelData": Raw("OB", b"\1\2\3\0")}),
            ),
            Mended(
                lambda: part10({"Rows": Raw("US", b"\1\2\3"), "StudyID": "1"}),
                lambda: part10({"Rows": Raw("US", b"\1\2\3"), "StudyID": "1"}),
            ),
        ),
    ),
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
