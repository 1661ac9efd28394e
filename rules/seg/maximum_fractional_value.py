"""Maximum Fractional Value is 0, or more than a pixel can be.

## What it does
Looks at Maximum Fractional Value (0062,000E), the pixel value that stands for a probability or an occupancy
of 1: it must be positive, and fit into Bits Stored.

## Why this matters
Readers divide the pixels by it. With 0 there is no result; with a value that no pixel can have, no voxel is
ever wholly inside, and a threshold of one half may find nothing.

## Example
Maximum Fractional Value 65535 with 8 bits: it was computed for 16.

## Fix
Write the pixel value that stands for 1, 255 or less.
"""

from __future__ import annotations

from collections.abc import Iterator

from dcmlint.image import unsigned
from dcmlint.model import Found
from dcmlint.read.item import Instance
from dcmlint.rule import Rule, bad, good

_MAXIMUM = 0x0062000E
_BITS_STORED = 0x00280101


def check(instance: Instance) -> Iterator[Found]:
    """Yield a maximum that no fraction can be made with (PS3.3 C.8.20.2.3)."""
    maximum, bits = unsigned(instance.root, _MAXIMUM), unsigned(instance.root, _BITS_STORED)
    if maximum == 0:
        yield Found(_MAXIMUM, {"what": "is 0; fractions are divided by it"})
    elif maximum and bits and maximum >= 1 << bits:
        yield Found(_MAXIMUM, {"what": f"is {maximum}, more than {bits} bits can hold"})


def _fractional(maximum: int | None, bits: int = 8) -> dict[str, object]:
    return {"MaximumFractionalValue": maximum, "BitsStored": bits}


RULE = Rule(
    severity="error",
    scope="instance",
    citation="PS3.3 Section C.8.20.2.3",
    message="{attribute} {what}",
    selects=("MaximumFractionalValue",),
    check=check,
    cases=(
        good(_fractional(255)),
        good(_fractional(1)),
        good(_fractional(None)),
        bad("MaximumFractionalValue", _fractional(0)),
        bad("MaximumFractionalValue", _fractional(256)),
    ),
)
