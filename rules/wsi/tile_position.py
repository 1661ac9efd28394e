"""A tile lies outside of the total pixel matrix, or on another tile.

## What it does
Looks at the position of each frame in the Total Pixel Matrix (Plane Position (Slide) Sequence): columns and
rows count from 1 and end with Total Pixel Matrix Columns and Rows. It is a warning where two frames of
a slide or a segmentation are at one position, with the same focal plane, optical path and segment.

## Why this matters
Viewers put the slide together from the positions. A tile outside of the matrix is not shown, and of two tiles
at one place only one is: tissue is missing from the slide.

## Example
The first tile is at 0\\0, because positions were counted from 0: all tiles are shown one pixel off.

## Fix
Count columns and rows of the matrix from 1.
"""

from __future__ import annotations

from collections.abc import Iterator

from dcmlint.frames import frame_items, macro, shared_item
from dcmlint.model import Found
from dcmlint.numbering import integer
from dcmlint.read.item import Instance, Item
from dcmlint.rule import Rule, bad, good

_TOTAL_COLUMNS = 0x00480006
_TOTAL_ROWS = 0x00480007
_PLANE_POSITION = 0x0048021A
_COLUMN = 0x0048021E
_ROW = 0x0048021F
_Z_OFFSET = 0x0040074A
_PATHS = 0x00480207
_PATH = 0x00480106
_IDENTIFICATIONS = 0x0062000A
_SEGMENT = 0x0062000B
_UNIQUE = frozenset(
    (
        "1.2.840.10008.5.1.4.1.1.66.4",
        "1.2.840.10008.5.1.4.1.1.66.7",
        "1.2.840.10008.5.1.4.1.1.77.1.6",
        "1.2.840.10008.5.1.4.1.1.77.1.8",
        "1.2.840.10008.5.1.4.1.1.77.1.9",
    )
)
"""SOP Classes whose frames differ in position, focal plane, optical path or segment, and in nothing else."""


def check(instance: Instance) -> Iterator[Found]:
    """Yield the first tile outside, and the first on another (PS3.3 C.8.12.6.1, C.8.12.4)."""
    root, shared = instance.root, shared_item(instance)
    totals = {_COLUMN: integer(root, _TOTAL_COLUMNS), _ROW: integer(root, _TOTAL_ROWS)}
    places: dict[tuple[object, ...], int] = {}
    outside, doubled = False, instance.sop_class_uid not in _UNIQUE
    for number, frame in enumerate(frame_items(instance), 1):
        position = macro(_PLANE_POSITION, frame)
        if position is None:
            continue
        fault = None if outside else _outside(position, totals)
        if fault is not None:
            outside = True
            yield fault
        place = None if doubled else _place(position, frame, shared)
        if place is not None and places.setdefault(place, number) != number:
            doubled = True
            what = f"is the place of frame {places[place]}, too"
            yield Found(_COLUMN, {"what": what}, position, severity="warning", attributes=(_ROW,))


def _outside(position: Item, totals: dict[int, int | None]) -> Found | None:
    for tag, total in totals.items():
        value = integer(position, tag)
        if value is None:
            continue
        if value < 1:
            return Found(tag, {"what": f"is {value}; positions count from 1"}, position)
        if total and value > total:
            return Found(tag, {"what": f"is {value}, beyond the {total} of the total pixel matrix"}, position)
    return None


def _place(position: Item, frame: Item, shared: Item | None) -> tuple[object, ...] | None:
    """Return where a tile is: position, focal plane, optical path and segment, None if not certain."""
    column, row = integer(position, _COLUMN), integer(position, _ROW)
    if column is None or row is None:
        return None
    path, segment = macro(_PATHS, frame, shared), macro(_IDENTIFICATIONS, frame, shared)
    return (
        column,
        row,
        position.get(_Z_OFFSET),
        None if path is None else path.get(_PATH),
        None if segment is None else segment.get(_SEGMENT),
    )


def _tile(column: int, row: int, path: str = "1", **changes: object) -> dict[str, object]:
    position = {
        "ColumnPositionInTotalImagePixelMatrix": column,
        "RowPositionInTotalImagePixelMatrix": row,
        "ZOffsetInSlideCoordinateSystem": 0,
        **changes,
    }
    return {
        "PlanePositionSlideSequence": [position],
        "OpticalPathIdentificationSequence": [{"OpticalPathIdentifier": path}],
    }


def _slide(*tiles: dict[str, object]) -> dict[str, object]:
    return {
        "SOPClassUID": "1.2.840.10008.5.1.4.1.1.77.1.6",
        "TotalPixelMatrixColumns": 512,
        "TotalPixelMatrixRows": 256,
        "PerFrameFunctionalGroupsSequence": list(tiles),
    }


_AT = "PerFrameFunctionalGroupsSequence[2].PlanePositionSlideSequence[1]."

RULE = Rule(
    severity="error",
    scope="instance",
    citation="PS3.3 Section C.8.12.6.1",
    message="{attribute} {what}",
    selects=("TotalPixelMatrixColumns",),
    check=check,
    cases=(
        good(_slide(_tile(1, 1), _tile(257, 1), _tile(512, 256))),
        good(_slide(_tile(1, 1), _tile(1, 1, "2"))),
        good(_slide(_tile(1, 1), _tile(1, 1, ZOffsetInSlideCoordinateSystem="0.001"))),
        good(_slide({}, {})),
        good(TotalPixelMatrixColumns=512),
        good(_slide(_tile(1, 1), _tile(1, 1)), SOPClassUID="1.2.840.10008.5.1.4.1.1.30"),
        bad(f"{_AT}ColumnPositionInTotalImagePixelMatrix", _slide(_tile(1, 1), _tile(513, 1))),
        bad(f"{_AT}RowPositionInTotalImagePixelMatrix", _slide(_tile(1, 1), _tile(1, 257))),
        bad(f"{_AT}ColumnPositionInTotalImagePixelMatrix", _slide(_tile(1, 1), _tile(0, 1))),
        bad(f"{_AT}ColumnPositionInTotalImagePixelMatrix", _slide(_tile(1, 1), _tile(1, 1))),
    ),
)
