"""A document has the attributes of an image.

## What it does
Lists the attributes of group 0028 and the pixel data that the Data Set of a Structured Report or Key Object
Selection has beside its content. They are no part of any SR IOD.

## Why this matters
They show that the object went through a system that treats every object as an image: such systems are known
to drop the content, to change UIDs without changing the references, and to show a black picture for a report.

## Example
Rows, Columns and Bits Allocated in an X-Ray Radiation Dose SR.

## Fix
Do not write them; send documents around systems that cannot handle them.
"""

from __future__ import annotations

from collections.abc import Iterator

from dcmlint.model import Found
from dcmlint.read.item import Instance
from dcmlint.rule import Rule, bad, good
from dcmlint.sr.sample import document
from dcmlint.sr.tree import content_tree

_PIXEL_DATA = frozenset((0x7FE00008, 0x7FE00009, 0x7FE00010))
_LONGITUDINAL_TEMPORAL_INFORMATION_MODIFIED = 0x00280303  # of every object: PS3.3 C.12.1


def check(instance: Instance) -> Iterator[Found]:
    """Yield the attributes of images together, if a document has any (PS3.3 A.35)."""
    tags = [tag for tag in instance.root.elements if tag >> 16 == 0x0028 or tag in _PIXEL_DATA]
    tags = [tag for tag in tags if tag != _LONGITUDINAL_TEMPORAL_INFORMATION_MODIFIED]
    if tags and content_tree(instance) is not None:
        pixels = any(tag in _PIXEL_DATA for tag in tags)
        what = "pixel data" if pixels else "attributes of images"
        yield Found(tags[0], {"what": what}, attributes=tuple(tags), severity="warning" if pixels else "note")


RULE = Rule(
    severity="warning",
    scope="instance",
    citation="PS3.3 Section A.35",
    message="the document has {what}, which no SR IOD has",
    selects=("ContentSequence", "ValueType"),
    check=check,
    cases=(
        good(document(PatientID="1")),
        good(Rows=1, Columns=1),
        good(document(LongitudinalTemporalInformationModified="REMOVED")),
        bad("Rows", document(Rows=1, Columns=1)),
        bad("PixelData", document(PixelData=b"\0\0")),
    ),
)
