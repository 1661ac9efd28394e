"""The bytes are not encoded as the Transfer Syntax UID says.

## What it does
Compares the encoding that the bytes show with the one that is declared: explicit or implicit VR, byte
order, deflated or not, encapsulated or native Pixel Data. The File Meta Information itself must be in
Explicit VR Little Endian. The check goes on in the encoding that the bytes are really in.

## Why this matters
A reader that obeys the declaration reads garbage, or refuses the file. It happens when a proxy or a
script changes the Transfer Syntax UID without converting the Data Set, or the other way round.

## Example
(0002,0010) says Implicit VR Little Endian, the Data Set starts with `08 00 05 00 43 53 0A 00`: its VR, CS,
is there.

## Fix
Correct the Transfer Syntax UID, or convert the Data Set into the one that is declared.
"""

from __future__ import annotations

from functools import partial

from dcmlint.read.encode import encode_data_set, part10
from dcmlint.rule import Case, Rule

_ATTRIBUTES = {
    "SpecificCharacterSet": "ISO_IR 100",
    "SOPInstanceUID": "1.2.3",
    "Rows": 1,
    "Columns": 2,
    "PixelData": b"\1\2",
}
_IMPLICIT_LE = "1.2.840.10008.1.2"
_EXPLICIT_LE = "1.2.840.10008.1.2.1"
_DEFLATED = "1.2.840.10008.1.2.1.99"
_EXPLICIT_BE = "1.2.840.10008.1.2.2"
_JPEG = "1.2.840.10008.1.2.4.50"


def _declared(syntax: str, actual: str) -> Case:
    return Case(
        passes=False, file=lambda: part10(_ATTRIBUTES, syntax=actual, meta={"TransferSyntaxUID": syntax})
    )


RULE = Rule(
    severity="error",
    scope="file",
    citation="PS3.10 Section 7.1",
    message="The {part} is declared as {declared}, but its bytes are {actual}",
    on_bytes=True,
    cases=(
        *(
            Case(passes=True, file=partial(part10, _ATTRIBUTES, syntax=syntax))
            for syntax in (_IMPLICIT_LE, _EXPLICIT_LE, _DEFLATED, _EXPLICIT_BE)
        ),
        Case(
            passes=True, file=lambda: part10({**_ATTRIBUTES, "PixelData": [b"", b"\xff\xd8"]}, syntax=_JPEG)
        ),
        Case(passes=True, file=lambda: part10({"SOPInstanceUID": "1.2.3"}, syntax=_JPEG)),
        Case(passes=True, file=lambda: part10({}, syntax=_IMPLICIT_LE)),
        Case(passes=True, file=lambda: encode_data_set(_ATTRIBUTES, explicit=False)),
        _declared(_IMPLICIT_LE, _EXPLICIT_LE),
        _declared(_EXPLICIT_LE, _IMPLICIT_LE),
        _declared(_EXPLICIT_LE, _EXPLICIT_BE),
        _declared(_EXPLICIT_BE, _EXPLICIT_LE),
        _declared(_EXPLICIT_BE, _IMPLICIT_LE),
        _declared(_DEFLATED, _EXPLICIT_LE),
        _declared(_DEFLATED, _IMPLICIT_LE),
        _declared(_EXPLICIT_LE, _DEFLATED),
        _declared(_JPEG, _IMPLICIT_LE),
        _declared(_JPEG, _EXPLICIT_LE),
        Case(passes=False, file=lambda: part10({**_ATTRIBUTES, "PixelData": [b"", b"\xff\xd8"]})),
        Case(
            passes=False,
            file=lambda: (
                bytes(128)
                + b"DICM"
                + encode_data_set({"00020010": _EXPLICIT_LE}, explicit=False)
                + encode_data_set(_ATTRIBUTES)
            ),
        ),
    ),
)
