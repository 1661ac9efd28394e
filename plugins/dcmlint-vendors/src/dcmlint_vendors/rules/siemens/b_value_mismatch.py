"""The b-value of a Siemens diffusion image is not the standard Attribute's.

## What it does
Compares (0019,xx0C) of SIEMENS MR HEADER with Diffusion b-value (0018,9087) where both are there. A
difference of 1 s/mm2 or one percent is rounding. Maps (ADC, FA), which have no b-value of their own, are
left out.

## Why this matters
Some software reads the one, some the other: the same image is fitted with two b-values.

## Example
(0019,100C) is 1000, Diffusion b-value is 0.

## Fix
Find out which value is that of the acquisition, and correct or remove the other. A value that a tool
filled in is the more likely to be wrong.
"""

from __future__ import annotations

from collections.abc import Iterator

from dcmlint.model import Found
from dcmlint.read.item import Item
from dcmlint.rule import Raw, Rule, bad, good
from dcmlint_vendors.diffusion import MISMATCH, mismatch
from dcmlint_vendors.private import element, number

CREATOR = "SIEMENS MR HEADER"


def check(item: Item) -> Iterator[Found]:
    """Return a finding if Siemens's b-value and the standard's differ."""
    tag = element(item, 0x0019, CREATOR, 0x0C)
    return mismatch(item, tag, number(item, tag, "IS"))


_PRIVATE = {"00190010": CREATOR, "0019100C": Raw("IS", b"1000")}

RULE = Rule(
    severity="warning",
    scope="item",
    citation="PS3.3 Section C.8.13.5.9 (and private data of Siemens, SIEMENS MR HEADER)",
    message=MISMATCH,
    selects=("private",),
    check=check,
    cases=(
        good(_PRIVATE, DiffusionBValue=1000.0),
        good(_PRIVATE, DiffusionBValue=1004.5),
        good(_PRIVATE),
        good(_PRIVATE, DiffusionBValue=0.0, ImageType=["DERIVED", "PRIMARY", "DIFFUSION", "ADC"]),
        good({"00190010": CREATOR, "0019100C": Raw("UN", b"1000")}, DiffusionBValue=1000.0),
        good({"00190010": "ACME", "0019100C": Raw("IS", b"1000")}, DiffusionBValue=0.0),
        good({"00190010": CREATOR, "0019100C": Raw("IS", b"")}, DiffusionBValue=0.0),
        bad("(0019,100C)", _PRIVATE, DiffusionBValue=0.0),
        bad("(0019,110C)", {"00190011": CREATOR, "0019110C": Raw("UN", b"1000")}, DiffusionBValue=500.0),
    ),
)
