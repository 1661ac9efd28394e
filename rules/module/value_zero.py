"""A quantity is zero that cannot be.

## What it does
Checks quantities of the patient, the equipment and the acquisition that are never zero in reality: a
patient's weight, the tube voltage, the distance from source to detector. Such a zero mostly stands for "not
known", or comes from rounding. It is a note; where the standard itself excludes the zero, a warning.

## Why this matters
The zero is taken for a measurement: a dose or an uptake value that is calculated with a weight of 0 is
wrong or infinite, and statistics over many studies are spoiled.

## Example
Patient's Weight 0, where the weight was not entered.

## Fix
Leave the attribute empty or out of the object if the quantity is not known.
"""

from __future__ import annotations

from collections.abc import Iterator

from dcmlint.model import Found
from dcmlint.read.item import Item
from dcmlint.read.numbers import is_surely_positive
from dcmlint.rule import Rule, bad, good
from dcmlint.standard.dictionary import tag_of

_SELECTED = (
    "PatientWeight",
    "PatientSize",
    "PatientBodyMassIndex",
    "KVP",
    "ExposureTime",
    "ExposureTimeInms",
    "ExposureTimeInuS",
    "XRayTubeCurrent",
    "XRayTubeCurrentInmA",
    "XRayTubeCurrentInuA",
    "AveragePulseWidth",
    "DistanceSourceToDetector",
    "DistanceSourceToPatient",
    "DistanceSourceToEntrance",
    "DistanceSourceToIsocenter",
    "DistanceSourceToDataCollectionCenter",
    "BodyPartThickness",
    "HalfValueLayer",
    "IntensifierSize",
    "GeneratorPower",
    "DataCollectionDiameter",
    "ReconstructionDiameter",
    "RevolutionTime",
    "SingleCollimationWidth",
    "TotalCollimationWidth",
    "SpiralPitchFactor",
    "WaterEquivalentDiameter",
    "MagneticFieldStrength",
    "ImagingFrequency",
    "TransmitterFrequency",
    "RepetitionTime",
    "EchoTime",
    "EchoTrainLength",
    "NumberOfAverages",
    "PercentSampling",
    "PercentPhaseFieldOfView",
    "PixelBandwidth",
    "RadionuclideHalfLife",
    "RadionuclideTotalDose",
    "DecayFactor",
    "DeadTimeFactor",
    "AxialLengthOfTheEye",
    "HorizontalFieldOfView",
    "ObjectiveLensPower",
)
"""Attributes of which dicom3tools doubts the zero, those left out that rounding makes zero."""

_TAGS = frozenset(map(tag_of, _SELECTED))


def check(item: Item) -> Iterator[Found]:
    """Yield each quantity with a value of zero."""
    for tag in sorted(_TAGS & item.elements.keys()):
        if is_surely_positive(item, tag):
            continue
        if 0 in (item.get(tag) or ()):
            yield Found(tag, severity="note")


RULE = Rule(
    severity="warning",
    scope="item",
    citation="PS3.3 Section C.7.2.2",
    message="{attribute} is 0, which this quantity cannot be",
    selects=_SELECTED,
    check=check,
    reads=_SELECTED,
    cases=(
        good(PatientWeight=70, PatientSize=1.75),
        good(PatientWeight=None, KVP="0.1"),
        good(TableHeight=0, FlipAngle=0),
        bad("PatientWeight", PatientWeight=0),
        bad("KVP", KVP="0.00"),
        bad("ExposureSequence[1].KVP", ExposureSequence=[{"KVP": 0}]),
        bad("ImagedVolumeWidth", SOPClassUID="1.2.840.10008.5.1.4.1.1.77.1.6", ImagedVolumeWidth=0.0),
    ),
)
