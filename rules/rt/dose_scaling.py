"""Dose Grid Scaling makes no dose.

## What it does
Looks at Dose Grid Scaling (3004,000E): a factor of 0 makes every dose 0, a negative one makes doses negative.

## Why this matters
The pixel values are multiplied by this factor. A plan that is evaluated with such a dose seems to spare every
organ.

## Example
Dose Grid Scaling 0, where a small factor was rounded to a few decimals.

## Fix
Write the factor with enough digits: DS has room for 16 characters, exponent included.
"""

from __future__ import annotations

from collections.abc import Iterator

from dcmlint.image import numbers
from dcmlint.model import Found
from dcmlint.read.item import Instance
from dcmlint.rule import Rule, bad, good

_SCALING = 0x3004000E


def check(instance: Instance) -> Iterator[Found]:
    """Yield a factor that is not positive (PS3.3 C.8.8.3)."""
    scaling = numbers(instance.root, _SCALING, 1)
    if scaling is not None and scaling[0] <= 0:
        yield Found(_SCALING, {"scaling": f"{scaling[0]:g}"})


RULE = Rule(
    severity="warning",
    scope="instance",
    citation="PS3.3 Section C.8.8.3",
    message="{attribute} is {scaling}; it must be positive to make a dose",
    selects=("DoseGridScaling",),
    check=check,
    cases=(
        good(DoseGridScaling="1e-6"),
        good(DoseGridScaling=None),
        good(DoseGridScaling="x"),
        bad("DoseGridScaling", DoseGridScaling="0"),
        bad("DoseGridScaling", DoseGridScaling="-0.5"),
    ),
)
