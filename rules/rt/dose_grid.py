"""The planes of a dose grid are not where they can be.

## What it does
Checks Grid Frame Offset Vector (3004,000C): it must have one value for each frame and vary monotonically. Its
first value is 0, or the z coordinate of Image Position (Patient) for planes that are given by their z
coordinates. In a dose with several frames Frame Increment Pointer (0028,0009) must point to it.

## Why this matters
The vector is all that says where the planes of the dose are. If it has a wrong number of values or a wrong
start, the dose is shown and evaluated at the wrong place in the patient.

## Example
A dose of 80 frames was cropped to 40; Grid Frame Offset Vector still has 80 values.

## Fix
Write one offset for each frame, relative to the first: 0, then the distance of each plane from it.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from dcmlint.image import frames, numbers
from dcmlint.model import Found
from dcmlint.read.item import Instance, Item
from dcmlint.rule import Rule, bad, good

_VECTOR = 0x3004000C
_POINTER = 0x00280009
_FRAMES = 0x00280008
_POSITION = 0x00200032
_ORIENTATION = 0x00200037
_PIXEL_DATA = 0x7FE00010
_TOLERANCE_MM = 0.01


def check(instance: Instance) -> Iterator[Found]:
    """Yield what PS3.3 C.8.8.3.2 excludes."""
    root = instance.root
    if _PIXEL_DATA not in root.elements:
        return
    count, offsets = frames(root), numbers(root, _VECTOR)
    if offsets is not None and count is not None and len(offsets) != count:
        what = f"has {len(offsets)} values for {count} frames"
        yield Found(_VECTOR, {"what": what}, attributes=(_FRAMES,))
    elif offsets is not None and len(offsets) > 1:
        yield from _offsets(root, offsets)
    pointers = root.get(_POINTER)
    if pointers and count is not None and count > 1 and _VECTOR not in pointers:
        yield Found(_POINTER, {"what": "does not point to Grid Frame Offset Vector"})


def _offsets(root: Item, offsets: tuple[float, ...]) -> Iterator[Found]:
    steps = [after - before for before, after in pairwise(offsets)]
    if not (all(step > 0 for step in steps) or all(step < 0 for step in steps)):
        yield Found(_VECTOR, {"what": "does not vary monotonically"})
    position = numbers(root, _POSITION, 3)
    if abs(offsets[0]) <= _TOLERANCE_MM or position is None:
        return
    if abs(offsets[0] - position[2]) > _TOLERANCE_MM:
        what = "starts neither with 0 nor with the z coordinate of Image Position (Patient)"
        yield Found(_VECTOR, {"what": what}, attributes=(_POSITION,))
        return
    orientation = numbers(root, _ORIENTATION, 6)
    if orientation is not None and any(abs(abs(value) - round(abs(value))) > 0.001 for value in orientation):
        what = "has z coordinates, but the planes are oblique (Image Orientation (Patient))"
        yield Found(_VECTOR, {"what": what}, attributes=(_ORIENTATION,))


def _dose(
    *offsets: object, count: int = 3, pointer: int | None = _VECTOR, **more: object
) -> dict[str, object]:
    return {
        "NumberOfFrames": count,
        "GridFrameOffsetVector": list(offsets),
        "FrameIncrementPointer": pointer,
        "ImagePositionPatient": [0, 0, 50],
        "ImageOrientationPatient": [1, 0, 0, 0, 1, 0],
        "PixelData": b"\0\0",
        **more,
    }


RULE = Rule(
    severity="error",
    scope="instance",
    citation="PS3.3 Section C.8.8.3.2",
    message="{attribute} {what}",
    selects=("GridFrameOffsetVector",),
    check=check,
    cases=(
        good(_dose(0, 2, 4)),
        good(_dose(0, -2, -4)),
        good(_dose(50, 52, 54)),
        good(_dose(0, count=1, pointer=None)),
        good({key: value for key, value in _dose(0, 2).items() if key != "PixelData"}),
        good(_dose(0, "x", 4)),
        bad("GridFrameOffsetVector", _dose(0, 2)),
        bad("GridFrameOffsetVector", _dose(0, 2, 2)),
        bad("GridFrameOffsetVector", _dose(0, 4, 2)),
        bad("GridFrameOffsetVector", _dose(10, 12, 14)),
        bad("GridFrameOffsetVector", _dose(50, 52, 54, ImageOrientationPatient=["0.8", "0.6", 0, 0, 0, 1])),
        bad("FrameIncrementPointer", _dose(0, 2, 4, pointer=0x00181063)),
    ),
)
