"""Two slices of a volume are at the same position.

## What it does
Sorts the CT, MR and PET images of a series into stacks: one for each acquisition, time point, echo, b-value,
image type, matrix and so on. In a stack of at least `slices` positions, a few that have two slices where all
others have one are duplicates. Series that have several images at most positions, with nothing that says
why, are taken for time series.

## Why this matters
A volume that is made of them has a slice too many; all slices after it are shifted.

## Example
A slice was reconstructed again, and both were stored.

## Fix
Keep one of the two, or give the second reconstruction a series of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import dist
from typing import TYPE_CHECKING

from dcmlint.model import Found
from dcmlint.rule import Parameter, Rule, bad_group, good_group
from dcmlint.sample import ct

if TYPE_CHECKING:
    from dcmlint.group import Group, Member


_POSITION = 0x00200032


def check(group: Group, slices: float = 5, tolerance_mm: float = 0.01) -> Iterator[tuple[Member, Found]]:
    """Yield the second slice at each position."""

    from dcmlint.slices import crowded, stacks_in

    for stack in stacks_in(group):
        places = crowded(stack, tolerance_mm)
        few = sum(len(place) > 1 for place in places)
        if len(places) >= slices and 0 < few <= len(places) // 5:
            for place in places:
                for each in place[1:]:
                    if dist(each.position, place[0].position) <= tolerance_mm:
                        yield each.member, Found(_POSITION)


RULE = Rule(
    severity="warning",
    scope="group",
    citation="PS3.3 Section C.7.6.2.1.1",
    message="{attribute} is that of another slice of the same volume",
    over=("series",),
    parameters={
        "slices": Parameter(5, "Positions that a stack has at least to be looked at.", 3, 10000),
        "tolerance_mm": Parameter(0.01, "Distance in mm below which two positions are one.", 0.0, 10.0),
    },
    check=check,
    cases=(
        good_group(*(ct(n, 2.5 * n) for n in range(1, 9))),
        good_group(*(ct(n, 2.5 * (n % 6)) for n in range(1, 13))),
        good_group(*(ct(n, 2.5 * n) for n in range(1, 9)), ct(9, 10, ImageType=["DERIVED", "PRIMARY"])),
        good_group(*(ct(n, 2.5 * n) for n in range(1, 9)), ct(9, 10, EchoTime="3")),
        bad_group("8", "ImagePositionPatient", *(ct(n, 2.5 * n) for n in range(1, 9)), ct(9, 10)),
    ),
)
