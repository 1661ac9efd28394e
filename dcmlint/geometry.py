"""Points and directions in space: how far points are from a plane, how directions lie to each other."""

from __future__ import annotations

from math import acos, degrees, sqrt

__all__ = ["Vector", "angle_deg", "cross", "distance_from_plane", "dot", "is_unit"]

Vector = tuple[float, float, float]

_UNIT = 0.01
"""How far from 1 the length of a unit vector may be."""

_THINNEST = 0.01
"""Area over the square of the extent, below which a polygon is nearly a line."""


def distance_from_plane(xs: list[float], ys: list[float], zs: list[float]) -> float:
    """Return the largest distance of the points of a polygon from its plane, 0 where it is nearly a line.

    The normal is the sum of the cross products of neighbours around the centre (Newell's method). The
    coordinates are finite; the result is in their unit.
    """
    count = len(xs)
    x0, y0, z0 = sum(xs) / count, sum(ys) / count, sum(zs) / count
    a = b = c = extent = 0.0
    x, y, z = xs[-1] - x0, ys[-1] - y0, zs[-1] - z0
    for i in range(count):
        u, v, w = xs[i] - x0, ys[i] - y0, zs[i] - z0
        a += y * w - z * v
        b += z * u - x * w
        c += x * v - y * u
        extent = max(extent, u * u + v * v + w * w)
        x, y, z = u, v, w
    length = sqrt(a * a + b * b + c * c)
    if length < 2 * _THINNEST * extent or not length:
        return 0.0
    farthest = 0.0
    for i in range(count):
        distance = (xs[i] - x0) * a + (ys[i] - y0) * b + (zs[i] - z0) * c
        farthest = max(farthest, abs(distance))
    return farthest / length


def dot(a: Vector, b: Vector) -> float:
    """Return the inner product."""
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


def cross(a: Vector, b: Vector) -> Vector:
    """Return the cross product."""
    return a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]


def is_unit(a: Vector) -> bool:
    """Tell whether a vector is of length 1, but for rounding."""
    return abs(sqrt(dot(a, a)) - 1.0) < _UNIT


def angle_deg(a: Vector, b: Vector) -> float:
    """Return the angle between two vectors, 0 where one of them has no length."""
    length = sqrt(dot(a, a) * dot(b, b))
    return degrees(acos(max(-1.0, min(1.0, dot(a, b) / length)))) if length else 0.0
