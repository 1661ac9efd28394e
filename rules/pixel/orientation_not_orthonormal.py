"""An image orientation is not a pair of perpendicular unit vectors.

## What it does
Checks the six values of Image Orientation (Patient) and Image Orientation (Slide): both triples must have
the length 1 and be perpendicular to each other, within 0.001.

## Why this matters
Positions, slice distances, reformats and registrations are computed from these cosines. Where they are
skewed or scaled, every distance is.

## Example
`1\\0\\0\\0\\0\\0`: the second vector has no length.

## Fix
Write the direction cosines of the rows and of the columns; keep at least four decimals when rounding.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import hypot

from dcmlint.image import numbers
from dcmlint.model import Found
from dcmlint.read.item import Item
from dcmlint.rule import Parameter, Rule, bad, good

_ORIENTATIONS = (0x00200037, 0x00480102)
_TOLERANCE = 1e-3


def check(item: Item, tolerance: float = _TOLERANCE) -> Iterator[Found]:
    """Yield each orientation that PS3.3 C.7.6.2.1.1 excludes."""
    for tag in _ORIENTATIONS:
        values = numbers(item, tag, 6) if tag in item.elements else None
        what = "" if values is None else _fault(values[:3], values[3:], tolerance)
        if what:
            yield Found(tag, {"value": values, "what": what})


def _fault(row: tuple[float, ...], column: tuple[float, ...], tolerance: float) -> str:
    """Return what is wrong with the two vectors, "" if they are orthonormal."""
    for name, vector in (("row", row), ("column", column)):
        length = hypot(*vector)
        if abs(length - 1) > tolerance:
            return f"the {name} vector has the length {length:.4g}"
    dot = sum(a * b for a, b in zip(row, column, strict=True))
    return f"the vectors are not perpendicular (cosine {dot:.4f})" if abs(dot) > tolerance else ""


RULE = Rule(
    severity="error",
    scope="item",
    citation="PS3.3 Section C.7.6.2.1.1",
    message="{attribute} {value} is not orthonormal: {what}",
    selects=("ImageOrientationPatient", "ImageOrientationSlide"),
    check=check,
    reads=("ImageOrientationPatient", "ImageOrientationSlide"),
    parameters={
        "tolerance": Parameter(
            _TOLERANCE, "How far lengths may be from 1, and the cosine from 0.", least=1e-6, most=0.1
        )
    },
    cases=(
        good(ImageOrientationPatient=[1, 0, 0, 0, 1, 0]),
        good(ImageOrientationPatient=["0.7071", "0.7071", "0", "-0.7071", "0.7071", "0"]),
        good(ImageOrientationPatient=["0.9999", "0.0141", "0", "-0.0141", "0.9999", "0"]),
        good(ImageOrientationPatient=[1, 0, 0]),
        good(ImageOrientationPatient=None),
        good(ImageOrientationPatient="A\\B\\C\\D\\E\\F"),
        good(ImageOrientationSlide=[0, -1, 0, -1, 0, 0]),
        bad("ImageOrientationPatient", ImageOrientationPatient=[1, 0, 0, 0, 0, 0]),
        bad("ImageOrientationPatient", ImageOrientationPatient=[0, 0, 0, 0, 0, 0]),
        bad("ImageOrientationPatient", ImageOrientationPatient=[1, 0, 0, 1, 0, 0]),
        bad("ImageOrientationPatient", ImageOrientationPatient=["0.99", "0", "0", "0", "1", "0"]),
        bad("ImageOrientationSlide", ImageOrientationSlide=[2, 0, 0, 0, 2, 0]),
        bad(
            "SharedFunctionalGroupsSequence[1].PlaneOrientationSequence[1].ImageOrientationPatient",
            SharedFunctionalGroupsSequence=[
                {"PlaneOrientationSequence": [{"ImageOrientationPatient": [1, 0, 0, 0, 0.5, 0]}]}
            ],
        ),
    ),
)
