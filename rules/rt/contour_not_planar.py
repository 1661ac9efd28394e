"""The points of a planar contour do not lie in a plane.

## What it does
Fits a plane through the points of each contour of a planar type (CLOSED_PLANAR, CLOSEDPLANAR_XOR,
OPEN_PLANAR) and measures how far the points are from it. Contours that are nearly a line have no certain
plane and are not judged, nor is Contour Data with values that are no numbers.

## Why this matters
Planar contours are slices of a volume: planning systems take the position of the slice from one of the points
and lose the others. The volume and its dose are then wrong.

## Example
A contour on an oblique plane has one point 4 mm off, because the coordinates were edited by hand.

## Fix
Move the points into their plane, or use OPEN_NONPLANAR for a curve in space.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import isfinite

from dcmlint.geometry import distance_from_plane
from dcmlint.model import Found
from dcmlint.read.item import Instance, Item
from dcmlint.rule import Parameter, Rule, bad, good

_ROI_CONTOURS = 0x30060039
_CONTOURS = 0x30060040
_DATA = 0x30060050
_TYPE = 0x30060042
_PLANAR = (b"CLOSED_PLANAR", b"CLOSEDPLANAR_XOR", b"OPEN_PLANAR")
_TOLERANCE_MM = 0.1


def check(instance: Instance, tolerance_mm: float = _TOLERANCE_MM) -> Iterator[Found]:
    """Yield the first contour that leaves its plane, with the number of those (PS3.3 C.8.8.6.1)."""
    first: tuple[Item, float] | None = None
    count = 0
    for roi in instance.root.items(_ROI_CONTOURS) or ():
        for contour in roi.items(_CONTOURS) or ():
            distance = _distance(contour)
            if distance > tolerance_mm:
                count += 1
                first = first or (contour, distance)
    if first is not None:
        more = f"; so are {count - 1} more contours" if count > 1 else ""
        yield Found(_DATA, {"distance": round(first[1], 2), "more": more}, first[0])


def _distance(contour: Item) -> float:
    """Return the largest distance of a point from the contour's plane in mm, 0 if that is not certain."""
    raw = contour.raw(_DATA)
    if not raw or (contour.raw(_TYPE) or b"").strip(b" \0") not in _PLANAR:
        return 0
    texts = raw.rstrip(b"\0").split(b"\\")
    if len(texts) < 12 or len(texts) % 3:
        return 0
    for axis in (2, 1, 0):
        if texts.count(texts[axis]) * 3 >= len(texts) and len(set(texts[axis::3])) == 1:
            return 0
    try:
        values = list(map(float, texts))
    except ValueError:
        return 0
    if not all(map(isfinite, values)):
        return 0
    return distance_from_plane(values[::3], values[1::3], values[2::3])


def _contour(geometry: str, *coordinates: float) -> dict[str, object]:
    contour = {"ContourGeometricType": geometry, "ContourData": [f"{value:g}" for value in coordinates]}
    return {"ROIContourSequence": [{"ContourSequence": [contour]}]}


_OBLIQUE = (0, 0, 0, 10, 0, 10, 10, 10, 10, 0, 10, 0)
_BENT = (0, 0, 0, 10, 0, 10, 10, 10, 10, 0, 10, 4)
_AT = "ROIContourSequence[1].ContourSequence[1].ContourData"

RULE = Rule(
    severity="error",
    scope="instance",
    citation="PS3.3 Section C.8.8.6.1",
    message="{attribute} has a point {distance} mm from the plane of the others{more}",
    selects=("ROIContourSequence",),
    check=check,
    parameters={
        "tolerance_mm": Parameter(
            _TOLERANCE_MM, "How far a point may be from the plane of its contour, in mm."
        )
    },
    cases=(
        good(_contour("CLOSED_PLANAR", 0, 0, 5, 10, 0, 5, 10, 10, 5, 0, 10, 5)),
        good(_contour("CLOSED_PLANAR", *_OBLIQUE)),
        good(_contour("CLOSED_PLANAR", *_OBLIQUE[:-1], 0.1)),
        good(_contour("OPEN_NONPLANAR", *_BENT)),
        good(_contour("CLOSED_PLANAR", 0, 0, 0, 50, 0, 1, 100, 0, 0, 50, 0.1, 0)),
        good(_contour("CLOSED_PLANAR", *_BENT[:-1])),
        good(
            ROIContourSequence=[
                {"ContourSequence": [{"ContourGeometricType": "CLOSED_PLANAR", "ContourData": ["x"] * 12}]}
            ]
        ),
        bad(_AT, _contour("CLOSED_PLANAR", *_BENT)),
        bad(_AT, _contour("OPEN_PLANAR", *_BENT)),
        bad(_AT, _contour("CLOSED_PLANAR", 0, 0, 5, 10, 0, 5, 10, 10, 5, 0, 10, 6)),
    ),
)
