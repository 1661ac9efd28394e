"""A displayed area is inside out.

## What it does
Compares Displayed Area Top Left Hand Corner (0070,0052) with Displayed Area Bottom Right Hand Corner
(0070,0053): neither column nor row of the top left may be beyond that of the bottom right. Corners outside
of the image are fine. Presentation states that rotate or flip the image are not judged, since their corners
change places.

## Why this matters
Viewers compute zoom and pan from the corners. With corners that are swapped they show nothing, crash, or
mirror the image: left becomes right.

## Example
Top left 1\\512 and bottom right 512\\1: rows were counted from below.

## Fix
Give the corners as column\\row of the image pixels, counted from 1\\1 at the top left.
"""

from __future__ import annotations

from collections.abc import Iterator

from dcmlint.image import code
from dcmlint.model import Found
from dcmlint.numbering import integer
from dcmlint.read.item import Instance
from dcmlint.rule import Rule, bad, good

_SELECTIONS = 0x0070005A
_TOP_LEFT = 0x00700052
_BOTTOM_RIGHT = 0x00700053
_ROTATION = 0x00700042
_FLIP = 0x00700041


def check(instance: Instance) -> Iterator[Found]:
    """Yield each area whose corners are swapped (PS3.3 C.10.4)."""
    root = instance.root
    if integer(root, _ROTATION) not in (None, 0) or code(root, _FLIP) not in (None, "N"):
        return
    for selection in root.items(_SELECTIONS) or ():
        start, end = selection.get(_TOP_LEFT) or (), selection.get(_BOTTOM_RIGHT) or ()
        if len(start) != 2 or len(end) != 2 or not all(isinstance(value, int) for value in (*start, *end)):
            continue
        for name, first, last in zip(("columns", "rows"), start, end, strict=True):
            if first > last:
                what = f"has {name} from {first} to {last}"
                yield Found(_TOP_LEFT, {"what": what}, selection, attributes=(_BOTTOM_RIGHT,))
                break


def _area(start: list[int] | None, end: list[int] | None, **changes: object) -> dict[str, object]:
    selection = {"DisplayedAreaTopLeftHandCorner": start, "DisplayedAreaBottomRightHandCorner": end}
    return {"DisplayedAreaSelectionSequence": [selection], **changes}


_AT = "DisplayedAreaSelectionSequence[1].DisplayedAreaTopLeftHandCorner"

RULE = Rule(
    severity="error",
    scope="instance",
    citation="PS3.3 Section C.10.4",
    message="{attribute} {what}: the corners are swapped",
    selects=("DisplayedAreaSelectionSequence",),
    check=check,
    cases=(
        good(_area([1, 1], [512, 512])),
        good(_area([-100, -100], [700, 700])),
        good(_area([5, 5], [5, 5])),
        good(_area([512, 1], [1, 512], ImageRotation=90, ImageHorizontalFlip="N")),
        good(_area([512, 1], [1, 512], ImageRotation=0, ImageHorizontalFlip="Y")),
        good(_area([1, 1], None)),
        bad(_AT, _area([512, 1], [1, 512])),
        bad(_AT, _area([1, 512], [512, 1], ImageRotation=0, ImageHorizontalFlip="N")),
    ),
)
