"""The slices of a volume are not evenly spaced.

## What it does
Sorts the CT, MR and PET images of a series along their normal, one stack for each acquisition, time point,
echo, b-value, image type, matrix and so on. The distances between the slices of a stack of at least `slices`
must be within `tolerance` of the median. Gaps where slices are missing are
[geometry/missing-slice](missing-slice.md). It is reported once for a stack.

## Why this matters
Nearly all programs that make a volume of slices take one spacing for all of them. Shapes, volumes and doses
are then wrong where the spacing is another.

## Example
The skull base in 2.5 mm, the rest of the head in 5 mm slices, as one series.

## Fix
Store parts with different spacing as different series; resample before volumes are made.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from dcmlint.model import Found
from dcmlint.rule import Parameter, Rule, bad_group, good_group
from dcmlint.sample import ct

if TYPE_CHECKING:
    from dcmlint.group import Group, Member


_POSITION = 0x00200032


def check(group: Group, slices: float = 5, tolerance: float = 0.1) -> Iterator[tuple[Member, Found]]:
    """Yield the first slice that is not where the others say."""

    from dcmlint.slices import spacing_of, stacks_in

    for stack in stacks_in(group):
        spacing = spacing_of(stack, int(slices), tolerance)
        uneven = [gap for gap in spacing.gaps if not gap.missing] if spacing is not None else []
        if uneven and spacing is not None:
            args = {"distance": round(uneven[0].distance, 3), "usual": round(spacing.usual, 3)}
            yield uneven[0].after.member, Found(_POSITION, args)


RULE = Rule(
    severity="warning",
    scope="group",
    citation="PS3.3 Section C.7.6.2.1.1",
    message="{attribute} is {distance} mm from the slice before, where {usual} mm are usual",
    over=("series",),
    parameters={
        "slices": Parameter(5, "Slices that a stack has at least to be looked at.", 3, 10000),
        "tolerance": Parameter(0.1, "Part of the spacing by which spacings may differ.", 0.0, 0.5),
    },
    check=check,
    cases=(
        good_group(*(ct(n, 2.5 * n) for n in range(1, 9))),
        good_group(*(ct(n, 2.5 * n + 0.1 * (n % 2)) for n in range(1, 9))),
        good_group(*(ct(n, 2.5 * n) for n in (1, 2, 3, 4, 5, 7, 8, 9))),
        good_group(
            *(ct(n, 2 * n, AcquisitionNumber="1") for n in range(1, 7)),
            *(ct(n, 5 * n, AcquisitionNumber="2") for n in range(7, 13)),
        ),
        bad_group(
            "4",
            "ImagePositionPatient",
            *(ct(n, z) for n, z in enumerate((1, 2, 3, 4, 5.4, 6, 7, 8), 1)),
        ),
        bad_group(
            "6",
            "ImagePositionPatient",
            *(ct(n, z) for n, z in enumerate((0, 2, 4, 6, 8, 10, 15, 20, 25), 1)),
        ),
    ),
)
