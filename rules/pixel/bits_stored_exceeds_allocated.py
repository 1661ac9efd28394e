"""Bits Stored is greater than Bits Allocated.

## What it does
Compares Bits Stored (0028,0101) with Bits Allocated (0028,0100), in icons and other Items too.

## Why this matters
A sample cannot have more bits than the cell it is stored in. Readers then mask or shift samples wrongly,
or refuse the image.

## Example
Bits Allocated 8, Bits Stored 12: the cells were narrowed and the attribute was left as it was.

## Fix
Set Bits Stored to the bits that a sample has, and High Bit to one less.
"""

from __future__ import annotations

from collections.abc import Iterator

from dcmlint.image import unsigned
from dcmlint.model import Found
from dcmlint.read.item import Item
from dcmlint.rule import Raw, Rule, bad, good

_BITS_ALLOCATED = 0x00280100
_BITS_STORED = 0x00280101


def check(item: Item) -> Iterator[Found]:
    """Yield Bits Stored that does not fit into Bits Allocated (PS3.5 8.1.1)."""
    stored, allocated = unsigned(item, _BITS_STORED), unsigned(item, _BITS_ALLOCATED)
    if stored is not None and allocated is not None and stored > allocated > 0:
        yield Found(_BITS_STORED, {"value": stored, "allocated": allocated})


RULE = Rule(
    severity="error",
    scope="item",
    citation="PS3.5 Section 8.1.1",
    message="{attribute} {value} is greater than Bits Allocated {allocated}",
    selects=("BitsStored",),
    check=check,
    reads=("BitsStored", "BitsAllocated"),
    cases=(
        good(BitsAllocated=16, BitsStored=12),
        good(BitsAllocated=16, BitsStored=16),
        good(BitsAllocated=1, BitsStored=1),
        good(BitsStored=12),
        good(BitsAllocated=None, BitsStored=12),
        good(BitsAllocated=[8, 8], BitsStored=12),
        good(BitsAllocated=Raw("LO", b"8 "), BitsStored=12),
        bad("BitsStored", BitsAllocated=8, BitsStored=12),
        bad("BitsStored", BitsAllocated=16, BitsStored=0x1000),
        bad("IconImageSequence[1].BitsStored", IconImageSequence=[{"BitsAllocated": 8, "BitsStored": 16}]),
    ),
)
