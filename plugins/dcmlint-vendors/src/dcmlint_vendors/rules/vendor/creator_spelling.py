"""A Private Creator is a vendor's with other capitals or spaces.

## What it does
Reports a Private Creator that has the letters of a known one of Siemens, GE, Philips, Canon, Toshiba or
Elscint, but not its capitals and spaces.

## Why this matters
Readers and de-identifiers compare Private Creators letter by letter. They take the block for an unknown
one: its elements are not found, or are removed, or kept, against the rule for that vendor.

## Example
(0019,0010) Siemens MR Header.

## Fix
Write the identifier as the vendor does: SIEMENS MR HEADER. The value is never to be translated or
normalised.
"""

from __future__ import annotations

from collections.abc import Iterator

from dcmlint.model import Found
from dcmlint.read.item import Item
from dcmlint.rule import Rule, bad, good
from dcmlint_vendors.dictionary import known_creator
from dcmlint_vendors.private import blocks


def check(item: Item) -> Iterator[Found]:
    """Yield each Private Creator that is a known one but for capitals and spaces."""
    for (group, creator), block in blocks(item).items():
        known = known_creator(creator)
        if known and creator != known.upper():
            yield Found(group << 16 | block >> 8 & 0xFF, {"known": known})


RULE = Rule(
    severity="note",
    scope="item",
    citation="PS3.5 Section 7.8.1",
    message="{attribute} reads {known} but for capitals or spaces: readers do not find the block",
    selects=("private",),
    check=check,
    cases=(
        good({"00190010": "SIEMENS MR HEADER"}),
        good({"20010010": "Philips Imaging DD 001"}),
        good({"20010010": "PHILIPS IMAGING DD 001"}),
        good({"00090010": "SPI RELEASE 1", "000B0010": "SPI Release 1"}),
        good({"00190010": "ACME"}),
        good({"00190010": None}),
        bad("(0019,0010)", {"00190010": "Siemens MR Header"}),
        bad("(2005,0011)", {"20050011": "Philips MR Imaging DD  001"}),
        bad("(0043,0010)", {"00430010": "gems_parm_01"}),
    ),
)
