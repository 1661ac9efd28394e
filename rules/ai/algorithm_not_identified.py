"""The result of an algorithm does not say which algorithm, in which version, made it.

## What it does
Of Segmentations, it looks at each segment that an algorithm drew: Segmentation Algorithm Identification
Sequence has family, name and version. Its absence is a note where Segment Algorithm Name and the Software
Versions of the equipment are there, and a warning otherwise. Reports by a device or an algorithm must have
the name of the algorithm in their content (TID 4019), or name manufacturer, model and software versions of
the equipment; Parametric Maps must do the latter.

## Why this matters
Algorithms change several times a year, and a recall or a drift in quality concerns one version. Without name
and version nobody can tell which of the archived results it concerns: the reason why makers of software as a
medical device must be able to trace each output to a version, and why the IHE profile AI Results asks for
algorithm identification.

## Example
A segment with Segment Algorithm Type AUTOMATIC and Segment Algorithm Name "unet", in an object without
Software Versions.

## Fix
Add Segmentation Algorithm Identification Sequence (0062,0007) to the segment, TID 4019 to the report, and
name Manufacturer, Manufacturer's Model Name and Software Versions of the algorithm in the equipment.
"""

from __future__ import annotations

from collections.abc import Iterator

from dcmlint.algorithmic import (
    ALGORITHM_NAME,
    RESULTS,
    SEGMENTS,
    equipment,
    has_code,
    is_automatic,
    result,
    severity,
)
from dcmlint.model import Found
from dcmlint.read.item import Instance
from dcmlint.rule import Rule, bad, good

_IDENTIFICATION = 0x00620007
_NAME = 0x00620009
_SOFTWARE_VERSIONS = 0x00181020


def check(instance: Instance) -> Iterator[Found]:
    """Yield the first segment without its algorithm, or a result whose equipment does not name it."""
    kind = result(instance)
    if kind == "segmentation":
        yield from _segments(instance)
    elif (
        kind in ("map", "report") and not equipment(instance) and not has_code(instance.root, ALGORITHM_NAME)
    ):
        what = "or Manufacturer or ManufacturerModelName is: they would tell the algorithm"
        yield Found(_SOFTWARE_VERSIONS, {"what": what}, severity=severity(instance))


def _segments(instance: Instance) -> Iterator[Found]:
    versions = (instance.raw(_SOFTWARE_VERSIONS) or b"").strip(b" \0\\")
    for segment in instance.items(SEGMENTS) or ():
        if not is_automatic(segment) or segment.items(_IDENTIFICATION):
            continue
        known = bool(versions and segment.raw(_NAME))
        what = "so that only the equipment tells a version" if known else "and nothing tells a version"
        yield Found(_IDENTIFICATION, {"what": what}, segment, severity="note" if known else "warning")
        return


_STORAGE = "1.2.840.10008.5.1.4.1.1."
_SEGMENT = {"SegmentAlgorithmType": "AUTOMATIC", "SegmentAlgorithmName": "unet"}
_SEG = {"SOPClassUID": f"{_STORAGE}66.4"}
_IDENTIFIED = {**_SEGMENT, "SegmentationAlgorithmIdentificationSequence": [{"AlgorithmName": "unet"}]}
_MAP = {"SOPClassUID": f"{_STORAGE}30", "ContentLabel": "MAP"}
_NAMED = {"Manufacturer": "ACME", "ManufacturerModelName": "LungFinder", "SoftwareVersions": "2.1"}
_CAD = {"SOPClassUID": f"{_STORAGE}88.65", "ValueType": "CONTAINER"}
_NAME_CODE = {"CodeValue": "111001", "CodingSchemeDesignator": "DCM"}
_TID_4019 = [{"ContentSequence": [{"ConceptNameCodeSequence": [_NAME_CODE]}]}]
_AT = "SegmentSequence[2].SegmentationAlgorithmIdentificationSequence"

RULE = Rule(
    severity="warning",
    scope="instance",
    citation="PS3.3 Sections 10.16 and C.8.20.2; PS3.16 TID 4019",
    message="{attribute} is missing, {what}",
    selects=RESULTS,
    check=check,
    cases=(
        good(_SEG, SegmentSequence=[_IDENTIFIED]),
        good(_SEG, SegmentSequence=[{"SegmentAlgorithmType": "MANUAL"}]),
        good(_SEG, SegmentSequence=[{**_SEGMENT, "SegmentNumber": 0}, _IDENTIFIED]),
        good(_MAP, **_NAMED),
        good(_MAP, ContributingEquipmentSequence=[{"Manufacturer": "A"}, _NAMED]),
        good(_CAD, ContentSequence=_TID_4019),
        good(_CAD, **_NAMED),
        good(_CAD, SOPClassUID=f"{_STORAGE}88.33"),
        bad(_AT, _SEG, SegmentSequence=[_IDENTIFIED, _SEGMENT]),
        bad(_AT, _SEG, SegmentSequence=[_IDENTIFIED, _SEGMENT], SoftwareVersions="2.1"),
        bad("SoftwareVersions", _MAP),
        bad("SoftwareVersions", _MAP, Manufacturer="ACME", SoftwareVersions="2"),
        bad("SoftwareVersions", _CAD),
    ),
)
