"""A picture or selection that an algorithm made does not name the equipment that made it.

## What it does
Looks at Secondary Captures and Key Object Selections that say that a device or an algorithm made them. Their
IODs have no algorithm identification, so that manufacturer, model and software versions must be named of the
equipment (General Equipment, or the secondary capture device), or in an Item of Contributing Equipment
Sequence.

## Why this matters
The captured screen of a program looks like any other picture: who reads it must be able to find out what drew
it, and in which version, to know how far to trust it. Traceability of software as a medical device ends at
such pictures if the equipment is that of the scanner, copied from the source image.

## Example
A Secondary Capture with Derivation Description "output of a neural network" and Manufacturer only.

## Fix
Name the program in Manufacturer, Manufacturer's Model Name and Software Versions, or add an Item with those
and Purpose of Reference 109102 "Processing Equipment" to Contributing Equipment Sequence (0018,A001).
"""

from __future__ import annotations

from collections.abc import Iterator

from dcmlint.algorithmic import RESULTS, equipment, result, severity
from dcmlint.model import Found
from dcmlint.read.item import Instance
from dcmlint.rule import Rule, bad, good

_CONTRIBUTING_EQUIPMENT = 0x0018A001


def check(instance: Instance) -> Iterator[Found]:
    """Yield a finding if no equipment of a result is named with its software."""
    if result(instance) in ("capture", "key objects") and not equipment(instance):
        yield Found(_CONTRIBUTING_EQUIPMENT, severity=severity(instance))


_STORAGE = "1.2.840.10008.5.1.4.1.1."
_SC = {"SOPClassUID": f"{_STORAGE}7", "ConversionType": "SYN", "SeriesDescription": "Deep Learning overlay"}
_NAMED = {"Manufacturer": "ACME", "ManufacturerModelName": "LungFinder", "SoftwareVersions": "2.1"}
_CAPTURE_DEVICE = {
    "SecondaryCaptureDeviceManufacturer": "ACME",
    "SecondaryCaptureDeviceManufacturerModelName": "LungFinder",
    "SecondaryCaptureDeviceSoftwareVersions": "2.1",
}

RULE = Rule(
    severity="warning",
    scope="instance",
    citation="PS3.3 Sections C.7.5.1, C.8.6.1 and C.12.1",
    message="Neither the equipment nor {attribute} names manufacturer, model and version of the algorithm",
    selects=RESULTS,
    check=check,
    cases=(
        good(_SC, **_NAMED),
        good(_SC, **_CAPTURE_DEVICE),
        good(_SC, Manufacturer="Scanner", ContributingEquipmentSequence=[_NAMED]),
        good(_SC, SeriesDescription="3D view"),
        bad("ContributingEquipmentSequence", _SC),
        bad("ContributingEquipmentSequence", _SC, Manufacturer="ACME", SoftwareVersions=""),
        bad(
            "ContributingEquipmentSequence",
            _SC,
            ContributingEquipmentSequence=[{"Manufacturer": "ACME"}, {"SoftwareVersions": "2"}],
        ),
    ),
)
