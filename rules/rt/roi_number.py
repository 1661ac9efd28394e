"""Two ROIs, or two observations, have the same number.

## What it does
Compares ROI Number (3006,0022) of all Items of the Structure Set ROI Sequence, and Observation Number
(3006,0082) of all Items of the RT ROI Observations Sequence. Each must be unique.

## Why this matters
Contours, observations, dose volume histograms and plans refer to an ROI by its number. With two ROIs of one
number, contours of an organ at risk may be taken for the target.

## Example
Two ROIs have ROI Number 3, after structure sets were merged.

## Fix
Give each ROI a number of its own, and correct every Referenced ROI Number.
"""

from __future__ import annotations

from collections.abc import Iterator

from dcmlint.model import Found
from dcmlint.numbering import repeated
from dcmlint.read.item import Instance
from dcmlint.rule import Rule, bad, good

_ROIS = 0x30060020
_ROI_NUMBER = 0x30060022
_OBSERVATIONS = 0x30060080
_OBSERVATION_NUMBER = 0x30060082


def check(instance: Instance) -> Iterator[Found]:
    """Yield each number that an earlier Item of its Sequence has (PS3.3 C.8.8.5, C.8.8.8)."""
    for sequence, tag, what in (
        (_ROIS, _ROI_NUMBER, "ROI"),
        (_OBSERVATIONS, _OBSERVATION_NUMBER, "observation"),
    ):
        for item, number in repeated(instance.root.items(sequence) or (), tag):
            yield Found(tag, {"number": number, "what": what}, item)


RULE = Rule(
    severity="error",
    scope="instance",
    citation="PS3.3 Section C.8.8.5",
    message="{attribute} {number} is that of an earlier {what}",
    selects=("StructureSetROISequence", "RTROIObservationsSequence"),
    check=check,
    cases=(
        good(StructureSetROISequence=[{"ROINumber": 1}, {"ROINumber": 7}]),
        good(StructureSetROISequence=[{"ROINumber": None}, {}, {"ROINumber": "x"}, {"ROINumber": "x"}]),
        good(RTROIObservationsSequence=[{"ObservationNumber": 0}, {"ObservationNumber": 1}]),
        bad("StructureSetROISequence[2].ROINumber", StructureSetROISequence=[{"ROINumber": 1}] * 2),
        bad(
            "RTROIObservationsSequence[3].ObservationNumber",
            RTROIObservationsSequence=[
                {"ObservationNumber": 1},
                {"ObservationNumber": 2},
                {"ObservationNumber": 1},
            ],
        ),
    ),
)
