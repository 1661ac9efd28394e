"""The slices described in a UIH volume image are not as many as it says to have.

## What it does
Looks at images with VFRAME in Image Type: a volume as one large image, its slices as tiles of a grid.
Compares the number of slices (0065,xx50) of Image Private Header with the number of Items in (0065,xx51),
one for each slice.

## Why this matters
Position and time of each slice are in those Items and nowhere else. If there are more or fewer than
slices, readers put slices in the wrong place, or reject the image.

## Example
(0065,1050) is 20, and (0065,1051) has 19 Items.

## Fix
Take both from the original image.
"""

from __future__ import annotations

from collections.abc import Iterator

from dcmlint.model import Found
from dcmlint.read.item import Instance
from dcmlint.rule import Raw, Rule, bad, good
from dcmlint_vendors.private import element, is_truncated, number

CREATOR = "Image Private Header"


def check(instance: Instance) -> Iterator[Found]:
    """Yield a finding if the number of slices is not that of their Items."""
    root = instance.root
    if "VFRAME" not in (root.get("ImageType") or ()) or is_truncated(instance):
        return
    count = number(root, element(root, 0x0065, CREATOR, 0x50), "DS")
    described = element(root, 0x0065, CREATOR, 0x51)
    items = None if described is None else root.items(described)
    if count is not None and items is not None and count != len(items):
        yield Found(described, {"count": f"{count:g}", "items": len(items)})


def _volume(count: bytes, items: int) -> dict[str, object]:
    return {
        "ImageType": ["ORIGINAL", "PRIMARY", "M", "VFRAME"],
        "00650010": CREATOR,
        "00651050": Raw("DS", count),
        "00651051": [{"00080032": "120000"}] * items,
    }


RULE = Rule(
    severity="warning",
    scope="instance",
    citation="PS3.5 Section 7.8 (private data of UIH, Image Private Header)",
    message="{attribute} describes {items} slices, but the image has {count}",
    selects=("ImageType",),
    check=check,
    cases=(
        good(_volume(b"2 ", 2)),
        good(_volume(b"2 ", 3) | {"ImageType": ["ORIGINAL", "PRIMARY", "M"]}),
        good(_volume(b"2 ", 3) | {"00650010": "ACME"}),
        good(_volume(b"", 3)),
        bad("(0065,1051)", _volume(b"20", 19)),
        bad("(0065,1051)", _volume(b"2 ", 1)),
    ),
)
