"""High Bit is not one less than Bits Stored.

## What it does
Compares High Bit (0028,0102) with Bits Stored (0028,0101), in icons and other Items too.

## Why this matters
High Bit says where in its cell a sample lies. Since the bits beside the sample may no longer be used,
there is one right value; readers that obey another one shift every sample, those that ignore it do not,
and the two show different images.

## Example
Bits Stored 12, High Bit 15.

## Fix
Set High Bit to Bits Stored minus one. If the samples really lie elsewhere in their cells, shift them.
"""

from __future__ import annotations

from collections.abc import Iterator

from dcmlint.image import unsigned
from dcmlint.model import Found
from dcmlint.read.item import Item
from dcmlint.rule import Rule, bad, good

_BITS_STORED = 0x00280101
_HIGH_BIT = 0x00280102


def check(item: Item) -> Iterator[Found]:
    """Yield a High Bit that does not follow from Bits Stored (PS3.5 8.1.1)."""
    high, stored = unsigned(item, _HIGH_BIT), unsigned(item, _BITS_STORED)
    if high is not None and stored is not None and high != stored - 1:
        yield Found(_HIGH_BIT, {"value": high, "stored": stored})


RULE = Rule(
    severity="error",
    scope="item",
    citation="PS3.5 Section 8.1.1",
    message="{attribute} {value} is not one less than Bits Stored {stored}",
    selects=("HighBit",),
    check=check,
    reads=("HighBit", "BitsStored"),
    cases=(
        good(BitsStored=12, HighBit=11),
        good(BitsStored=1, HighBit=0),
        good(HighBit=11),
        good(BitsStored=None, HighBit=11),
        good(BitsStored=12, HighBit=None),
        bad("HighBit", BitsStored=12, HighBit=15),
        bad("HighBit", BitsStored=12, HighBit=12),
        bad("HighBit", BitsStored=0, HighBit=7),
        bad("IconImageSequence[1].HighBit", IconImageSequence=[{"BitsStored": 8, "HighBit": 8}]),
    ),
)
