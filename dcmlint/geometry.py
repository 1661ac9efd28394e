"""Points in space: how far they are from a plane."""

from __future__ import annotations

from math import sqrt

__all__ = ["distance_from_plane"]

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
