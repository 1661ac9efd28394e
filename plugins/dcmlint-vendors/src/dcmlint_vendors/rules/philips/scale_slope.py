"""The scale slope of a Philips MR image is not positive, so that its signal cannot be computed.

## What it does
Reports (2005,xx0E) of Philips MR Imaging DD 001, Scale Slope, if it is zero, negative or no finite number.

## Why this matters
Stored values of different series are comparable after division by it only: (stored value - Scale Intercept) /
Scale Slope. Software for quantitative imaging divides by zero, or falls back on the display values.

## Example
(2005,100E) is 0.

## Fix
Take the value from the original image, or remove the element: without it, readers know that it is missing.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator

from dcmlint.model import Found
from dcmlint.read.item import Item
from dcmlint.rule import Raw, Rule, bad, good
from dcmlint_vendors.private import element, number

CREATOR = "Philips MR Imaging DD 001"


def check(item: Item) -> Iterator[Found]:
    """Yield a finding if Scale Slope is there and is no positive number."""
    tag = element(item, 0x2005, CREATOR, 0x0E)
    slope = number(item, tag, "FL")
    if slope is not None and not (math.isfinite(slope) and slope > 0):
        yield Found(tag, {"slope": f"{slope:g}"})


def _slope(value: float, vr: str = "FL") -> dict[str, object]:
    return {"20050010": CREATOR, "2005100E": Raw(vr, struct.pack("<f", value))}


RULE = Rule(
    severity="warning",
    scope="item",
    citation="PS3.5 Section 7.8 (private data of Philips, Philips MR Imaging DD 001)",
    message="The scale slope in {attribute} is {slope}: signal cannot be computed from stored values",
    selects=("private",),
    check=check,
    cases=(
        good(_slope(0.004284)),
        good(_slope(651.74, "UN")),
        good({"20050010": CREATOR, "2005100E": Raw("FL", b"")}),
        good({"20050010": "ACME", "2005100E": Raw("FL", bytes(4))}),
        bad("(2005,100E)", _slope(0.0)),
        bad("(2005,100E)", _slope(-1.0)),
        bad("(2005,100E)", _slope(math.nan, "UN")),
    ),
)
