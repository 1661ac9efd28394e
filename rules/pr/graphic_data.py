"""A graphic object does not have the points that it should have.

## What it does
Looks at each Item of the Graphic Object Sequence: Graphic Data (0070,0022) must have two coordinates for each
of the Number of Graphic Points (0070,0021), and as many points as Graphic Type (0070,0023) takes: one for
POINT, two for CIRCLE, four for ELLIPSE.

## Why this matters
Viewers take the coordinates one after the other. A coordinate too few makes them drop the graphic, or draw
an arrow or an outline at a place where there is nothing.

## Example
A CIRCLE with four points, written by software that takes it for an ellipse.

## Fix
Write a center and a point on the circumference for a circle, the ends of both axes for an ellipse.
"""

from __future__ import annotations

from collections.abc import Iterator

from dcmlint.image import code
from dcmlint.model import Found
from dcmlint.numbering import integer
from dcmlint.read.item import Instance, Item
from dcmlint.rule import Rule, bad, good

_ANNOTATIONS = 0x00700001
_OBJECTS = 0x00700009
_DATA = 0x00700022
_POINTS = 0x00700021
_DIMENSIONS = 0x00700020
_TYPE = 0x00700023
_EXACTLY = {"POINT": 1, "CIRCLE": 2, "ELLIPSE": 4}


def check(instance: Instance) -> Iterator[Found]:
    """Yield each graphic object that PS3.3 C.10.5.1.2 excludes."""
    for annotation in instance.root.items(_ANNOTATIONS) or ():
        for graphic in annotation.items(_OBJECTS) or ():
            yield from _fault(graphic)


def _fault(graphic: Item) -> Iterator[Found]:
    values = len(graphic.get(_DATA) or ())
    if not values or integer(graphic, _DIMENSIONS) not in (None, 2):
        return
    declared, kind = integer(graphic, _POINTS), code(graphic, _TYPE)
    exactly = _EXACTLY.get(kind or "")
    if values % 2:
        yield Found(_DATA, {"what": f"has {values} values, no multiple of two"}, graphic)
    elif declared is not None and values != 2 * declared:
        what = f"is {declared}, but Graphic Data has {values // 2} points"
        yield Found(_POINTS, {"what": what}, graphic)
    elif exactly is not None and values != 2 * exactly:
        what = f"has {values // 2} points; Graphic Type {kind} takes {exactly}"
        yield Found(_DATA, {"what": what}, graphic)


def _graphic(kind: str, points: object, count: int, **changes: object) -> dict[str, object]:
    graphic = {
        "GraphicDimensions": 2,
        "GraphicType": kind,
        "NumberOfGraphicPoints": points,
        "GraphicData": [float(number) for number in range(count)],
        **changes,
    }
    return {"GraphicAnnotationSequence": [{"GraphicObjectSequence": [graphic]}]}


_AT = "GraphicAnnotationSequence[1].GraphicObjectSequence[1]."

RULE = Rule(
    severity="error",
    scope="instance",
    citation="PS3.3 Section C.10.5.1.2",
    message="{attribute} {what}",
    selects=("GraphicAnnotationSequence",),
    check=check,
    cases=(
        good(_graphic("POINT", 1, 2)),
        good(_graphic("CIRCLE", 2, 4)),
        good(_graphic("ELLIPSE", 4, 8)),
        good(_graphic("POLYLINE", 5, 10)),
        good(_graphic("POLYLINE", None, 10)),
        good(_graphic("POLYLINE", 3, 9, GraphicDimensions=3)),
        good(GraphicAnnotationSequence=[{"TextObjectSequence": [{}]}]),
        bad(f"{_AT}GraphicData", _graphic("POLYLINE", 5, 9)),
        bad(f"{_AT}NumberOfGraphicPoints", _graphic("INTERPOLATED", 5, 8)),
        bad(f"{_AT}GraphicData", _graphic("CIRCLE", 4, 8)),
        bad(f"{_AT}GraphicData", _graphic("ELLIPSE", 2, 4)),
        bad(f"{_AT}GraphicData", _graphic("POINT", 2, 4)),
    ),
)
