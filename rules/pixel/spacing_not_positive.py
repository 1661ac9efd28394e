"""A pixel spacing is zero or negative.

## What it does
Checks both values of Pixel Spacing, Imager Pixel Spacing, Nominal Scanned Pixel Spacing, Object Pixel
Spacing in Center of Beam and Presentation Pixel Spacing. Zero is allowed where there is a single row (first
value) or a single column (second value), and not judged where their number is not known.

## Why this matters
Distances and areas that are measured in the image come out as zero or negative, and resampling divides by
the spacing.

## Example
Pixel Spacing 0\\0 in a secondary capture without scale.

## Fix
Write the real spacing in mm; leave the attribute out where it is not known and not required.
"""

from __future__ import annotations

from collections.abc import Iterator

from dcmlint.image import nearest, numbers, unsigned
from dcmlint.model import Found
from dcmlint.read.item import Item
from dcmlint.rule import Rule, bad, good

_SPACINGS = (0x00280030, 0x00181164, 0x00182010, 0x00189404, 0x00700101)
_ROWS, _COLUMNS = 0x00280010, 0x00280011


def check(item: Item) -> Iterator[Found]:
    """Yield each pixel spacing that PS3.3 10.7.1.1 excludes."""
    for tag in _SPACINGS:
        if tag not in item.elements:
            continue
        values = numbers(item, tag, 2)
        if values is None or min(values) > 0:
            continue
        if min(values) < 0 or _is_zero(item, values):
            yield Found(tag, {"value": values})


def _is_zero(item: Item, values: tuple[float, ...]) -> bool:
    """Tell whether a spacing is zero between rows or columns of which there are several."""
    for value, tag in zip(values, (_ROWS, _COLUMNS), strict=True):
        holder = nearest(item, tag)
        count = None if holder is None else unsigned(holder, tag)
        if value == 0 and count is not None and count > 1:
            return True
    return False


RULE = Rule(
    severity="error",
    scope="item",
    citation="PS3.3 Section 10.7.1.1",
    message="{attribute} {value} must be greater than zero",
    selects=(
        "PixelSpacing",
        "ImagerPixelSpacing",
        "NominalScannedPixelSpacing",
        "ObjectPixelSpacingInCenterOfBeam",
        "PresentationPixelSpacing",
    ),
    check=check,
    reads=(
        "PixelSpacing",
        "ImagerPixelSpacing",
        "NominalScannedPixelSpacing",
        "ObjectPixelSpacingInCenterOfBeam",
        "PresentationPixelSpacing",
        "Rows",
        "Columns",
    ),
    cases=(
        good(Rows=2, Columns=2, PixelSpacing=[0.5, 0.5]),
        good(Rows=1, Columns=2, PixelSpacing=[0, 0.5]),
        good(Rows=2, Columns=1, PixelSpacing=[0.5, 0]),
        good(Rows=1, Columns=1, PixelSpacing=[0, 0]),
        good(PixelSpacing=[0, 0]),
        good(Rows=2, Columns=2, PixelSpacing=None),
        good(Rows=2, Columns=2, PixelSpacing="0"),
        good(Rows=2, Columns=2, PixelSpacing=["a", "b"]),
        bad("PixelSpacing", Rows=2, Columns=2, PixelSpacing=[0, 0]),
        bad("PixelSpacing", Rows=1, Columns=2, PixelSpacing=[0.5, 0]),
        bad("PixelSpacing", PixelSpacing=[-0.5, 0.5]),
        bad("ImagerPixelSpacing", Rows=2, Columns=2, ImagerPixelSpacing=[0.1, 0]),
        bad(
            "SharedFunctionalGroupsSequence[1].PixelMeasuresSequence[1].PixelSpacing",
            Rows=2,
            Columns=2,
            SharedFunctionalGroupsSequence=[{"PixelMeasuresSequence": [{"PixelSpacing": [0, 0]}]}],
        ),
    ),
)
