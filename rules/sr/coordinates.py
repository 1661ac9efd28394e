"""The points of a region do not make the shape that its graphic type names.

## What it does
Looks at Graphic Type and Graphic Data of every SCOORD and SCOORD3D:

- the Graphic Type is one that the value type has: POLYGON and ELLIPSOID are for SCOORD3D, CIRCLE for SCOORD,
- the values are pairs for SCOORD, triplets for SCOORD3D, and of the number that the shape needs: one for a
  POINT, two for a CIRCLE, four for an ELLIPSE, six for an ELLIPSOID,
- a POLYGON is closed: its first and last points are the same,
- the points of a POLYGON lie in one plane, within 1 % of its size.

## Why this matters
The region is what a measurement was taken from. With a coordinate too few all later points are shifted, and
the region is drawn elsewhere, or the display stops.

## Example
A POLYGON of four points whose last is not the first; a CIRCLE with one pair of coordinates.

## Fix
Write the points as PS3.3 C.18.6.1.2 and C.18.9.1.2 define them, column before row, in millimetres for
SCOORD3D. Repeat the first point of a POLYGON as its last.
"""

from __future__ import annotations

from collections.abc import Iterator

from dcmlint.image import code
from dcmlint.model import UNDEFINED_LENGTH, Found
from dcmlint.read.item import Instance, Item
from dcmlint.rule import Parameter, Rule, bad, good
from dcmlint.sr.graphics import graphic_fault, points_of, unevenness
from dcmlint.sr.sample import content, document
from dcmlint.sr.tree import of_type

_GRAPHIC_DATA = 0x00700022
_GRAPHIC_TYPE = 0x00700023
_PLANAR = ("POINT", "MULTIPOINT", "POLYLINE", "CIRCLE", "ELLIPSE")
_SPATIAL = ("POINT", "MULTIPOINT", "POLYLINE", "POLYGON", "ELLIPSE", "ELLIPSOID")
_TOLERANCE = 0.01
_CLOSED = 1e-3
_BYTES = {"FL": 4, "FD": 8}


def check(instance: Instance, tolerance: float = _TOLERANCE) -> Iterator[Found]:
    """Yield the regions whose points PS3.3 C.18.6.1.2 or C.18.9.1.2 excludes."""
    for value_type, dimensions in (("SCOORD", 2), ("SCOORD3D", 3)):
        allowed = _PLANAR if dimensions == 2 else _SPATIAL
        for node in of_type(instance, value_type):
            graphic_type = code(node.item, _GRAPHIC_TYPE)
            if graphic_type is None:
                continue
            if graphic_type not in allowed:
                what = f"is none that {value_type} has: {', '.join(allowed)}"
                yield Found(_GRAPHIC_TYPE, {"what": what}, node.item)
                continue
            what = _fault(node.item, graphic_type, dimensions, tolerance)
            if what:
                yield Found(_GRAPHIC_DATA, {"what": what}, node.item)


def _fault(item: Item, graphic_type: str, dimensions: int, tolerance: float) -> str:
    """Return what is wrong with the Graphic Data, "" if nothing or if it is not there."""
    vr, _, length, _ = item.elements.get(_GRAPHIC_DATA, ("", 0, 0, None))
    if vr not in _BYTES or length in (0, UNDEFINED_LENGTH) or length % _BYTES[vr]:
        return ""
    what = graphic_fault(graphic_type, length // _BYTES[vr], dimensions)
    if what or graphic_type != "POLYGON":
        return what
    points = points_of(item, dimensions)
    if points is None:
        return ""
    apart, extent = unevenness(points)
    if any(abs(a - b) > _CLOSED for a, b in zip(points[0], points[-1], strict=True)):
        return "is not closed: the last point of a POLYGON is its first"
    if apart > tolerance * extent:
        return f"is not planar: a point of the POLYGON is {apart:.3g} off the plane of the others"
    return ""


_DATA = "ContentSequence[1].GraphicData"
_TYPE = "ContentSequence[1].GraphicType"
_SQUARE = [0.0, 0.0, 5.0, 10.0, 0.0, 5.0, 10.0, 10.0, 5.0, 0.0, 10.0, 5.0]


def _flat(graphic_type: str, *values: float) -> dict[str, object]:
    return document(content("SCOORD", GraphicType=graphic_type, GraphicData=list(values)))


def _solid(graphic_type: str, *values: float) -> dict[str, object]:
    return document(content("SCOORD3D", GraphicType=graphic_type, GraphicData=list(values)))


RULE = Rule(
    severity="error",
    scope="instance",
    citation="PS3.3 Sections C.18.6.1.2 and C.18.9.1.2",
    message="{attribute} {what}",
    selects=("ContentSequence",),
    check=check,
    supersedes=("module/value-not-enumerated",),
    parameters={
        "tolerance": Parameter(
            _TOLERANCE, "How far a point may be off the plane, as a share of the size.", least=0, most=1
        )
    },
    cases=(
        good(_flat("POINT", 1, 2)),
        good(_flat("MULTIPOINT", 1, 2)),
        good(_flat("POLYLINE", 1, 2, 3, 4, 1, 2)),
        good(_flat("CIRCLE", 5, 5, 5, 9)),
        good(_flat("ELLIPSE", 0, 5, 10, 5, 5, 0, 5, 10)),
        good(_solid("POLYGON", *_SQUARE, 0, 0, 5)),
        good(_solid("POLYGON", *_SQUARE[:6], 10, 10, 5.05, *_SQUARE[9:], 0, 0, 5)),
        good(_solid("POLYGON", *(0, 0, 0) * 4)),
        good(_solid("POLYLINE", *_SQUARE)),
        good(_solid("ELLIPSOID", *range(18))),
        good(document(content("SCOORD", GraphicType="POINT", GraphicData=None), content("SCOORD3D"))),
        bad(_DATA, _flat("POINT", 1)),
        bad(_DATA, _flat("POINT", 1, 2, 3, 4)),
        bad(_DATA, _flat("POLYLINE", 1, 2)),
        bad(_DATA, _flat("POLYLINE", 1, 2, 3, 4, 5)),
        bad(_DATA, _flat("CIRCLE", 1, 2)),
        bad(_DATA, _flat("ELLIPSE", 1, 2, 3, 4)),
        bad(_TYPE, _flat("POLYGON", 1, 2, 3, 4, 5, 6, 1, 2)),
        bad(_DATA, _solid("POINT", 1, 2)),
        bad(_DATA, _solid("ELLIPSOID", *range(12))),
        bad(_DATA, _solid("POLYGON", *_SQUARE)),
        bad(_DATA, _solid("POLYGON", *_SQUARE[:6], 0, 0, 5)),
        bad(_DATA, _solid("POLYGON", *_SQUARE[:6], 10, 10, 8, *_SQUARE[9:], 0, 0, 5)),
        bad(_TYPE, _solid("CIRCLE", *range(6))),
    ),
)
