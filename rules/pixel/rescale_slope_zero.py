"""Rescale Slope is zero.

## What it does
Reports Rescale Slope (0028,1053) with the value 0, in the Data Set and in functional groups.

## Why this matters
The slope multiplies every stored value. With zero, all pixels have the same value, and the inverse that
writers of derived images need does not exist.

## Example
Rescale Slope 0, Rescale Intercept 0: a converter wrote its default for numbers.

## Fix
Write the real slope, 1 where stored values are the values themselves.
"""

from __future__ import annotations

from collections.abc import Iterator

from dcmlint.image import numbers
from dcmlint.model import Found
from dcmlint.read.item import Item
from dcmlint.rule import Rule, bad, good

_RESCALE_SLOPE = 0x00281053


def check(item: Item) -> Iterator[Found]:
    """Yield a slope of zero (PS3.3 C.11.1.1.2)."""
    values = numbers(item, _RESCALE_SLOPE)
    if values is not None and 0 in values:
        yield Found(_RESCALE_SLOPE, {"value": values[0]})


RULE = Rule(
    severity="error",
    scope="item",
    citation="PS3.3 Section C.11.1",
    message="{attribute} is zero",
    selects=("RescaleSlope",),
    check=check,
    reads=("RescaleSlope",),
    cases=(
        good(RescaleSlope=1),
        good(RescaleSlope="-0.5"),
        good(RescaleSlope="1e-9"),
        good(RescaleSlope=None),
        good(RescaleSlope="none"),
        bad("RescaleSlope", RescaleSlope=0),
        bad("RescaleSlope", RescaleSlope="0.000000"),
        bad("RescaleSlope", RescaleSlope="-0"),
        bad(
            "SharedFunctionalGroupsSequence[1].PixelValueTransformationSequence[1].RescaleSlope",
            SharedFunctionalGroupsSequence=[{"PixelValueTransformationSequence": [{"RescaleSlope": "0"}]}],
        ),
    ),
)
