"""A slice of a volume is missing.

## What it does
Sorts the CT, MR and PET images of a series along their normal, one stack for each acquisition, time point,
echo, b-value, image type, matrix and so on. In a stack of at least `slices` evenly spaced slices, a gap that
is a multiple of the spacing is where slices are missing: up to five, or any number that Instance Number
leaves out too. Localizers and projections are not looked at.

## Why this matters
Programs that stack slices by number, not by position, make a volume that is too short; measurements and
doses in it are wrong, and what was in the slice is not seen.

## Example
199 of 200 slices were stored: the connection broke.

## Fix
Send the series again from the modality.
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
    """Yield the slice after each gap."""

    from dcmlint.slices import spacing_of, stacks_in

    for stack in stacks_in(group):
        spacing = spacing_of(stack, int(slices), tolerance)
        for gap in spacing.gaps if spacing is not None else ():
            if gap.missing:
                what = "a slice is" if gap.missing == 1 else f"{gap.missing} slices are"
                yield gap.after.member, Found(_POSITION, {"what": what})


RULE = Rule(
    severity="warning",
    scope="group",
    citation="PS3.3 Sections C.7.6.2.1.1 and A.3",
    message="{what} missing before {attribute}",
    over=("series",),
    parameters={
        "slices": Parameter(5, "Slices that a stack has at least to be looked at.", 3, 10000),
        "tolerance": Parameter(0.1, "Part of the spacing by which spacings may differ.", 0.0, 0.5),
    },
    check=check,
    cases=(
        good_group(*(ct(n, 2.5 * n) for n in range(1, 9))),
        good_group(*(ct(n, 2.5 * n) for n in range(1, 4)), ct(5, 12.5)),
        good_group(*(ct(n, 2.5 * (n % 2), AcquisitionNumber=str(n)) for n in range(1, 9))),
        good_group(
            *(ct(n, 2.5 * n, ImageType=["ORIGINAL", "PRIMARY", "LOCALIZER"]) for n in (1, 2, 3, 4, 5, 7, 8))
        ),
        good_group(*(ct(n, 2.5 * n) for n in range(1, 9)), *(ct(n, 2.5 * n + 40) for n in range(9, 17))),
        bad_group("5", "ImagePositionPatient", *(ct(n, 2.5 * n) for n in (1, 2, 3, 4, 5, 7, 8, 9))),
        bad_group("3", "ImagePositionPatient", *(ct(n, -2.5 * n) for n in (1, 2, 3, 4, 7, 8, 9, 10))),
        bad_group(
            "6",
            "ImagePositionPatient",
            *(ct(n, 3 * n, EchoNumbers="1") for n in range(1, 6)),
            *(ct(10 + n, 3 * n, EchoNumbers="2") for n in (1, 3, 4, 5, 6, 7)),
        ),
    ),
)
