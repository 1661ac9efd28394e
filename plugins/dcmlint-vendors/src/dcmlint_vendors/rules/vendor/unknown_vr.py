"""Private elements have VR UN although the vendor's VRs are known.

## What it does
Looks in explicit VR files for the private elements of Siemens, GE, Philips, Canon, Toshiba and Elscint
that have VR UN while the vendor's VR is known and fits the value. One finding for a Data Set or Item
lists them.

## Why this matters
The file was converted from Implicit VR by a system without the vendor's dictionary. That is allowed, but
whoever reads it gets bytes instead of numbers and text: b-values, scaling and timing are not found.

## Example
(0019,100C) of SIEMENS MR HEADER has VR UN; it is IS.

## Fix
Convert with a toolkit that knows the vendor's private dictionary, or have the reader use one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from dcmlint.model import Found
from dcmlint.read.item import Item
from dcmlint.rule import Raw, Rule, bad, good
from dcmlint_vendors.dictionary import vrs_of
from dcmlint_vendors.private import blocks

LONG = frozenset(("OB", "OD", "OF", "OL", "OV", "OW", "SQ", "UC", "UR", "UT"))
SIZES = {"US": 2, "SS": 2, "OW": 2, "AT": 4, "UL": 4, "SL": 4, "FL": 4, "OF": 4, "FD": 8}
MOST_BYTES = 65_534
"""Bytes that a VR with a length of 16 bits can have; longer values have to be UN."""


def check(item: Item) -> Iterator[Found]:
    """Yield the first element that has UN for a VR that is known, with all others of the Item."""
    if not item.instance.explicit:
        return
    known: dict[int, str] = {}
    creators: dict[str, None] = {}
    for (_, creator), block in blocks(item).items():
        vrs = vrs_of(creator)
        found = {tag: vr for tag in range(block, block + 256) if (vr := _known_vr(item, tag, vrs))}
        if found:
            creators[creator] = None
            known |= found
    if known:
        tag, vr = min(known.items())
        args = {"count": len(known), "creators": tuple(creators), "vr": vr}
        yield Found(tag, args, attributes=tuple(sorted(known)))


def _known_vr(item: Item, tag: int, vrs: Mapping[int, str]) -> str:
    """Return the VR of a Data Element that is there with UN, "" if it is not or its VR does not fit."""
    found = item.elements.get(tag)
    if found is None or found[0] != "UN" or found[3] is not None:
        return ""
    vr = vrs.get(tag >> 16 << 8 | tag & 0xFF, "")
    length = found[2]
    return "" if length % SIZES.get(vr, 1) or (vr not in LONG and length > MOST_BYTES) else vr


_CREATOR = "SIEMENS MR HEADER"

RULE = Rule(
    severity="note",
    scope="item",
    citation="PS3.5 Section 6.2.2",
    message="{attribute} has VR UN, though it is {vr} (such elements: {count}; of {creators})",
    selects=("private",),
    check=check,
    on_bytes=True,
    cases=(
        good({"00190010": _CREATOR, "0019100C": Raw("IS", b"1000")}),
        good({"00190010": _CREATOR, "0019100A": Raw("UN", b"\x30\0\0")}),
        good({"00190010": _CREATOR, "001910FF": Raw("UN", b"1000")}),
        good({"00190010": _CREATOR, "0019100C": Raw("UN", b"1" * 65_536)}),
        good({"00190010": "ACME", "0019100C": Raw("UN", b"1000")}),
        bad(
            "(0019,100A)",
            {"00190010": _CREATOR, "0019100A": Raw("UN", b"\x30\0"), "0019100C": Raw("UN", b"1000")},
        ),
        bad("(0043,1139)", {"00430011": "GEMS_PARM_01", "00431139": Raw("UN", b"1\\2\\3\\4 ")}),
    ),
)
