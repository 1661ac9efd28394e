"""A private tag or Private Creator is not as PS3.5 has it.

## What it does
Reports Private Creators that are empty, have another VR than LO, more than one value or characters beyond
the Default Character Repertoire; private elements with numbers that PS3.5 leaves unused
((gggg,0001-000F) and (gggg,0100-0FFF)); and the odd groups 0001, 0003, 0005, 0007 and FFFF, which nobody
may use.

## Why this matters
A block that is reserved by an empty or unreadable identifier belongs to nobody: readers cannot tell whose
elements it holds.

## Example
(3109,0020) Private Creator of zero length.

## Fix
Write a printable identifier of at most 64 characters with VR LO, and number the elements from xx00 up.
"""

from __future__ import annotations

from collections.abc import Iterator

from dcmlint.model import Found
from dcmlint.read.item import Item
from dcmlint.read.private import is_regular, private_elements
from dcmlint.rule import Raw, Rule, bad, good

_FORBIDDEN_GROUPS = frozenset((0x0001, 0x0003, 0x0005, 0x0007, 0xFFFF))


def check(item: Item) -> Iterator[Found]:
    """Yield each private tag or creator that PS3.5 7.1 and 7.8.1 do not allow."""
    private = private_elements(item)
    for tag in private.low:
        if (
            tag & 0xFFFF >= 0x10
            and tag >> 16 not in _FORBIDDEN_GROUPS
            and (what := _creator_fault(item, tag))
        ):
            yield Found(tag, {"what": f"as a Private Creator {what}"})
    wrong = {block: what for block in private.blocks if (what := _block_fault(block))}
    tags = private.by_block() if wrong else {}
    for block, what in sorted(wrong.items()):
        for tag in tags[block]:
            yield Found(tag, {"what": what})
    for tag in private.low:
        if 0 < tag & 0xFFFF < 0x10 and tag >> 16 not in _FORBIDDEN_GROUPS:
            yield Found(tag, {"what": "is neither a Private Creator nor in a block that one could reserve"})


def _block_fault(block: int) -> str:
    if block >> 8 in _FORBIDDEN_GROUPS:
        return "is in a group that may not be used"
    if 0 < block & 0xFF < 0x10:
        return "is neither a Private Creator nor in a block that one could reserve"
    return ""


def _creator_fault(item: Item, tag: int) -> str:
    vr = item.elements[tag][0]
    if vr not in ("LO", "UN"):
        return f"has VR {vr} instead of LO"
    raw = (item.raw(tag) or b"").strip(b"\0 ")
    if not raw:
        return "is empty"
    if b"\\" in raw:
        return "has more than one value"
    if not (raw.isascii() and raw.decode("latin-1").isprintable()):
        return "has characters beyond the Default Character Repertoire"
    return ""


RULE = Rule(
    severity="error",
    scope="item",
    citation="PS3.5 Section 7.8.1",
    message="{attribute} {what}",
    selects=("private",),
    check=check,
    accepts=is_regular,
    cases=(
        good(PatientID="1"),
        good({"00090010": "ACME_1.0 <x>", "00091001": Raw("OB", b"\0\0")}),
        good({"00090010": Raw("UN", b"ACME")}),
        good({"00090000": 0}),
        good({"00090010": b"ACME\0\0"}),
        bad("(0009,0010)", {"00090010": None}),
        bad("(0009,0010)", {"00090010": b"  "}),
        bad("(0009,0010)", {"00090010": "A\\B"}),
        bad("(0009,0010)", {"00090010": Raw("SH", b"ACME")}),
        bad("(0009,0010)", {"00090010": Raw("LO", b"ACM\xe9")}),
        bad("(0009,000D)", {"0009000D": Raw("LO", b"ACME")}),
        bad("(0009,0101)", {"00090101": Raw("LO", b"ACME")}),
        bad("(0007,1001)", {"00071001": Raw("LO", b"ACME")}),
        bad("ReferencedStudySequence[1].(0009,0010)", ReferencedStudySequence=[{"00090010": None}]),
    ),
)
