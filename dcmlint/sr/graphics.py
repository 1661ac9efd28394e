"""What the Graphic Types of coordinates ask of their points (PS3.3 C.18.6.1.2, C.18.9.1.2)."""

from __future__ import annotations

from collections.abc import Sequence
from math import dist, hypot, isfinite

from dcmlint.read.item import Item

__all__ = ["Point", "graphic_fault", "points_of", "unevenness"]

Point = tuple[float, ...]

_GRAPHIC_DATA = 0x00700022

_LEAST_2D = {"POINT": 1, "MULTIPOINT": 1, "POLYLINE": 2, "CIRCLE": 2, "ELLIPSE": 4}
_LEAST_3D = {"POINT": 1, "MULTIPOINT": 1, "POLYLINE": 2, "POLYGON": 4, "ELLIPSE": 4, "ELLIPSOID": 6}
_FREE = frozenset(("MULTIPOINT", "POLYLINE", "POLYGON"))
"""Graphic Types of any number of points from the least on; the others have exactly the least."""


def points_of(item: Item, dimensions: int) -> Sequence[Point] | None:
    """Return the points of Graphic Data; None if they are absent, not finite or not whole."""
    values = item.get(_GRAPHIC_DATA)
    if not values or len(values) % dimensions:
        return None
    if not all(isinstance(value, (int, float)) and isfinite(value) for value in values):
        return None
    return [tuple(values[at : at + dimensions]) for at in range(0, len(values), dimensions)]


def graphic_fault(graphic_type: str, count: int, dimensions: int) -> str:
    """Return what is wrong with a number of values for a Graphic Type, "" if nothing.

    `dimensions` is 2 for SCOORD and 3 for SCOORD3D.
    """
    least = (_LEAST_2D if dimensions == 2 else _LEAST_3D)[graphic_type]
    points = count // dimensions
    if count % dimensions:
        return f"has {count} values, which is no multiple of {dimensions}"
    if graphic_type in _FREE and points < least:
        return f"has {points} points; a {graphic_type} has {least} or more"
    if graphic_type not in _FREE and points != least:
        return f"has {points} points; {_article(graphic_type)} {graphic_type} has {least}"
    return ""


def unevenness(points: Sequence[Point]) -> tuple[float, float]:
    """Return how far the points in space are from a plane at most, and how far from each other.

    The plane is that of the area which they enclose; what encloses none has a distance of 0.
    """
    middle = tuple(sum(values) / len(points) for values in zip(*points, strict=True))
    normal = [0.0, 0.0, 0.0]
    for one, other in zip(points, (*points[1:], points[0]), strict=True):
        a, b = _minus(one, middle), _minus(other, middle)
        normal[0] += a[1] * b[2] - a[2] * b[1]
        normal[1] += a[2] * b[0] - a[0] * b[2]
        normal[2] += a[0] * b[1] - a[1] * b[0]
    extent = 2 * max(dist(point, middle) for point in points)
    length = hypot(*normal)
    if length <= 1e-9 * extent * extent:
        return 0.0, extent
    heights = [
        sum(n * part for n, part in zip(normal, _minus(point, middle), strict=True)) / length
        for point in points
    ]
    return max(abs(height) for height in heights), extent


def _minus(one: Point, other: Point) -> Point:
    return tuple(a - b for a, b in zip(one, other, strict=True))


def _article(name: str) -> str:
    return "an" if name[0] in "AEIOU" else "a"
