"""The slices of a CT volume are shifted against each other: the gantry was tilted.

## What it does
Compares the direction from the first to the last slice of a stack of CT images with their normal. If slices
are placed one after the other along another direction than the normal, the volume is sheared. It is reported
once for a stack.

## Why this matters
Programs that place slices behind one another without a shift show a sheared volume: lengths and angles in
it, and what is registered to it, are wrong.

## Example
A head CT with Gantry/Detector Tilt of 15 degrees.

## Fix
Resample the volume to a grid with right angles before using it as one.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from dcmlint.model import Found
from dcmlint.rule import Parameter, Rule, bad_group, good_group
from dcmlint.sample import ct

if TYPE_CHECKING:
    from dcmlint.geometry import Vector
    from dcmlint.group import Group, Member
    from dcmlint.slices import Stack


_POSITION = 0x00200032
_CT = "1.2.840.10008.5.1.4.1.1.2"


def check(group: Group, slices: float = 5, tolerance_deg: float = 0.5) -> Iterator[tuple[Member, Found]]:
    """Yield the first slice of each sheared stack."""

    from dcmlint.slices import stacks_in

    for stack in stacks_in(group):
        is_ct = stack.slices[0].member.facts.sop_class_uid == _CT
        if is_ct and len(stack.slices) >= slices:
            angles = _angles(stack)
            if angles and tolerance_deg < min(angles) and max(angles) < 60:
                yield stack.slices[0].member, Found(_POSITION, {"angle": round(angles[-1], 1)})


def _angles(stack: Stack) -> list[float]:
    """Return the angle between the normal and the way from the first slice to each that is elsewhere."""

    from dcmlint.geometry import angle_deg

    first = stack.slices[0]
    found = []
    for each, distance in zip(stack.slices, stack.distances, strict=True):
        if distance - stack.distances[0] > 0.1:
            way: Vector = (
                each.position[0] - first.position[0],
                each.position[1] - first.position[1],
                each.position[2] - first.position[2],
            )
            found.append(angle_deg(way, first.normal))
    return found


def _tilted(number: int, **other: object) -> dict[str, object]:
    position = ["0", str(0.5 * number), str(2.5 * number)]
    return {**ct(number, 0), "ImagePositionPatient": position, **other}


RULE = Rule(
    severity="warning",
    scope="group",
    citation="PS3.3 Sections C.7.6.2.1.1 and C.8.2.1",
    message="{attribute} of the slices goes {angle} degrees aside of their normal",
    over=("series",),
    parameters={
        "slices": Parameter(5, "Slices that a stack has at least to be looked at.", 3, 10000),
        "tolerance_deg": Parameter(0.5, "Angle in degrees up to which a volume has right angles.", 0.0, 45.0),
    },
    check=check,
    cases=(
        good_group(*(ct(n, 2.5 * n) for n in range(1, 9))),
        good_group(*(ct(n, -2.5 * n) for n in range(1, 9))),
        good_group(*(_tilted(n, SOPClassUID="1.2.840.10008.5.1.4.1.1.4") for n in range(1, 9))),
        bad_group("0", "ImagePositionPatient", *(_tilted(n) for n in range(1, 9))),
    ),
)
