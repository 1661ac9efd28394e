"""A source image is not among the referenced instances.

## What it does
An object with functional groups that names its source images (Derivation Image Sequence, Source Image
Sequence) and has the Common Instance Reference Module must list each of them there: in the Referenced Series
Sequence, or in the Studies Containing Other Referenced Instances Sequence.

## Why this matters
The list is how an archive finds what a segmentation or parametric map was made from without reading every
frame: it gives Study and Series of each image, which the frames do not. What is not listed cannot be fetched.

## Example
A segmentation of 60 slices lists 59 instances; the frames of the last slice refer to one that is not listed.

## Fix
List every instance that a frame refers to, under its Series and Study.
"""

from __future__ import annotations

from collections.abc import Iterator

from dcmlint.frames import frame_items, shared_item
from dcmlint.model import Found
from dcmlint.numbering import is_damaged
from dcmlint.read.item import Instance, Item
from dcmlint.rule import Rule, bad, good

_SERIES = 0x00081115
_INSTANCES = 0x0008114A
_STUDIES = 0x00081200
_INSTANCE_UID = 0x00081155
_DERIVATION = 0x00089124
_SOURCE = 0x00082112


def check(instance: Instance) -> Iterator[Found]:
    """Yield the first source image that is not listed, with the number of those (PS3.3 C.12.2)."""
    root = instance.root
    if (_SERIES not in root.elements and _STUDIES not in root.elements) or is_damaged(instance):
        return
    listed = set(_listed(root))
    missing: dict[str, Item] = {}
    for source in _sources(instance):
        uid = _uid(source)
        if uid and uid not in listed:
            missing.setdefault(uid, source)
    if missing:
        first = next(iter(missing.values()))
        yield Found(_INSTANCE_UID, {"count": len(missing)}, first)


def _uid(item: Item) -> str:
    return (item.raw(_INSTANCE_UID) or b"").rstrip(b"\0 ").decode("latin-1")


def _listed(root: Item) -> Iterator[str]:
    for holder in (root, *(root.items(_STUDIES) or ())):
        for series in holder.items(_SERIES) or ():
            yield from map(_uid, series.items(_INSTANCES) or ())


def _sources(instance: Instance) -> Iterator[Item]:
    shared = shared_item(instance)
    for group in (*(() if shared is None else (shared,)), *frame_items(instance)):
        for derivation in group.items(_DERIVATION) or ():
            yield from derivation.items(_SOURCE) or ()


def _frame(uid: str) -> dict[str, object]:
    return {"DerivationImageSequence": [{"SourceImageSequence": [{"ReferencedSOPInstanceUID": uid}]}]}


def _series(*uids: str) -> list[dict[str, object]]:
    return [{"ReferencedInstanceSequence": [{"ReferencedSOPInstanceUID": uid} for uid in uids]}]


_PATH = (
    "PerFrameFunctionalGroupsSequence[2].DerivationImageSequence[1].SourceImageSequence[1]"
    ".ReferencedSOPInstanceUID"
)

RULE = Rule(
    severity="warning",
    scope="instance",
    citation="PS3.3 Section C.12.2",
    message="{attribute} is not in the list of referenced instances (source images not listed: {count})",
    selects=("SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence"),
    check=check,
    cases=(
        good(
            ReferencedSeriesSequence=_series("1.2.3", "1.2.4"),
            PerFrameFunctionalGroupsSequence=[_frame("1.2.3"), _frame("1.2.4")],
        ),
        good(
            ReferencedSeriesSequence=_series("1.2.3"),
            StudiesContainingOtherReferencedInstancesSequence=[
                {"ReferencedSeriesSequence": _series("1.2.4")},
            ],
            PerFrameFunctionalGroupsSequence=[_frame("1.2.3"), _frame("1.2.4")],
        ),
        good(PerFrameFunctionalGroupsSequence=[_frame("1.2.3")]),
        good(ReferencedSeriesSequence=_series("1.2.3"), PerFrameFunctionalGroupsSequence=[{}]),
        bad(
            _PATH,
            ReferencedSeriesSequence=_series("1.2.3"),
            PerFrameFunctionalGroupsSequence=[_frame("1.2.3"), _frame("1.2.4")],
        ),
        bad(
            "SharedFunctionalGroupsSequence[1].DerivationImageSequence[1].SourceImageSequence[1]"
            ".ReferencedSOPInstanceUID",
            ReferencedSeriesSequence=None,
            SharedFunctionalGroupsSequence=[_frame("1.2.3")],
        ),
    ),
)
