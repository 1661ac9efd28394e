"""A few slices of a series have another orientation than all others.

## What it does
Compares Image Orientation (Patient) of the CT, MR and PET images of a series. Where one orientation has at
least nine tenths of the slices, and at least `slices`, the others are reported. Localizers and projections
are not looked at, and series with several orientations that have many slices each are not judged.

## Why this matters
A volume is made of parallel slices. One that is not parallel makes the import fail, or is put into the volume
where it does not belong.

## Example
The localizer image was stored into the series of the transverse slices, without being called one.

## Fix
Store images of another orientation as a series of their own.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from dcmlint.model import Found
from dcmlint.rule import Parameter, Rule, bad_group, good_group
from dcmlint.sample import ct

if TYPE_CHECKING:
    from dcmlint.group import Group, Member
    from dcmlint.slices import Slice


_ORIENTATION = 0x00200037
_MOST = 64
"""Orientations beyond which nothing is compared: the series turns around an axis."""


def check(group: Group, slices: float = 5, tolerance_deg: float = 0.5) -> Iterator[tuple[Member, Found]]:
    """Yield the slices that are not parallel to nearly all others."""

    from dcmlint.slices import is_parallel, slices_in

    directions: list[list[Slice]] = []
    for each in slices_in(group):
        found = next((same for same in directions if is_parallel(same[0], each, tolerance_deg)), None)
        if found is not None:
            found.append(each)
        else:
            directions.append([each])
        if len(directions) > _MOST:
            return
    most = max(map(len, directions), default=0)
    few = sum(map(len, directions)) - most
    if most < slices or most < 9 * few:
        return
    for same in directions:
        for each in same if len(same) < most else ():
            yield each.member, Found(_ORIENTATION, {"count": most})


_CORONAL = ["1", "0", "0", "0", "0", "-1"]

RULE = Rule(
    severity="warning",
    scope="group",
    citation="PS3.3 Section C.7.6.2.1.1",
    message="{attribute} is not that of the {count} other slices of the series",
    over=("series",),
    parameters={
        "slices": Parameter(5, "Parallel slices that a series has at least to be looked at.", 3, 10000),
        "tolerance_deg": Parameter(0.5, "Angle in degrees up to which slices are parallel.", 0.0, 45.0),
    },
    check=check,
    cases=(
        good_group(*(ct(n, 2.5 * n) for n in range(1, 9))),
        good_group(
            *(ct(n, 2.5 * n) for n in range(1, 9)),
            *(ct(n, 2.5 * n, ImageOrientationPatient=_CORONAL) for n in (9, 10)),
        ),
        good_group(
            *(ct(n, 2.5 * n) for n in range(1, 12)),
            ct(12, 0, ImageOrientationPatient=_CORONAL, ImageType=["ORIGINAL", "PRIMARY", "LOCALIZER"]),
        ),
        bad_group(
            "9",
            "ImageOrientationPatient",
            *(ct(n, 2.5 * n) for n in range(1, 10)),
            ct(10, 25, ImageOrientationPatient=_CORONAL),
        ),
    ),
)
