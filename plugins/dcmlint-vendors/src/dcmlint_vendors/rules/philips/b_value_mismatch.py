"""The b-value of a Philips diffusion image is not the standard Attribute's.

## What it does
Compares (2001,xx03) of Philips Imaging DD 001, Diffusion B-Factor, with Diffusion b-value (0018,9087)
where both are in the same Data Set or Item. A difference of 1 s/mm2 or one percent is rounding. Maps
(ADC, FA), which have no b-value of their own, are left out.

## Why this matters
Some software reads the one, some the other: the same image is fitted with two b-values.

## Example
(2001,1003) is 2000, Diffusion b-value is 0.

## Fix
Find out which value is that of the acquisition, and correct or remove the other.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from dcmlint.model import Found
from dcmlint.read.item import Item
from dcmlint.rule import Raw, Rule, bad, good
from dcmlint_vendors.diffusion import MISMATCH, mismatch
from dcmlint_vendors.private import element, number

CREATOR = "Philips Imaging DD 001"


def check(item: Item) -> Iterator[Found]:
    """Return a finding if Philips's b-value and the standard's differ."""
    tag = element(item, 0x2001, CREATOR, 0x03)
    return mismatch(item, tag, number(item, tag, "FL"))


def _factor(value: float, vr: str = "FL") -> dict[str, object]:
    return {"20010010": CREATOR, "20011003": Raw(vr, struct.pack("<f", value))}


RULE = Rule(
    severity="warning",
    scope="item",
    citation="PS3.3 Section C.8.13.5.9 (and private data of Philips, Philips Imaging DD 001)",
    message=MISMATCH,
    selects=("private",),
    check=check,
    cases=(
        good(_factor(2000.0), DiffusionBValue=2000.0),
        good(_factor(2000.0, "UN"), DiffusionBValue=1999.5),
        good(_factor(2000.0)),
        good(_factor(0.0), DiffusionBValue=0.0),
        good(
            _factor(1000.0),
            DiffusionBValue=0.0,
            ImageType=["ORIGINAL", "PRIMARY", "ADC", "UNSPECIFIED", "ADC"],
        ),
        bad("(2001,1003)", _factor(2000.0), DiffusionBValue=0.0),
        bad("(2001,1003)", _factor(0.0, "UN"), DiffusionBValue=1000.0),
    ),
)
