"""A coordinate in units of the display is outside of the display.

## What it does
Where the units of a graphic, a text box or an anchor point are DISPLAY, coordinates are fractions of the
displayed area: 0.0 is left or top, 1.0 is right or bottom. Values outside of that are reported.

## Why this matters
The annotation is not visible. Mostly pixels were written with the wrong units: the arrow that should point to
a nodule is far off the screen.

## Example
Graphic Annotation Units DISPLAY with Graphic Data 218.5\\194.0.

## Fix
Use PIXEL for coordinates of the image, or write fractions.
"""

from __future__ import annotations

from collections.abc import Iterator

from dcmlint.image import code, numbers
from dcmlint.model import Found
from dcmlint.read.item import Instance, Item
from dcmlint.rule import Rule, bad, good

_ANNOTATIONS = 0x00700001
_UNITS = (
    (0x00700009, 0x00700005, (0x00700022,)),
    (0x00700008, 0x00700003, (0x00700010, 0x00700011)),
    (0x00700008, 0x00700004, (0x00700014,)),
)
"""Sequence in an annotation, its Attribute for the units, and the coordinates in these units."""

_TOLERANCE = 0.001


def check(instance: Instance) -> Iterator[Found]:
    """Yield the first coordinates of each graphic or text outside 0.0 to 1.0 (PS3.3 C.10.5.1.1)."""
    for annotation in instance.root.items(_ANNOTATIONS) or ():
        for sequence, units, coordinates in _UNITS:
            for item in annotation.items(sequence) or ():
                if code(item, units) == "DISPLAY":
                    yield from _outside(item, coordinates)


def _outside(item: Item, coordinates: tuple[int, ...]) -> Iterator[Found]:
    for tag in coordinates:
        values = numbers(item, tag)
        if values and not -_TOLERANCE <= min(values) <= max(values) <= 1 + _TOLERANCE:
            outside = min(values) if min(values) < -_TOLERANCE else max(values)
            yield Found(tag, {"outside": f"{outside:g}"}, item)
            return


def _graphic(units: str, *values: float) -> dict[str, object]:
    graphic = {"GraphicAnnotationUnits": units, "GraphicData": list(values)}
    return {"GraphicAnnotationSequence": [{"GraphicObjectSequence": [graphic]}]}


def _text(**attributes: object) -> dict[str, object]:
    return {"GraphicAnnotationSequence": [{"TextObjectSequence": [attributes]}]}


_AT = "GraphicAnnotationSequence[1]."

RULE = Rule(
    severity="warning",
    scope="instance",
    citation="PS3.3 Section C.10.5.1.1",
    message="{attribute} has the value {outside}, but its units are DISPLAY: 0.0 to 1.0",
    selects=("GraphicAnnotationSequence",),
    check=check,
    cases=(
        good(_graphic("DISPLAY", 0.0, 1.0)),
        good(_graphic("PIXEL", 218.5, 194.0)),
        good(_text(BoundingBoxAnnotationUnits="DISPLAY", BoundingBoxTopLeftHandCorner=[0.1, 0.1])),
        good(_text(AnchorPointAnnotationUnits="PIXEL", AnchorPoint=[300.0, 300.0])),
        bad(f"{_AT}GraphicObjectSequence[1].GraphicData", _graphic("DISPLAY", 0.5, 194.0)),
        bad(
            f"{_AT}TextObjectSequence[1].BoundingBoxBottomRightHandCorner",
            _text(
                BoundingBoxAnnotationUnits="DISPLAY",
                BoundingBoxTopLeftHandCorner=[0.1, 0.1],
                BoundingBoxBottomRightHandCorner=[0.5, 1.5],
            ),
        ),
        bad(
            f"{_AT}TextObjectSequence[1].AnchorPoint",
            _text(AnchorPointAnnotationUnits="DISPLAY", AnchorPoint=[-0.5, 0.5]),
        ),
    ),
)
