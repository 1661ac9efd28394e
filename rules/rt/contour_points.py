"""A contour does not have the points that it should have.

## What it does
Looks at each contour: Contour Data (3006,0050) must have three coordinates for each of the Number of Contour
Points (3006,0046), and a contour of type POINT exactly one point. It is a warning where a closed contour has
fewer than three points, or its last point repeats the first.

## Why this matters
Software that trusts the number reads too few points, or beyond the end. Volumes and dose statistics of an
organ are computed from these points.

## Example
Number of Contour Points 100, while Contour Data has 297 values: one point is lost.

## Fix
Write the number that Contour Data has, and do not repeat the first point of a closed contour.
"""

from __future__ import annotations

from collections.abc import Iterator

from dcmlint.model import Found, Severity
from dcmlint.numbering import integer
from dcmlint.read.item import Instance, Item
from dcmlint.rule import Rule, bad, good

_ROI_CONTOURS = 0x30060039
_CONTOURS = 0x30060040
_DATA = 0x30060050
_POINTS = 0x30060046
_TYPE = 0x30060042
_CLOSED = (b"CLOSED_PLANAR", b"CLOSEDPLANAR_XOR")

_Fault = tuple[int, str, Severity]


def check(instance: Instance) -> Iterator[Found]:
    """Yield the first contour with each kind of fault, with their number (PS3.3 C.8.8.6.1)."""
    first: dict[str, tuple[Item, _Fault]] = {}
    counts: dict[str, int] = {}
    for roi in instance.root.items(_ROI_CONTOURS) or ():
        for contour in roi.items(_CONTOURS) or ():
            kind, fault = _fault(contour)
            if fault is not None:
                counts[kind] = counts.get(kind, 0) + 1
                first.setdefault(kind, (contour, fault))
    for kind, (contour, (tag, what, severity)) in first.items():
        more = f"; so it is in {counts[kind] - 1} more contours" if counts[kind] > 1 else ""
        yield Found(tag, {"what": what + more}, contour, severity=severity)


def _fault(contour: Item) -> tuple[str, _Fault | None]:
    raw = contour.raw(_DATA)
    if not raw:
        return "", None
    values = raw.count(b"\\") + 1
    if values % 3:
        return "", None  # value/vm reports it
    points, declared = values // 3, integer(contour, _POINTS)
    if declared is not None and declared != points:
        return "number", (_POINTS, f"is {declared}, but Contour Data has {points} points", "error")
    geometry = (contour.raw(_TYPE) or b"").strip(b" \0")
    if geometry == b"POINT" and points != 1:
        return "point", (_DATA, f"has {points} points, but Contour Geometric Type is POINT", "error")
    if geometry not in _CLOSED:
        return "", None
    if points < 3:
        return "few", (_DATA, f"has {points} of the three points that a closed contour takes", "warning")
    return _repeated(raw)


def _repeated(raw: bytes) -> tuple[str, _Fault | None]:
    """Return the fault of a closed contour whose last point is written like its first."""
    start = raw.split(b"\\", 3)[:3]
    end = raw.rsplit(b"\\", 3)[-3:]
    if [value.strip(b" \0") for value in start] != [value.strip(b" \0") for value in end]:
        return "", None
    return "repeated", (_DATA, "ends with its first point, which a closed contour does not repeat", "warning")


def _contour(geometry: str, points: object, *coordinates: int, **more: object) -> dict[str, object]:
    contour = {
        "ContourGeometricType": geometry,
        "NumberOfContourPoints": points,
        "ContourData": list(coordinates),
        **more,
    }
    return {"ROIContourSequence": [{"ContourSequence": [contour]}]}


_TRIANGLE = (0, 0, 5, 10, 0, 5, 0, 10, 5)
_AT = "ROIContourSequence[1].ContourSequence[1]."

RULE = Rule(
    severity="error",
    scope="instance",
    citation="PS3.3 Section C.8.8.6.1",
    message="{attribute} {what}",
    selects=("ROIContourSequence",),
    check=check,
    cases=(
        good(_contour("CLOSED_PLANAR", 3, *_TRIANGLE)),
        good(_contour("POINT", 1, 1, 2, 3)),
        good(_contour("OPEN_PLANAR", 2, *_TRIANGLE[:6])),
        good(_contour("OPEN_PLANAR", 4, *_TRIANGLE, 0, 0, 5)),
        good(_contour("CLOSED_PLANAR", None, *_TRIANGLE)),
        good(_contour("CLOSED_PLANAR", 3, *_TRIANGLE[:-1])),
        good(ROIContourSequence=[{"ContourSequence": [{"ContourData": None}]}, {}]),
        bad(f"{_AT}NumberOfContourPoints", _contour("CLOSED_PLANAR", 4, *_TRIANGLE)),
        bad(f"{_AT}ContourData", _contour("POINT", 2, *_TRIANGLE[:6])),
        bad(f"{_AT}ContourData", _contour("CLOSED_PLANAR", 2, *_TRIANGLE[:6])),
        bad(f"{_AT}ContourData", _contour("CLOSED_PLANAR", 4, *_TRIANGLE, 0, 0, 5)),
    ),
)
