"""One Private Creator reserves two blocks of a group.

## What it does
Reports a Private Creator whose value occurs a second time in the same group of the same Data Set or Item.

## Why this matters
A Private Creator may be used only once within a group. Readers look a private element up by creator and
number, find the first block, and miss what is in the second.

## Example
(0009,0010) and (0009,0011) both say ACME 1.0.

## Fix
Put all elements of the creator into one block; give the second set of elements an identifier of its own.
"""

from __future__ import annotations

from collections.abc import Iterator

from dcmlint.model import Found
from dcmlint.read.item import Item
from dcmlint.read.private import is_regular, private_elements
from dcmlint.rule import Rule, bad, good


def check(item: Item) -> Iterator[Found]:
    """Yield each Private Creator that is a repetition (PS3.5 7.8.1)."""
    seen: dict[tuple[int, bytes], int] = {}
    for tag in private_elements(item).low:
        if tag & 0xFFFF >= 0x10:
            identifier = (item.raw(tag) or b"").strip(b"\0 ")
            first = seen.setdefault((tag >> 16, identifier), tag)
            if identifier and first != tag:
                yield Found(tag, {"first": first}, attributes=(first, tag))


RULE = Rule(
    severity="error",
    scope="item",
    citation="PS3.5 Section 7.8.1",
    message="{attribute} names the same Private Creator as {first:tag}",
    selects=("private",),
    check=check,
    accepts=is_regular,
    cases=(
        good(PatientID="1"),
        good({"00090010": "ACME", "00090011": "ACME 2"}),
        good({"00090010": "ACME", "000B0010": "ACME"}),
        good({"00090010": "ACME", "00090011": "acme"}),
        good({"00090010": None, "00090011": None}),
        good({"00090010": "ACME", "00091001": [{"00090010": "ACME"}]}),
        bad("(0009,0011)", {"00090010": "ACME", "00090011": "ACME"}),
        bad("(0009,0020)", {"00090010": b"ACME  ", "00090020": b"ACME"}),
        bad(
            "ReferencedStudySequence[1].(0009,0011)",
            ReferencedStudySequence=[{"00090010": "A", "00090011": "A"}],
        ),
    ),
)
