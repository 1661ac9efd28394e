"""Private Data Elements have no Private Creator.

## What it does
For each block of private elements (gggg,xx00-xxFF), looks for the Private Creator (gggg,00xx) in the same
Data Set or Item. One finding for each block lists its elements.

## Why this matters
The Private Creator tells whose elements these are; the numbers alone do not, since everyone may use them.
Without it no reader can interpret them, and de-identifiers that keep known private elements cannot tell
that they are safe. Items of a Sequence need Private Creators of their own.

## Example
(0019,10D9) without (0019,0010).

## Fix
Add the Private Creator of the block, or remove the private elements.
"""

from __future__ import annotations

from collections.abc import Iterator

from dcmlint.model import Found
from dcmlint.read.item import Item
from dcmlint.read.private import is_regular, private_elements
from dcmlint.rule import Raw, Rule, bad, good


def check(item: Item) -> Iterator[Found]:
    """Yield the first element of each private block that is not reserved (PS3.5 7.8.1)."""
    private = private_elements(item)
    orphans = [block for block in private.blocks if block & 0xF0 and _creator(block) not in item.elements]
    tags = private.by_block() if orphans else {}
    for block in sorted(orphans):
        found = tuple(tags[block])
        yield Found(found[0], {"creator": _creator(block), "count": len(found)}, attributes=found)


def _creator(block: int) -> int:
    """Return the tag of the Private Creator that reserves the block (gggg,ee..)."""
    return (block & 0xFFFF00) << 8 | block & 0xFF


_VALUE = Raw("LO", b"x ")

RULE = Rule(
    severity="error",
    scope="item",
    citation="PS3.5 Section 7.8.1",
    message="{attribute} has no Private Creator {creator:tag} (elements of the block: {count})",
    selects=("private",),
    check=check,
    accepts=is_regular,
    cases=(
        good(PatientID="1"),
        good({"00090010": "ACME", "00091001": _VALUE, "000910FF": _VALUE}),
        good({"000900FF": "ACME", "0009FF01": _VALUE}),
        good({"00090010": "ACME"}),
        good({"00090000": 0}),
        bad("(0009,1001)", {"00091001": _VALUE}),
        bad("(0009,1101)", {"00090010": "ACME", "00091001": _VALUE, "00091101": _VALUE}),
        bad("(000B,1001)", {"00090010": "ACME", "000B1001": _VALUE}),
        bad(
            "(0009,1002)[1].(0009,1001)",
            {"00090010": "ACME", "00091002": [{"00091001": _VALUE}]},
        ),
    ),
)
