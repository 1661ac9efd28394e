"""The dimensions of a multi-frame object contradict its frames.

## What it does
Reads the Dimension Index Sequence and checks that

- each dimension belongs to a Dimension Organization UID that the object declares,
- each dimension names an attribute that some functional group holds (or the Data Set itself), is neither
  Dimension Index Values nor the Frame Content Sequence, and has a private creator if it is private,
- each frame has as many Dimension Index Values as there are dimensions, counted from 1.

Attributes of dimensions may be left out of an object that is TILED_FULL: its frames follow a fixed order.

## Why this matters
Viewers sort and group frames by their dimensions. When values and dimensions do not fit, slices, phases
and time points are mixed up.

## Example
Two dimensions, Stack ID and In-Stack Position Number, and three Dimension Index Values in each frame.

## Fix
Write one Item into Dimension Index Sequence for each dimension, and one value for each of them into the
Dimension Index Values of each frame, in the same order.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dcmlint.frames import frame_items, is_cut, shared_item
from dcmlint.image import code
from dcmlint.model import Found
from dcmlint.read.item import Instance, Item
from dcmlint.rule import Rule, bad, good
from dcmlint.standard.dictionary import label

_ORGANIZATIONS = 0x00209221
_ORGANIZATION_UID = 0x00209164
_ORGANIZATION_TYPE = 0x00209311
_INDICES = 0x00209222
_POINTER = 0x00209165
_POINTER_CREATOR = 0x00209213
_GROUP_POINTER = 0x00209167
_FRAME_CONTENT = 0x00209111
_VALUES = 0x00209157


def check(instance: Instance) -> Iterator[Found]:
    """Yield what is wrong with the dimensions (PS3.3 C.7.6.17)."""
    indices = instance.root.items(_INDICES)
    if indices:
        yield from _organizations(instance.root, indices)
        for index in indices:
            yield from _pointer(instance, index)
        yield from _values(frame_items(instance), len(indices))


def _organizations(root: Item, indices: Sequence[Item]) -> Iterator[Found]:
    """Yield the dimensions of an organization that is not declared (PS3.3 C.7.6.17.2)."""
    declared = {item.first(_ORGANIZATION_UID) for item in root.items(_ORGANIZATIONS) or ()}
    for index in indices if declared else ():
        uid = index.first(_ORGANIZATION_UID)
        if uid is not None and uid not in declared:
            yield Found(_ORGANIZATION_UID, {"what": "is not in Dimension Organization Sequence"}, index)


def _pointer(instance: Instance, index: Item) -> Iterator[Found]:
    """Yield what is wrong with the attribute that a dimension names (PS3.3 C.7.6.17.1)."""
    pointer = index.first(_POINTER)
    if not isinstance(pointer, int):
        return
    if pointer in (_VALUES, _FRAME_CONTENT):
        yield Found(_POINTER, {"what": f"names {label(pointer)}, which is no dimension"}, index)
    elif pointer & 0x10000:
        if _POINTER_CREATOR not in index.elements:
            what = "is missing; the attribute of this dimension is private"
            yield Found(_POINTER_CREATOR, {"what": what}, index)
    elif code(instance.root, _ORGANIZATION_TYPE) != "TILED_FULL" and not _is_there(instance, index, pointer):
        what = f"names {label(pointer)}, which is in no functional group"
        yield Found(_POINTER, {"what": what}, index, severity="warning")


def _is_there(instance: Instance, index: Item, pointer: int) -> bool:
    """Tell whether some group holds the attribute, or whether that cannot be told."""
    shared = shared_item(instance)
    groups = [*([shared] if shared is not None else ()), *frame_items(instance)]
    if not groups or is_cut(instance) or pointer in instance.root.elements:
        return True
    wanted = index.first(_GROUP_POINTER)
    if isinstance(wanted, int) and wanted & 0x10000:
        return True
    for group in groups:
        for sequence, element in group.elements.items():
            if sequence == pointer:
                return True
            if wanted in (None, sequence):
                for nested in element[3] or ():
                    if any(pointer in item.elements for item in nested.walk()):
                        return True
    return False


def _values(frames: Sequence[Item], dimensions: int) -> Iterator[Found]:
    """Yield the first frame with a wrong number of values, and the first with a value of 0."""
    miscounted = zero = False
    for frame in frames:
        for content in frame.items(_FRAME_CONTENT) or ():
            values = content.get(_VALUES)
            if not values or not all(isinstance(value, int) for value in values):
                continue
            if len(values) != dimensions and not miscounted:
                miscounted = True
                what = f"has {len(values)} values for {dimensions} dimensions"
                yield Found(_VALUES, {"what": what}, content)
            if min(values) < 1 and not zero:
                zero = True
                yield Found(_VALUES, {"what": f"holds {min(values)}; index values count from 1"}, content)


_ORGANIZATION = "2.25.1"
_DECLARED = {"DimensionOrganizationSequence": [{"DimensionOrganizationUID": _ORGANIZATION}]}
_STACK = {
    "DimensionOrganizationUID": _ORGANIZATION,
    "DimensionIndexPointer": "StackID",
    "FunctionalGroupPointer": "FrameContentSequence",
}
_POSITION = _STACK | {"DimensionIndexPointer": "InStackPositionNumber"}


def _frame(*values: int) -> dict[str, object]:
    content = {"StackID": "1", "InStackPositionNumber": 1, "DimensionIndexValues": list(values)}
    return {"FrameContentSequence": [content]}


_BOTH = _DECLARED | {"DimensionIndexSequence": [_STACK, _POSITION]}
_TILE = {"DimensionOrganizationUID": _ORGANIZATION, "DimensionIndexPointer": 0x0048021E}
_FIRST = "DimensionIndexSequence[1]."

RULE = Rule(
    severity="error",
    scope="instance",
    citation="PS3.3 Section C.7.6.17",
    message="{attribute} {what}",
    selects=("DimensionIndexSequence",),
    check=check,
    cases=(
        good(_BOTH, PerFrameFunctionalGroupsSequence=[_frame(1, 1), _frame(1, 2)]),
        good(_BOTH),
        good(_BOTH, DimensionIndexSequence=[{}], PerFrameFunctionalGroupsSequence=[_frame(1)]),
        good(
            _DECLARED,
            DimensionOrganizationType="TILED_FULL",
            DimensionIndexSequence=[_TILE],
            SharedFunctionalGroupsSequence=[{}],
        ),
        good(
            _DECLARED,
            DimensionIndexSequence=[_STACK | {"DimensionIndexPointer": "PatientID"}],
            PatientID="1",
            PerFrameFunctionalGroupsSequence=[_frame(1)],
        ),
        bad(
            "PerFrameFunctionalGroupsSequence[2].FrameContentSequence[1].DimensionIndexValues",
            _BOTH,
            PerFrameFunctionalGroupsSequence=[_frame(1, 1), _frame(1)],
        ),
        bad(
            "PerFrameFunctionalGroupsSequence[1].FrameContentSequence[1].DimensionIndexValues",
            _BOTH,
            PerFrameFunctionalGroupsSequence=[_frame(1, 0)],
        ),
        bad(
            _FIRST + "DimensionOrganizationUID",
            _DECLARED,
            DimensionIndexSequence=[_STACK | {"DimensionOrganizationUID": "2.25.2"}],
        ),
        bad(
            _FIRST + "DimensionIndexPointer",
            _DECLARED,
            DimensionIndexSequence=[_STACK | {"DimensionIndexPointer": "TemporalPositionIndex"}],
            PerFrameFunctionalGroupsSequence=[_frame(1)],
        ),
        bad(
            _FIRST + "DimensionIndexPointer",
            _DECLARED,
            DimensionIndexSequence=[_STACK | {"DimensionIndexPointer": "DimensionIndexValues"}],
        ),
        bad(
            _FIRST + "DimensionIndexPrivateCreator",
            _DECLARED,
            DimensionIndexSequence=[_STACK | {"DimensionIndexPointer": 0x00191001}],
        ),
    ),
)
