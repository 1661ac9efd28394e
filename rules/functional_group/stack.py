"""Frames of a stack contradict each other.

## What it does
Looks at the Stack ID and In-Stack Position Number of all frames. Positions count from 1, and frames with
the same Stack ID and the same position must lie in the same plane: Image Position (Patient) and Image
Orientation (Patient) are compared, with a tolerance of 0.01 mm and 0.001. Where a plane is not known, or the
object declares several dimension organizations, nothing is reported.

## Why this matters
A stack is a volume: viewers put the frames with the same position on top of each other, as time points or
contrasts of one slice. If they lie elsewhere, the volume is wrong.

## Example
Two frames of stack 1 both have In-Stack Position Number 3, and their Image Position (Patient) is 5 mm apart.

## Fix
Number the planes of each stack from 1, and give the same number only to frames of the same plane.
"""

from __future__ import annotations

from collections.abc import Iterator

from dcmlint.frames import frame_items, macro, shared_item
from dcmlint.image import numbers
from dcmlint.model import Found
from dcmlint.read.item import Instance, Item
from dcmlint.rule import Rule, bad, good

_ORGANIZATIONS = 0x00209221
_FRAME_CONTENT = 0x00209111
_STACK_ID = 0x00209056
_POSITION = 0x00209057
_PLANE_POSITION = 0x00209113
_PLANE_ORIENTATION = 0x00209116
_IMAGE_POSITION = 0x00200032
_IMAGE_ORIENTATION = 0x00200037
_PARTS = ((_PLANE_POSITION, _IMAGE_POSITION, 3, 0.01), (_PLANE_ORIENTATION, _IMAGE_ORIENTATION, 6, 0.001))

_Plane = tuple[tuple[float, ...] | None, ...]


def check(instance: Instance) -> Iterator[Found]:
    """Yield the first frame with a position of 0, and the first in another plane than its position has
    (PS3.3 C.7.6.16.2.2.4)."""
    shared = shared_item(instance)
    comparable = len(instance.root.items(_ORGANIZATIONS) or ()) < 2
    planes: dict[tuple[str, int], tuple[int, _Plane]] = {}
    zero = False
    for number, frame in enumerate(frame_items(instance), start=1):
        content = macro(_FRAME_CONTENT, frame)
        position = content.first(_POSITION) if content is not None else None
        if content is None or not isinstance(position, int):
            continue
        if position < 1:
            if not zero:
                zero = True
                yield Found(_POSITION, {"what": f"is {position}; positions count from 1"}, content)
            continue
        stack = content.first(_STACK_ID)
        if not comparable or not stack:
            continue
        plane = _plane(frame, shared)
        first, known = planes.setdefault((stack, position), (number, plane))
        if _differ(plane, known):
            what = f"is that of frame {first} in the same stack, which lies in another plane"
            yield Found(_POSITION, {"what": what}, content)
            return


def _plane(frame: Item, shared: Item | None) -> _Plane:
    found = []
    for sequence, tag, count, _ in _PARTS:
        item = macro(sequence, frame, shared)
        found.append(numbers(item, tag, count) if item is not None else None)
    return tuple(found)


def _differ(one: _Plane, other: _Plane) -> bool:
    for first, second, (_, _, _, tolerance) in zip(one, other, _PARTS, strict=True):
        if first is not None and second is not None:
            pairs = zip(first, second, strict=True)
            if any(abs(value - known) > tolerance for value, known in pairs):
                return True
    return False


def _frame(stack: str, position: int, z: float, *, x: float = 1) -> dict[str, object]:
    return {
        "FrameContentSequence": [{"StackID": stack, "InStackPositionNumber": position}],
        "PlanePositionSequence": [{"ImagePositionPatient": [0, 0, z]}],
        "PlaneOrientationSequence": [{"ImageOrientationPatient": [x, 0, 0, 0, 1, 0]}],
    }


_SECOND = "PerFrameFunctionalGroupsSequence[2].FrameContentSequence[1].InStackPositionNumber"

RULE = Rule(
    severity="error",
    scope="instance",
    citation="PS3.3 Section C.7.6.16.2.2.4",
    message="{attribute} {what}",
    selects=("PerFrameFunctionalGroupsSequence",),
    check=check,
    cases=(
        good(PerFrameFunctionalGroupsSequence=[_frame("1", 1, 0), _frame("1", 2, 5)]),
        good(PerFrameFunctionalGroupsSequence=[_frame("1", 1, 0), _frame("2", 1, 5)]),
        good(PerFrameFunctionalGroupsSequence=[_frame("1", 1, 5), _frame("1", 1, 5.001)]),
        good(PerFrameFunctionalGroupsSequence=[{"FrameContentSequence": [{"InStackPositionNumber": 1}]}] * 2),
        good(
            DimensionOrganizationSequence=[{}, {}],
            PerFrameFunctionalGroupsSequence=[_frame("1", 1, 0), _frame("1", 1, 5)],
        ),
        bad(_SECOND, PerFrameFunctionalGroupsSequence=[_frame("1", 1, 0), _frame("1", 0, 5)]),
        bad(_SECOND, PerFrameFunctionalGroupsSequence=[_frame("1", 1, 0), _frame("1", 1, 5)]),
        bad(_SECOND, PerFrameFunctionalGroupsSequence=[_frame("1", 1, 0), _frame("1", 1, 0, x=-1)]),
    ),
)
