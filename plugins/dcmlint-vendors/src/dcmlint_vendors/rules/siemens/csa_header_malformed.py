"""The CSA header of a Siemens MR image cannot be read.

## What it does
Reads the directories in CSA Image Header Info and CSA Series Header Info ((0029,xx10) and (0029,xx20) of
SIEMENS CSA HEADER) to their ends. Headers of the older form, without "SV10", are not judged, nor are
those of PET and CT, which hold other things there.

## Why this matters
Slice timing, phase encoding, diffusion directions and the number of tiles of a mosaic are in there and
partly nowhere else. Readers give up at the first tag that is not in its place. Usual causes are tools
that cut long values, or that replace text within them by text of another length.

## Example
A header of 83 tags of which the bytes end within the 40th.

## Fix
Take the header from the original image: it cannot be restored from the rest.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from dcmlint.model import Found
from dcmlint.read.item import Item
from dcmlint.rule import Raw, Rule, bad, good
from dcmlint_vendors.csa import CREATOR, csa_fault
from dcmlint_vendors.private import element, value_bytes

GROUP = 0x0029
IMAGE, IMAGE_TYPE, SERIES = 0x10, 0x08, 0x20


def check(item: Item) -> Iterator[Found]:
    """Yield each CSA header that is no directory of tags, or one that does not end."""
    for number in (IMAGE, SERIES):
        tag = element(item, GROUP, CREATOR, number)
        raw = b"" if tag is None else value_bytes(item, tag)
        if raw and (raw.startswith(b"SV10") or (number == IMAGE and _is_mr(item))):
            fault = csa_fault(raw)
            if fault:
                yield Found(tag, {"fault": fault})


def _is_mr(item: Item) -> bool:
    """Tell whether the header says that it is that of an MR image."""
    tag = element(item, GROUP, CREATOR, IMAGE_TYPE)
    return (
        tag is not None and value_bytes(item, tag).startswith(b"IMAGE NUM") and item.first("Modality") == "MR"
    )


def _tag(name: bytes, *values: bytes, check: int = 77) -> bytes:
    items = b"".join(
        struct.pack("<4i", *[len(value)] * 2, 77, len(value)) + value + bytes(-len(value) % 4)
        for value in values
    )
    return struct.pack("<64si4siii", name, 1, b"IS", 6, len(values), check) + items


def _header(*tags: bytes, announced: int = 0) -> bytes:
    return b"SV10\4\3\2\1" + struct.pack("<2I", announced or len(tags), 77) + b"".join(tags) + bytes(4)


_TAGS = (_tag(b"EchoLinePosition", b"64", b""), _tag(b"Empty"), _tag(b"Long", b"123456", check=205))
_OLD = struct.pack("<2I", 1, 77) + bytes(84)


def _image(raw: bytes, kind: str = "IMAGE NUM 4", vr: str = "OB") -> dict[str, object]:
    return {"00290010": CREATOR, "00291008": Raw("CS", kind.encode()), "00291010": Raw(vr, raw)}


RULE = Rule(
    severity="warning",
    scope="item",
    citation="PS3.5 Section 7.8 (private data of Siemens, SIEMENS CSA HEADER)",
    message="The CSA header in {attribute} {fault}",
    selects=("private",),
    check=check,
    cases=(
        good(_image(_header(*_TAGS)), Modality="MR"),
        good(_image(_header(*_TAGS), vr="UN"), Modality="MR"),
        good({"00290011": CREATOR, "00291120": Raw("OB", _header(*_TAGS))}),
        good(_image(_OLD), Modality="MR"),
        good(_image(b""), Modality="MR"),
        good(_image(b"text of a PET scanner ", "PT"), Modality="PT"),
        good({"00290010": "ACME", "00291010": Raw("OB", _header(*_TAGS)[:60])}),
        bad("(0029,1010)", _image(_header(*_TAGS)[:150]), Modality="MR"),
        bad("(0029,1010)", _image(_header(*_TAGS)[:150], vr="UN"), Modality="MR"),
        bad("(0029,1010)", _image(_header(*_TAGS, announced=5)), Modality="MR"),
        bad("(0029,1010)", _image(_header(_tag(b"A", check=1))), Modality="MR"),
        bad("(0029,1010)", _image(b"SV10\4\3\2\1" + bytes(40)), Modality="MR"),
        bad("(0029,1010)", _image(b"REMOVED "), Modality="MR"),
        bad("(0029,1020)", {"00290010": CREATOR, "00291020": Raw("OB", _header(*_TAGS)[:16])}),
    ),
)
