"""A derived object has the UID of an instance or series that it was made from.

## What it does
Compares SOP Instance UID and Series Instance UID of Segmentations, Parametric Maps and Secondary Captures
with what Referenced Series Sequence and Source Image Sequence name. It must not be an instance that it was
made from, and not lie in a series of instances of other SOP Classes.

## Why this matters
Programs start from a copy of the source image. If the UIDs stay, the archive takes the result for the image
that it has already and drops or, worse, overwrites it. A segmentation in the series of the CT makes a volume
with slices that are none.

## Example
A Segmentation whose Series Instance UID is that of its source images in Referenced Series Sequence.

## Fix
Generate a SOP Instance UID and a Series Instance UID for what is derived.
"""

from __future__ import annotations

from collections.abc import Iterator

from dcmlint.algorithmic import RESULTS, kind
from dcmlint.model import Found
from dcmlint.read.item import Instance, Item
from dcmlint.rule import Rule, bad, good

_SOP_INSTANCE_UID = 0x00080018
_SERIES_INSTANCE_UID = 0x0020000E
_REFERENCED_SERIES = 0x00081115
_REFERENCED_INSTANCES = 0x0008114A
_SOURCE_IMAGES = 0x00082112
_REFERENCED_CLASS = 0x00081150
_REFERENCED_INSTANCE = 0x00081155


def check(instance: Instance) -> Iterator[Found]:
    """Yield the UIDs of a derived object that are those of its sources."""
    if kind(instance) not in ("segmentation", "map", "capture"):
        return
    series = instance.items(_REFERENCED_SERIES) or ()
    sources = [*(instance.items(_SOURCE_IMAGES) or ())]
    sources += [each for one in series for each in one.items(_REFERENCED_INSTANCES) or ()]
    if any(_same(instance, _SOP_INSTANCE_UID, source, _REFERENCED_INSTANCE) for source in sources):
        yield Found(_SOP_INSTANCE_UID, {"what": "an instance"})
    for one in series:
        classes = {_uid(each, _REFERENCED_CLASS) for each in one.items(_REFERENCED_INSTANCES) or ()}
        other = classes and instance.sop_class_uid.encode() not in classes
        if other and _same(instance, _SERIES_INSTANCE_UID, one, _SERIES_INSTANCE_UID):
            yield Found(_SERIES_INSTANCE_UID, {"what": "a series"})
            return


def _same(instance: Instance, tag: int, source: Item, referenced: int) -> bool:
    own = _uid(instance.root, tag)
    return bool(own) and own == _uid(source, referenced)


def _uid(item: Item, tag: int) -> bytes:
    return (item.raw(tag) or b"").rstrip(b" \0")


_CT = {"ReferencedSOPClassUID": "1.2.840.10008.5.1.4.1.1.2", "ReferencedSOPInstanceUID": "1.2.3.4"}
_SEG_REFERENCE = {**_CT, "ReferencedSOPClassUID": "1.2.840.10008.5.1.4.1.1.66.4"}
_SEG = {
    "SOPClassUID": "1.2.840.10008.5.1.4.1.1.66.4",
    "SOPInstanceUID": "1.2.3.5",
    "SeriesInstanceUID": "1.2.3",
    "ContentLabel": "SEG",
}
_SC = {**_SEG, "SOPClassUID": "1.2.840.10008.5.1.4.1.1.7", "ConversionType": "WSD"}


def _series(uid: str, instance: dict[str, str]) -> list[dict[str, object]]:
    return [{"SeriesInstanceUID": uid, "ReferencedInstanceSequence": [instance]}]


RULE = Rule(
    severity="error",
    scope="instance",
    citation="PS3.3 Sections C.12.1, C.12.2 and A.1.2.3; PS3.5 Section 9",
    message="{attribute} is that of {what} that the object was made from",
    selects=RESULTS,
    check=check,
    cases=(
        good(_SEG, ReferencedSeriesSequence=_series("1.2.4", _CT)),
        good(_SEG, ReferencedSeriesSequence=_series("1.2.3", _SEG_REFERENCE)),
        good(_SEG, ReferencedSeriesSequence=[{"SeriesInstanceUID": "1.2.3"}]),
        good(_SC, SourceImageSequence=[_CT]),
        good(
            _SC, SOPClassUID="1.2.840.10008.5.1.4.1.1.2", SOPInstanceUID="1.2.3.4", SourceImageSequence=[_CT]
        ),
        bad("SeriesInstanceUID", _SEG, ReferencedSeriesSequence=_series("1.2.3", _CT)),
        bad("SOPInstanceUID", _SEG, SOPInstanceUID="1.2.3.4", ReferencedSeriesSequence=_series("1.2.4", _CT)),
        bad("SOPInstanceUID", _SC, SOPInstanceUID="1.2.3.4", SourceImageSequence=[_CT]),
    ),
)
