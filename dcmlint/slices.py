"""Slices in space: the images of a series sorted into stacks, and where each lies along its normal.

Only images of SOP Classes with the Image Plane Module and one frame are slices (PS3.3 C.7.6.2); localizers
and projections are not. What tells the images of a volume apart besides position (echo, b-value, time
point, acquisition) makes stacks of their own.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from functools import lru_cache
from math import isfinite
from typing import NamedTuple

from dcmlint.facts import Facts
from dcmlint.geometry import Vector, angle_deg, cross, dot, is_unit
from dcmlint.group import Group, Member

__all__ = [
    "Gap",
    "Slice",
    "Spacing",
    "Stack",
    "crowded",
    "is_parallel",
    "slices_in",
    "spacing_of",
    "stacks_in",
]

_CLASSES = frozenset(f"1.2.840.10008.5.1.4.1.1.{last}" for last in ("2", "4", "128"))
"""CT, MR and PET Image Storage."""

_NO_SLICES = frozenset(
    (
        "LOCALIZER",
        "SCOUT",
        "TOPOGRAM",
        "PROJECTION IMAGE",
        "MIP",
        "MINIP",
        "MPR",
        "SCREEN SAVE",
        "REFORMATTED",
    )
)
_POSITION = 0x00200032
_ORIENTATION = 0x00200037
_IMAGE_TYPE = 0x00080008

_VOLUME = (
    *(_IMAGE_TYPE, 0x00200012, 0x00200100, 0x00180086, 0x00180081, 0x00180082, 0x00189087, 0x00189089),
    *(0x00209056, 0x00280010, 0x00280011, 0x00280030, 0x00180050, 0x00181120, 0x00181210, 0x00181314),
    *(0x00200052, 0x00180020, 0x00189073),
)
"""What makes a volume of its own: image type, acquisition, time point, echo, inversion, b-value, direction,
stack, matrix, spacing, thickness, tilt, kernel, flip angle, frame of reference, sequence, duration."""

_INSTANCE_NUMBER = 0x00200013
_SAME_DEG = 0.1
_MOST_MISSING = 5


class Slice(NamedTuple):
    """One image, where its first voxel is in mm, its directions, and what makes its volume."""

    member: Member
    position: Vector
    normal: Vector
    row: Vector
    volume: tuple[str, ...]


class Stack(NamedTuple):
    """Parallel slices in the order of their distance along the normal, in mm."""

    slices: Sequence[Slice]
    distances: Sequence[float]


def _slices_of(members: Iterable[Member]) -> list[Slice]:
    """Return the slices among the members whose place is known."""
    found = []
    seen: set[str] = set()
    volumes: dict[_Raw, tuple[str, ...]] = {}
    for member in members:
        facts = member.facts
        if facts.sop_class_uid not in _CLASSES or facts.frames > 1 or facts.sop_instance_uid in seen:
            continue
        position = _numbers(facts.value(_POSITION))
        if len(position) != 3 or not _may_be_slice(facts.value(_IMAGE_TYPE)):
            continue
        directions = _directions(facts.value(_ORIENTATION))
        if directions is not None:
            seen.add(facts.sop_instance_uid)
            normal, row = directions
            found.append(Slice(member, _vector(position), normal, row, _volume(facts, volumes)))
    return found


@lru_cache(maxsize=1024)
def _may_be_slice(image_type: str) -> bool:
    return not _NO_SLICES.intersection(image_type.upper().split("\\"))


@lru_cache(maxsize=4096)
def _directions(orientation: str) -> tuple[Vector, Vector] | None:
    """Return normal and row of an Image Orientation (Patient), None if it is no right one."""
    cosines = _numbers(orientation)
    if len(cosines) != 6:
        return None
    row, column = _vector(cosines[:3]), _vector(cosines[3:])
    normal = cross(row, column)
    return (normal, row) if is_unit(row) and is_unit(column) and is_unit(normal) else None


_Raw = tuple[bytes, tuple[bytes, ...]]


def _volume(facts: Facts, known: dict[_Raw, tuple[str, ...]]) -> tuple[str, ...]:
    """Return what makes a volume of its own; the same bytes are decoded once for a group."""
    raw = facts.coding, tuple([facts.raw(tag) for tag in _VOLUME])
    found = known.get(raw)
    if found is None:
        found = known[raw] = tuple([facts.value(tag) for tag in _VOLUME])
    return found


def _stacks_of(slices: Sequence[Slice]) -> list[Stack]:
    """Return the slices in stacks: parallel, and alike in all that makes a volume of its own."""
    stacks: list[list[Slice]] = []
    by_key: dict[tuple[str, ...], list[list[Slice]]] = {}
    for each in slices:
        alike = by_key.setdefault(each.volume, [])
        for stack in alike:
            if is_parallel(stack[0], each, _SAME_DEG):
                stack.append(each)
                break
        else:
            alike.append([each])
            stacks.append(alike[-1])
    return [_sorted(stack) for stack in stacks]


def is_parallel(one: Slice, other: Slice, tolerance_deg: float) -> bool:
    """Tell whether two slices have the same orientation."""
    if one.normal == other.normal and one.row == other.row:
        return True
    turned = max(angle_deg(one.normal, other.normal), angle_deg(one.row, other.row))
    return turned <= tolerance_deg


def _sorted(stack: Sequence[Slice]) -> Stack:
    normal = stack[0].normal
    placed = sorted((dot(each.position, normal), _number(each), order) for order, each in enumerate(stack))
    return Stack([stack[order] for *_, order in placed], [distance for distance, *_ in placed])


def _number(each: Slice) -> int:
    """Return Instance Number, 0 if there is none."""
    text = each.member.facts.value(_INSTANCE_NUMBER)
    return int(text) if text.isascii() and text.isdigit() else 0


def _numbers(text: str) -> tuple[float, ...]:
    try:
        found = tuple(float(part) for part in text.split("\\"))
    except ValueError:
        return ()
    return found if all(isfinite(number) and abs(number) < 1e6 for number in found) else ()


def _vector(numbers: Sequence[float]) -> Vector:
    return numbers[0], numbers[1], numbers[2]


def slices_in(group: Group) -> Sequence[Slice]:
    """Return the slices of a group."""
    found: Sequence[Slice] | None = group.memo.get("slices")
    if found is None:
        found = group.memo["slices"] = _slices_of(group.members)
    return found


def stacks_in(group: Group) -> Sequence[Stack]:
    """Return the slices of a group in stacks."""
    found: Sequence[Stack] | None = group.memo.get("stacks")
    if found is None:
        found = group.memo["stacks"] = _stacks_of(slices_in(group))
    return found


class Gap(NamedTuple):
    """A distance in mm that is not the usual one, the slice after it, and the number of slices that are
    missing in it, 0 if that is not what is wrong."""

    after: Slice
    distance: float
    missing: int


class Spacing(NamedTuple):
    """The usual distance in mm between the slices of a stack, and the distances that are not usual."""

    usual: float
    gaps: Sequence[Gap]


def spacing_of(stack: Stack, least: int, tolerance: float) -> Spacing | None:
    """Return how the slices of a stack are spaced; None if there are fewer than `least` positions, or no
    distance is usual: several slices at most positions, or slices around one place.

    `tolerance` is the part of the usual distance by which others may differ.
    """
    places = crowded(stack, 0.01)
    if len(places) < least or 5 * sum(len(place) > 1 for place in places) > len(places):
        return None
    firsts = [place[0] for place in places]
    along = [dot(each.position, stack.slices[0].normal) for each in firsts]
    distances = [after - before for before, after in itertools.pairwise(along)]
    usual = sorted(distances)[(len(distances) - 1) // 2]
    allowed = max(tolerance * usual, 0.01)
    gaps = [
        Gap(
            firsts[number + 1],
            distance,
            _missing(firsts[number], firsts[number + 1], distance, usual, allowed),
        )
        for number, distance in enumerate(distances)
        if abs(distance - usual) > allowed
    ]
    if 5 * sum(gap.missing > 0 for gap in gaps) > len(distances):
        gaps = [gap._replace(missing=0) for gap in gaps]
    return Spacing(usual, gaps)


def _missing(before: Slice, after: Slice, distance: float, usual: float, allowed: float) -> int:
    """Return how many slices are missing between two, 0 if the distance is no multiple of the usual one.

    A large gap between slices that are numbered on is one between two parts.
    """
    steps = round(distance / usual)
    if steps < 2 or abs(distance - steps * usual) > allowed:
        return 0
    numbers = [each.member.facts.value(_INSTANCE_NUMBER) for each in (before, after)]
    if all(number.isdigit() for number in numbers):
        jump = abs(int(numbers[1]) - int(numbers[0]))
        if jump == steps:
            return steps - 1
        if jump == 1 and steps > 2:
            return 0
    return steps - 1 if steps <= _MOST_MISSING + 1 else 0


def crowded(stack: Stack, tolerance_mm: float) -> list[list[Slice]]:
    """Return the slices of a stack by position, in order."""
    places: list[list[Slice]] = []
    last = 0.0
    for each, distance in zip(stack.slices, stack.distances, strict=True):
        if places and distance - last <= tolerance_mm:
            places[-1].append(each)
        else:
            places.append([each])
            last = distance
    return places
