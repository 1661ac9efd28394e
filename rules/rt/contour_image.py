"""A contour refers to an image that the structure set does not list.

## What it does
Compares the images that contours refer to (Contour Image Sequence within the ROI Contour Sequence) with those
that the Referenced Frame of Reference Sequence lists with their Study and Series. Where that has no images,
nothing is reported.

## Why this matters
Planning systems load the listed series and draw contours on them. A contour on an image that is not in the
list is not drawn, or hides that the structure set belongs to another series.

## Example
The structure set was copied to another series: the list of images was replaced, the references of the
contours were not.

## Fix
List all images that contours refer to, or correct the references.
"""

from __future__ import annotations

from collections.abc import Iterator

from dcmlint.model import Found
from dcmlint.numbering import is_damaged
from dcmlint.read.item import Instance, Item
from dcmlint.rule import Rule, bad, good

_LIST = 0x30060010
_STUDIES = 0x30060012
_SERIES = 0x30060014
_IMAGES = 0x30060016
_INSTANCE_UID = 0x00081155
_ROI_CONTOURS = 0x30060039
_CONTOURS = 0x30060040


def check(instance: Instance) -> Iterator[Found]:
    """Yield the first contour image that is not listed, with the number of those (PS3.3 C.8.8.5.1)."""
    root = instance.root
    listed = {
        _uid(image)
        for reference in root.items(_LIST) or ()
        for study in reference.items(_STUDIES) or ()
        for series in study.items(_SERIES) or ()
        for image in series.items(_IMAGES) or ()
    }
    if not listed or is_damaged(instance):
        return
    missing: dict[bytes, Item] = {}
    for roi in root.items(_ROI_CONTOURS) or ():
        for contour in roi.items(_CONTOURS) or ():
            for image in contour.items(_IMAGES) or ():
                uid = _uid(image)
                if uid and uid not in listed:
                    missing.setdefault(uid, image)
    if missing:
        yield Found(_INSTANCE_UID, {"count": len(missing)}, next(iter(missing.values())))


def _uid(item: Item) -> bytes:
    return (item.raw(_INSTANCE_UID) or b"").rstrip(b"\0 ")


def _images(*uids: str) -> dict[str, object]:
    return {"ContourImageSequence": [{"ReferencedSOPInstanceUID": uid} for uid in uids]}


def _list(*uids: str) -> list[dict[str, object]]:
    return [{"RTReferencedStudySequence": [{"RTReferencedSeriesSequence": [_images(*uids)]}]}]


def _contours(*uids: str) -> list[dict[str, object]]:
    return [{"ContourSequence": [_images(uid) for uid in uids]}]


RULE = Rule(
    severity="warning",
    scope="instance",
    citation="PS3.3 Section C.8.8.5.1",
    message="{attribute} is not among the images of the Referenced Frame of Reference Sequence"
    " (images not listed: {count})",
    selects=("ROIContourSequence",),
    check=check,
    cases=(
        good(
            ReferencedFrameOfReferenceSequence=_list("1.2.3", "1.2.4"),
            ROIContourSequence=_contours("1.2.4", "1.2.3"),
        ),
        good(ROIContourSequence=_contours("1.2.4")),
        good(ReferencedFrameOfReferenceSequence=[{}], ROIContourSequence=_contours("1.2.4")),
        good(ReferencedFrameOfReferenceSequence=_list("1.2.3"), ROIContourSequence=[{}]),
        bad(
            "ROIContourSequence[1].ContourSequence[2].ContourImageSequence[1].ReferencedSOPInstanceUID",
            ReferencedFrameOfReferenceSequence=_list("1.2.3"),
            ROIContourSequence=_contours("1.2.3", "1.2.5"),
        ),
    ),
)
