"""A Siemens CSA header is under another Private Creator, where no reader looks for it.

## What it does
Reports a private element of group 0029 whose bytes begin as a CSA header ("SV10" and a directory of tags) in
a block that does not belong to Siemens.

## Why this matters
Readers look private elements up by the Private Creator. If a de-identifier has replaced the creator's name
("Anon", "REMOVED"), slice timing, diffusion directions and mosaic layout are lost to them, though
all of it is still in the file, along with whatever the de-identifier meant to take away.

## Example
(0029,0010) Anon, and a CSA header in (0029,1010).

## Fix
Leave Private Creators as they are: either keep the block or remove it as a whole.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from dcmlint.model import Found
from dcmlint.read.item import Item
from dcmlint.rule import Raw, Rule, bad, good
from dcmlint_vendors.csa import begins_as_csa
from dcmlint_vendors.private import creator_of

BLOCKS = range(0x00291000, 0x002A0000)


def check(item: Item) -> Iterator[Found]:
    """Yield each CSA header in a block of which Siemens is not the owner."""
    for tag, (_, offset, length, items) in item.elements.items():
        if tag in BLOCKS and items is None and length >= 16:
            creator = creator_of(item, tag)
            if (
                creator
                and not creator.upper().startswith("SIEMENS")
                and begins_as_csa(bytes(item.buf[offset : offset + 16]))
            ):
                yield Found(tag, {"creator": tag & 0xFFFF0000 | (tag >> 8) & 0xFF})


_HEADER = Raw("OB", b"SV10\4\3\2\1" + struct.pack("<2I", 1, 77) + bytes(88))

RULE = Rule(
    severity="warning",
    scope="item",
    citation="PS3.5 Section 7.8.1 (private data of Siemens, SIEMENS CSA HEADER)",
    message="{attribute} holds a Siemens CSA header, but {creator:tag} says that the block is not Siemens's",
    selects=("private",),
    check=check,
    cases=(
        good({"00290010": "SIEMENS CSA HEADER", "00291010": _HEADER}),
        good({"00290010": "SIEMENS CSA NON-IMAGE", "00291010": _HEADER}),
        good({"00290010": "ACME", "00291010": Raw("OB", b"SV10 of another kind, with other bytes")}),
        good({"00290010": "ACME", "00291010": Raw("OB", b"SV10")}),
        good({"00190010": "ACME", "00191010": _HEADER}),
        bad("(0029,1010)", {"00290010": "Anon", "00291010": _HEADER}),
        bad("(0029,1120)", {"00290011": "REMOVED", "00291120": Raw("UN", _HEADER.value)}),
    ),
)
