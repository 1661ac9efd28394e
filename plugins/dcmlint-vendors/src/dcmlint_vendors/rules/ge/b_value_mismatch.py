"""The b-value of a GE diffusion image is not the standard Attribute's.

## What it does
Compares the first value of (0043,xx39) of GEMS_PARM_01, without the 1000000000 that GE adds in some
series, with Diffusion b-value (0018,9087) where both are there. A difference of 1 s/mm2 or one percent is
rounding. Maps (ADC, FA), which have no b-value of their own, are left out.

## Why this matters
Some software reads the one, some the other: the same image is fitted with two b-values.

## Example
(0043,1039) is 1000001000\\8\\0\\0, Diffusion b-value is 0.

## Fix
Find out which value is that of the acquisition, and correct or remove the other.
"""

from __future__ import annotations

from collections.abc import Iterator

from dcmlint.model import Found
from dcmlint.read.item import Item
from dcmlint.rule import Raw, Rule, bad, good
from dcmlint_vendors.diffusion import MISMATCH, mismatch
from dcmlint_vendors.private import element, number

CREATOR = "GEMS_PARM_01"
OFFSET = 1_000_000_000


def check(item: Item) -> Iterator[Found]:
    """Return a finding if GE's b-value, without the offset, and the standard's differ."""
    tag = element(item, 0x0043, CREATOR, 0x39)
    written = number(item, tag, "IS")
    if written is None or not 0 <= written < 2 * OFFSET:
        return iter(())
    return mismatch(item, tag, written % OFFSET)


def _written(value: bytes, vr: str = "IS") -> dict[str, object]:
    return {"00430010": CREATOR, "00431039": Raw(vr, value)}


RULE = Rule(
    severity="warning",
    scope="item",
    citation="PS3.3 Section C.8.13.5.9 (and private data of GE, GEMS_PARM_01)",
    message=MISMATCH,
    selects=("private",),
    check=check,
    cases=(
        good(_written(b"800\\8\\0\\0 "), DiffusionBValue=800.0),
        good(_written(b"1000000800\\8\\0\\0"), DiffusionBValue=800.0),
        good(_written(b"30000\\8\\0\\0 "), DiffusionBValue=30000.0),
        good(_written(b"1000000800\\8\\0\\0")),
        good(
            _written(b"800\\8\\0\\0 "),
            DiffusionBValue=0.0,
            ImageType=["DERIVED", "PRIMARY", "DIFFUSION", "ADC"],
        ),
        good(_written(b"none"), DiffusionBValue=800.0),
        bad("(0043,1039)", _written(b"800\\8\\0\\0 "), DiffusionBValue=1000.0),
        bad("(0043,1039)", _written(b"1000001000\\8\\0\\0", "UN"), DiffusionBValue=0.0),
    ),
)
