"""The frame of reference of an ROI is not listed, or listed twice.

## What it does
Where a structure set has the Referenced Frame of Reference Sequence (3006,0010), each Referenced Frame of
Reference UID (3006,0024) of its ROIs must be the Frame of Reference UID of one of its Items, and no two Items
may have the same UID. Frames of reference that retired attributes relate to an Item count as listed.

## Why this matters
Contours are coordinates in a frame of reference. If it is not the one that the images were listed under, the
contours cannot be drawn on them, or are drawn at the wrong place.

## Example
The ROIs refer to the frame of reference of the planning CT before it was de-identified; the list has the
new UID.

## Fix
Use one UID in both places: that of the images that the contours were drawn on.
"""

from __future__ import annotations

from collections.abc import Iterator

from dcmlint.model import Found
from dcmlint.numbering import is_damaged
from dcmlint.read.item import Instance, Item
from dcmlint.rule import Rule, bad, good

_LIST = 0x30060010
_UID = 0x00200052
_RELATIONSHIPS = 0x300600C0
_RELATED_UID = 0x300600C2
_ROIS = 0x30060020
_REFERENCED_UID = 0x30060024


def check(instance: Instance) -> Iterator[Found]:
    """Yield UIDs listed twice, and the first ROI with each UID that is not listed (PS3.3 C.8.8.5.1)."""
    root = instance.root
    listed: set[bytes] = set()
    for item in root.items(_LIST) or ():
        uid = _uid(item, _UID)
        if uid and uid in listed:
            yield Found(_UID, {"what": "is listed twice"}, item)
        listed.add(uid)
    for item in root.items(_LIST) or ():
        listed |= {_uid(relation, _RELATED_UID) for relation in item.items(_RELATIONSHIPS) or ()}
    listed.discard(b"")
    if not listed or is_damaged(instance):
        return
    for roi in root.items(_ROIS) or ():
        uid = _uid(roi, _REFERENCED_UID)
        if uid and uid not in listed:
            listed.add(uid)
            what = "is not in the Referenced Frame of Reference Sequence"
            yield Found(_REFERENCED_UID, {"what": what}, roi)


def _uid(item: Item, tag: int) -> bytes:
    return (item.raw(tag) or b"").rstrip(b"\0 ")


def _roi(uid: object) -> list[dict[str, object]]:
    return [{"ReferencedFrameOfReferenceUID": uid}]


def _list(*uids: str) -> list[dict[str, object]]:
    return [{"FrameOfReferenceUID": uid} for uid in uids]


_PATH = "StructureSetROISequence[1].ReferencedFrameOfReferenceUID"

RULE = Rule(
    severity="error",
    scope="instance",
    citation="PS3.3 Section C.8.8.5.1",
    message="{attribute} {what}",
    selects=("ReferencedFrameOfReferenceSequence",),
    check=check,
    cases=(
        good(ReferencedFrameOfReferenceSequence=_list("1.2.3"), StructureSetROISequence=_roi("1.2.3")),
        good(
            ReferencedFrameOfReferenceSequence=_list("1.2.3", "1.2.4"), StructureSetROISequence=_roi("1.2.4")
        ),
        good(ReferencedFrameOfReferenceSequence=None, StructureSetROISequence=_roi("1.2.4")),
        good(ReferencedFrameOfReferenceSequence=_list("1.2.3"), StructureSetROISequence=_roi(None)),
        good(
            ReferencedFrameOfReferenceSequence=[
                {
                    "FrameOfReferenceUID": "1.2.3",
                    "FrameOfReferenceRelationshipSequence": [{"RelatedFrameOfReferenceUID": "1.2.4"}],
                }
            ],
            StructureSetROISequence=_roi("1.2.4"),
        ),
        bad(_PATH, ReferencedFrameOfReferenceSequence=_list("1.2.3"), StructureSetROISequence=_roi("1.2.4")),
        bad(
            "ReferencedFrameOfReferenceSequence[2].FrameOfReferenceUID",
            ReferencedFrameOfReferenceSequence=_list("1.2.3", "1.2.3"),
        ),
    ),
)
