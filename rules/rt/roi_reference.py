"""Contours, observations or doses refer to an ROI that is not there.

## What it does
Looks at Referenced ROI Number (3006,0084) in the ROI Contour Sequence, the RT ROI Observations Sequence (its
related ROIs included) and the RT Dose ROI Sequence: each must be the ROI Number of an Item of the Structure
Set ROI Sequence of the same object.

## Why this matters
Contours without an ROI have no name and no frame of reference: planning systems drop them or refuse the
structure set. An ROI whose observation is lost is no longer known as the target or the patient's outline.

## Example
An ROI was deleted from the Structure Set ROI Sequence, its contours were not.

## Fix
Remove what refers to the ROI, or describe the ROI in the Structure Set ROI Sequence.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from dcmlint.model import Found
from dcmlint.numbering import dangling, is_damaged, known
from dcmlint.read.item import Instance, Item
from dcmlint.rule import Rule, bad, good

_ROIS = 0x30060020
_ROI_NUMBER = 0x30060022
_REFERENCED = 0x30060084
_CONTOURS = 0x30060039
_OBSERVATIONS = 0x30060080
_RELATED = 0x30060030
_DOSE_ROIS = 0x30040010


def check(instance: Instance) -> Iterator[Found]:
    """Yield the first reference of each Sequence to each missing ROI (PS3.3 C.8.8.6, C.8.8.8)."""
    root = instance.root
    if is_damaged(instance):
        return
    numbers = known(root.items(_ROIS) or (), _ROI_NUMBER)
    observations = root.items(_OBSERVATIONS) or ()
    for items in (
        root.items(_CONTOURS) or (),
        observations,
        [related for item in observations for related in item.items(_RELATED) or ()],
        root.items(_DOSE_ROIS) or (),
    ):
        yield from _missing(items, numbers)


def _missing(items: Iterable[Item], numbers: set[int]) -> Iterator[Found]:
    for item, number in dangling(items, _REFERENCED, numbers):
        yield Found(_REFERENCED, {"number": number}, item)


_ROI = {"StructureSetROISequence": [{"ROINumber": 1}, {"ROINumber": 2}]}

RULE = Rule(
    severity="error",
    scope="instance",
    citation="PS3.3 Section C.8.8.6",
    message="{attribute} {number} is the number of no ROI of the Structure Set ROI Sequence",
    selects=("StructureSetROISequence",),
    check=check,
    cases=(
        good(_ROI, ROIContourSequence=[{"ReferencedROINumber": 2}, {"ReferencedROINumber": 1}]),
        good(_ROI, ROIContourSequence=[{"ReferencedROINumber": None}, {}]),
        good(_ROI, RTROIObservationsSequence=[{"ReferencedROINumber": 1}]),
        good(_ROI, DVHSequence=[{"DVHReferencedROISequence": [{"ReferencedROINumber": 9}]}]),
        bad(
            "ROIContourSequence[2].ReferencedROINumber",
            _ROI,
            ROIContourSequence=[{"ReferencedROINumber": 2}, {"ReferencedROINumber": 3}],
        ),
        bad(
            "RTROIObservationsSequence[1].ReferencedROINumber",
            _ROI,
            RTROIObservationsSequence=[{"ReferencedROINumber": 0}],
        ),
        bad(
            "RTROIObservationsSequence[1].RTRelatedROISequence[1].ReferencedROINumber",
            _ROI,
            RTROIObservationsSequence=[
                {"ReferencedROINumber": 1, "RTRelatedROISequence": [{"ReferencedROINumber": 5}]}
            ],
        ),
        bad(
            "RTDoseROISequence[1].ReferencedROINumber",
            _ROI,
            RTDoseROISequence=[{"ReferencedROINumber": 8}],
        ),
    ),
)
