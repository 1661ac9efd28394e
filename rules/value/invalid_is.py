"""An Integer String is no whole number.

## What it does
Checks that each value of an Attribute of VR IS is an optional sign and digits; spaces around them are
fine.

## Why this matters
Numbers of series, instances and frames sort and address images. A decimal point or a thousands
separator makes readers fail or drop the image.

## Example
Series Number (0020,0011) with the value `1.0`, or Exposure Time (0018,1150) with `12.5`.

## Fix
Round to a whole number, or use the Attribute that takes decimals (Exposure Time in uS (0018,8150)).
"""

from __future__ import annotations

from collections.abc import Iterator

from dcmlint.model import Found
from dcmlint.rule import Raw, Rule, bad, good
from dcmlint.value import Value
from dcmlint.value_field import malformed, what_byte


def check(value: Value) -> Iterator[Found]:
    """Yield a finding for the first value that is no whole number."""
    if value.raw.rstrip(b"\0") and not value.raw.strip(b" \0"):
        yield Found(value.tag, {"what": "it consists of spaces only", "value": " "}, severity="warning")
        return
    yield from malformed(value, _reason)


def _reason(part: bytes) -> str:
    if part.count(b".") == 1 and part.replace(b".", b"").lstrip(b"+-").isdigit():
        return "has a decimal point"
    return what_byte(part, b"0123456789+-") or "is not of the form of a whole number"


RULE = Rule(
    severity="error",
    scope="value",
    citation="PS3.5 Table 6.2-1 (IS)",
    message="{attribute} {value} is no valid Integer String (IS): {what}",
    selects=("IS",),
    check=check,
    by_value=True,
    cases=(
        good(SeriesNumber="12"),
        good(SeriesNumber=Raw("IS", b" -0012")),
        good(SeriesNumber=""),
        good(ReferencedFrameNumber=[1, 2, 3]),
        bad("SeriesNumber", SeriesNumber="1.0"),
        bad("SeriesNumber", SeriesNumber="1,000"),
        bad("SeriesNumber", SeriesNumber="one"),
        bad("SeriesNumber", SeriesNumber="1 2"),
        bad("SeriesNumber", SeriesNumber="+-1"),
        bad("SeriesNumber", SeriesNumber=Raw("IS", b"    ")),
        bad("ReferencedFrameNumber", ReferencedFrameNumber=["1", "2x"]),
    ),
)
