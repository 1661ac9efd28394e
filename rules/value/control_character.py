"""A text holds a control character that no text of DICOM may hold.

## What it does
Looks for control characters other than tab, line feed, form feed, carriage return and escape in LO, LT,
PN, SH, ST, UC and UT, those that Unicode puts at U+0080 to U+009F included. Line ends in a VR of one line
and NULs are `value/invalid-lo` and its like.

## Why this matters
Control characters end up in HL7 messages, XML and JSON, where some of them are not allowed at all and make
the whole message unreadable.

## Example
Institution Name (0008,0080) with a vertical tab that was pasted from a word processor.

## Fix
Remove control characters where text is entered or imported.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from dcmlint.model import Found
from dcmlint.read.forms import PADDING
from dcmlint.read.mojibake import misread
from dcmlint.rule import Raw, Rule, bad, good
from dcmlint.value import Value
from dcmlint.value_field import text

_CONTROL = re.compile(rb"[\x01-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f]")
_C1 = re.compile("[\x80-\x9f]")


def check(value: Value) -> Iterator[Found]:
    """Yield a finding for the first control character that is not allowed."""
    raw = value.raw.rstrip(PADDING)
    if b"\0" in raw:
        return
    found = _CONTROL.search(raw)
    if found is not None:
        yield Found(value.tag, {"code": f"{found[0][0]:02X}H"})
    elif not raw.isascii():
        decoded, charset = text(value)
        c1 = _C1.search(decoded.value)
        if c1 and decoded.fault is None and not misread(decoded.value, raw, charset, value.vr):
            yield Found(value.tag, {"code": f"U+{ord(c1[0]):04X}"})


RULE = Rule(
    odd_bytes=True,
    severity="error",
    scope="value",
    citation="PS3.5 Section 6.1.3",
    message="{attribute} holds the control character {code}",
    selects=("LO", "LT", "PN", "SH", "ST", "UC", "UT"),
    check=check,
    by_value=True,
    cases=(
        good(InstitutionAddress="Street\r\nTown\tCountry\f"),
        good(SeriesDescription=Raw("LO", b"two\nlines ")),
        good(SeriesDescription=Raw("LO", b"text\0\0")),
        good(SpecificCharacterSet="ISO_IR 192", SeriesDescription="Größe"),
        good(SpecificCharacterSet="GB18030", SeriesDescription="王小东"),
        bad("InstitutionName", InstitutionName=Raw("LO", b"A\x0bB ")),
        bad("InstitutionAddress", InstitutionAddress=Raw("ST", b"A\x08B ")),
        bad("PatientName", PatientName=Raw("PN", b"Doe\x7f^Jo")),
        bad("TextValue", TextValue=Raw("UT", b"\x01text ")),
        bad("SeriesDescription", SpecificCharacterSet="ISO_IR 192", SeriesDescription="text\x85more"),
    ),
)
