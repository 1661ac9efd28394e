"""A number lies outside the range of its VR, or is not finite.

## What it does
Checks that Integer Strings lie within -2147483648 and 2147483647. Warns of Decimal Strings that are too
large for a 64-bit floating point number, and of NaN or infinity in Attributes of VR FL and FD, padding
values and limits aside. (PS3.5 refers to IEEE 754 and does not exclude them, but a length, a time or a
dose is never one.)

## Why this matters
Receivers read Integer Strings into 32 bits: larger numbers wrap around or are refused. NaN spreads
through every calculation that uses it.

## Example
Instance Number (0020,0013) with the value `4294967296`.

## Fix
Write a number within the range; leave the Attribute out where there is no number.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from math import isfinite

from dcmlint.model import Found
from dcmlint.read.forms import LIMITS, form
from dcmlint.rule import Raw, Rule, bad, good
from dcmlint.standard.dictionary import keyword_of
from dcmlint.value import Value
from dcmlint.value_field import ascii_values

_MAY_BE_ANYTHING = frozenset(
    (
        "DoubleFloatPixelPaddingRangeLimit",
        "DoubleFloatPixelPaddingValue",
        "FloatPixelPaddingRangeLimit",
        "FloatPixelPaddingValue",
        "SelectorFDValue",
        "SelectorFLValue",
    )
)


def check(value: Value) -> Iterator[Found]:
    """Yield a finding for the first number that is out of range."""
    if value.vr == "IS":
        if any(abs(2 * number + 1) > 0xFFFFFFFF for number in _numbers(value)):
            yield Found(value.tag, {"what": "a number beyond the 32 bits of IS"})
    elif value.vr == "DS":
        if not all(isfinite(number) for number in _numbers(value)):
            what = "a number too large for a 64-bit floating point number"
            yield Found(value.tag, {"what": what}, severity="warning")
    elif not value.tag & 0x10000 and not _finite(value) and keyword_of(value.tag) not in _MAY_BE_ANYTHING:
        yield Found(value.tag, {"what": "NaN or infinity"}, severity="warning")


def _numbers(value: Value) -> Iterator[float]:
    """Yield the numbers among the values; too long and malformed ones have rules of their own."""
    for part in ascii_values(value):
        if len(part) <= LIMITS[value.vr] and form(value.vr).fullmatch(part):
            yield int(part) if value.vr == "IS" else float(part)


def _finite(value: Value) -> bool:
    size = 8 if value.vr == "FD" else 4
    count = len(value.raw) // size
    big_endian = value.item.instance.big_endian and value.item is not value.item.instance.meta
    code = f"{'>' if big_endian else '<'}{count}{'d' if size == 8 else 'f'}"
    return all(map(isfinite, struct.unpack(code, value.raw[: count * size])))


RULE = Rule(
    severity="error",
    scope="value",
    citation="PS3.5 Table 6.2-1 (IS, DS, FL, FD)",
    message="{attribute} holds {what}",
    selects=("IS", "DS", "FL", "FD"),
    check=check,
    cases=(
        good(InstanceNumber="2147483647"),
        good(InstanceNumber="-2147483648"),
        good(SliceThickness="1E300"),
        good(TagAngleFirstAxis=1e300),
        good(FloatPixelPaddingValue=float("nan")),
        good({"00091001": Raw("FD", b"\0\0\0\0\0\0\xf8\x7f"), "00090010": "MAKER"}),
        bad("InstanceNumber", InstanceNumber="2147483648"),
        bad("InstanceNumber", InstanceNumber="-2147483649"),
        bad("ReferencedFrameNumber", ReferencedFrameNumber=["1", "99999999999"]),
        bad("SliceThickness", SliceThickness="1E999"),
        bad("TagAngleFirstAxis", TagAngleFirstAxis=float("nan")),
        bad("TagAngleFirstAxis", TagAngleFirstAxis=float("-inf")),
        bad("ReconstructionTargetCenterPatient", ReconstructionTargetCenterPatient=[1, float("inf"), 2]),
        bad("RecommendedDisplayFrameRateInFloat", RecommendedDisplayFrameRateInFloat=float("inf")),
    ),
)
