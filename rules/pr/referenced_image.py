"""A presentation state applies to an image that it does not list.

## What it does
Displayed areas, annotations and VOI LUTs of a presentation state may name images of their own. Each must be
among the images that the Presentation State Relationship Module lists under their Series.

## Why this matters
A viewer loads the images of the list and applies the rest to them. What is meant for another image is not
shown, or hides that the presentation state was made for another series.

## Example
The annotation refers to an image by the UID that it had before de-identification.

## Fix
List every image in the Referenced Series Sequence, or correct the reference.
"""

from __future__ import annotations

from collections.abc import Iterator

from dcmlint.model import Found
from dcmlint.numbering import is_damaged
from dcmlint.read.item import Instance, Item
from dcmlint.rule import Rule, bad, good

_SERIES = 0x00081115
_IMAGES = 0x00081140
_INSTANCE_UID = 0x00081155
_BLENDING = 0x00700402
_SELECTIONS = (0x0070005A, 0x00700001, 0x00283110)


def check(instance: Instance) -> Iterator[Found]:
    """Yield the first reference of each Sequence to an image that is not listed (PS3.3 C.11.11)."""
    listed = _listed(instance.root)
    if not listed or is_damaged(instance):
        return
    for sequence in _SELECTIONS:
        for selection in instance.root.items(sequence) or ():
            image = next(
                (image for image in selection.items(_IMAGES) or () if _is_missing(image, listed)), None
            )
            if image is not None:
                yield Found(_INSTANCE_UID, {}, image)
                break


def _listed(root: Item) -> set[bytes]:
    return {
        _uid(image)
        for holder in (root, *(root.items(_BLENDING) or ()))
        for series in holder.items(_SERIES) or ()
        for image in series.items(_IMAGES) or ()
    }


def _uid(image: Item) -> bytes:
    return (image.raw(_INSTANCE_UID) or b"").rstrip(b"\0 ")


def _is_missing(image: Item, listed: set[bytes]) -> bool:
    uid = _uid(image)
    return bool(uid) and uid not in listed


def _images(*uids: str) -> dict[str, object]:
    return {"ReferencedImageSequence": [{"ReferencedSOPInstanceUID": uid} for uid in uids]}


_AT = "ReferencedImageSequence[1].ReferencedSOPInstanceUID"

RULE = Rule(
    severity="error",
    scope="instance",
    citation="PS3.3 Section C.11.11",
    message="{attribute} is not among the images that the presentation state lists",
    selects=("DisplayedAreaSelectionSequence", "GraphicAnnotationSequence", "SoftcopyVOILUTSequence"),
    check=check,
    cases=(
        good(
            ReferencedSeriesSequence=[_images("1.2.3", "1.2.4")],
            DisplayedAreaSelectionSequence=[_images("1.2.3"), _images("1.2.4")],
        ),
        good(ReferencedSeriesSequence=[_images("1.2.3")], DisplayedAreaSelectionSequence=[{}]),
        good(DisplayedAreaSelectionSequence=[_images("1.2.3")]),
        good(
            BlendingSequence=[{"ReferencedSeriesSequence": [_images("1.2.3")]}],
            DisplayedAreaSelectionSequence=[_images("1.2.3")],
        ),
        bad(
            f"GraphicAnnotationSequence[2].{_AT}",
            ReferencedSeriesSequence=[_images("1.2.3")],
            GraphicAnnotationSequence=[_images("1.2.3"), _images("1.2.5")],
        ),
        bad(
            f"SoftcopyVOILUTSequence[1].{_AT}",
            ReferencedSeriesSequence=[_images("1.2.3")],
            SoftcopyVOILUTSequence=[_images("1.2.5")],
        ),
    ),
)
