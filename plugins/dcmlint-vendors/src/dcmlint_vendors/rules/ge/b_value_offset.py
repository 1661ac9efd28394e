"""The b-value of a GE image is there only as a private number with 1000000000 added to it.

## What it does
Reports images in which the first value of (0043,xx39) of GEMS_PARM_01 is 1000000000 or more and Diffusion
b-value (0018,9087) is absent.

## Why this matters
In series of several and of synthetic b-values GE's software writes the b-value plus 1000000000 there.
Readers that know it subtract the offset; others see b-values of a thousand million, or drop the image.

## Example
(0043,1039) is 1000000800\\8\\0\\0: the b-value is 800 s/mm2.

## Fix
Nothing is wrong with the file; make sure that what reads it takes the offset off, or have the scanner
write Diffusion b-value as well, where GE puts the number as it is.
"""

from __future__ import annotations

from collections.abc import Iterator

from dcmlint.model import Found
from dcmlint.read.item import Item
from dcmlint.rule import Raw, Rule, bad, good
from dcmlint_vendors.diffusion import has_standard_b_value
from dcmlint_vendors.private import element, number

CREATOR = "GEMS_PARM_01"
OFFSET = 1_000_000_000


def check(item: Item) -> Iterator[Found]:
    """Yield a finding if the b-value can be had from nowhere but GE's number with its offset."""
    tag = element(item, 0x0043, CREATOR, 0x39)
    written = number(item, tag, "IS")
    if written is not None and OFFSET <= written < 2 * OFFSET and not has_standard_b_value(item):
        yield Found(tag, {"b_value": f"{written - OFFSET:g}"})


RULE = Rule(
    severity="note",
    scope="item",
    citation="PS3.5 Section 7.8 (private data of GE, GEMS_PARM_01)",
    message="{attribute} holds the b-value plus 1000000000: it is {b_value} s/mm2; DiffusionBValue is absent",
    selects=("private",),
    check=check,
    cases=(
        good({"00430010": CREATOR, "00431039": Raw("IS", b"800\\8\\0\\0 ")}),
        good({"00430010": CREATOR, "00431039": Raw("IS", b"0\\0\\0\\0 ")}),
        good({"00430010": CREATOR, "00431039": Raw("IS", b"1000000800\\8\\0\\0")}, DiffusionBValue=800.0),
        good({"00430010": "ACME", "00431039": Raw("IS", b"1000000800\\8\\0\\0")}),
        bad("(0043,1039)", {"00430010": CREATOR, "00431039": Raw("IS", b"1000000800\\8\\0\\0")}),
        bad("(0043,1039)", {"00430010": CREATOR, "00431039": Raw("UN", b"1000000000\\8\\0\\0")}),
    ),
)
