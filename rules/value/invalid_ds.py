"""A Decimal String is no number.

## What it does
Checks that each value of an Attribute of VR DS is a fixed or floating point number: digits with an
optional sign, decimal point and exponent; spaces around it are fine.

## Why this matters
Spacing, position, rescale and window values are Decimal Strings. A comma instead of the point, `NaN` or
a unit after the number makes readers fail or take zero.

## Example
Pixel Spacing (0028,0030) with the value `0,5\\0,5`, or Patient's Size (0010,1020) with `1.75m`.

## Fix
Write the number with a point and without a unit, independently of the locale of the program.
"""

from __future__ import annotations

from collections.abc import Iterator

from dcmlint.model import Found
from dcmlint.rule import Raw, Rule, bad, good
from dcmlint.value import Value
from dcmlint.value_field import malformed, what_byte


def check(value: Value) -> Iterator[Found]:
    """Yield a finding for the first value that is no decimal number."""
    if value.raw.rstrip(b"\0") and not value.raw.strip(b" \0"):
        yield Found(value.tag, {"what": "it consists of spaces only", "value": " "}, severity="warning")
        return
    yield from malformed(value, _reason)


def _reason(part: bytes) -> str:
    if part.lower().strip(b"+-") in (b"nan", b"inf", b"infinity"):
        return "is not finite"
    if b"," in part:
        return "has a decimal comma"
    return what_byte(part, b"0123456789+-.Ee") or "is not of the form of a decimal number"


RULE = Rule(
    severity="error",
    scope="value",
    citation="PS3.5 Table 6.2-1 (DS)",
    message="{attribute} {value} is no valid Decimal String (DS): {what}",
    selects=("DS",),
    check=check,
    by_value=True,
    cases=(
        good(PixelSpacing=["0.5", "5E-1"]),
        good(PatientSize=Raw("DS", b" +1.75")),
        good(SliceThickness="5."),
        good(SliceThickness=".5"),
        good(SliceThickness=""),
        good(SliceThickness="0.12345678901234567"),
        bad("PixelSpacing", PixelSpacing=["0,5", "0,5"]),
        bad("PatientSize", PatientSize="1.75m"),
        bad("SliceThickness", SliceThickness="NaN"),
        bad("SliceThickness", SliceThickness="1.0E"),
        bad("SliceThickness", SliceThickness="- 1"),
        bad("SliceThickness", SliceThickness="."),
        bad("SliceThickness", SliceThickness="1.2.3"),
        bad("SliceThickness", SliceThickness=Raw("DS", b"5\0mm")),
        bad("SliceThickness", SliceThickness=Raw("DS", b"  ")),
    ),
)
