"""The result of an algorithm does not say which images it was made from.

## What it does
Looks at Segmentations with a segment that an algorithm drew, at Parametric Maps, CAD reports, and at other
reports, Key Object Selections and Secondary Captures that say that a device or an algorithm made them. They
must refer to an instance: by Referenced Series Sequence, Derivation Image Sequence, an evidence sequence,
Source Image Sequence or the like, or in the content of the report. Where all that a report says is that a
device observed, this is a note: so do those of scanners.

## Why this matters
A result that cannot be laid over its images can neither be checked by the radiologist nor be repeated, and
when one of the images turns out to be wrong, nobody finds what was derived from it. Regulators ask makers of
software as a medical device for this traceability, and the IHE profile AI Results is built on the references.

## Example
A Segmentation with Segment Algorithm Type AUTOMATIC and no Referenced Series Sequence.

## Fix
List what the algorithm has read in the sequence that the IOD has for it: Referenced Series Sequence,
Current Requested Procedure Evidence Sequence or Source Image Sequence.
"""

from __future__ import annotations

from collections.abc import Iterator

from dcmlint.algorithmic import RESULTS, refers_to_sources, result, severity
from dcmlint.model import Found
from dcmlint.read.item import Instance
from dcmlint.rule import Rule, bad, good

_WHERE = {
    "segmentation": 0x00081115,
    "map": 0x00081115,
    "report": 0x0040A375,
    "key objects": 0x0040A375,
    "capture": 0x00082112,
}
"""The attribute that should have the references."""


def check(instance: Instance) -> Iterator[Found]:
    """Yield the attribute that a result without any reference lacks."""
    kind = result(instance)
    if kind and not refers_to_sources(instance):
        yield Found(_WHERE[kind], severity=severity(instance))


_STORAGE = "1.2.840.10008.5.1.4.1.1."
_SEG = {"SOPClassUID": f"{_STORAGE}66.4", "SegmentSequence": [{"SegmentAlgorithmType": "AUTOMATIC"}]}
_REFERENCED = [{"SeriesInstanceUID": "1.2.3"}]
_SC = {"SOPClassUID": f"{_STORAGE}7", "ConversionType": "SYN"}
_DEVICE = {
    "SOPClassUID": f"{_STORAGE}88.33",
    "ValueType": "CONTAINER",
    "ContentSequence": [
        {
            "ValueType": "CODE",
            "ConceptNameCodeSequence": [{"CodeValue": "121005", "CodingSchemeDesignator": "DCM"}],
            "ConceptCodeSequence": [{"CodeValue": "121007", "CodingSchemeDesignator": "DCM"}],
        }
    ],
}

RULE = Rule(
    severity="warning",
    scope="instance",
    citation="PS3.3 Sections C.12.2, C.7.6.16.2.6, C.17.2 and C.12.4.1",
    message="{attribute} is missing, and so is any other reference to what the result was made from",
    selects=RESULTS,
    check=check,
    cases=(
        good(_SEG, ReferencedSeriesSequence=_REFERENCED),
        good(
            _SEG,
            SharedFunctionalGroupsSequence=[{"DerivationImageSequence": [{"SourceImageSequence": [{}]}]}],
        ),
        good(_SEG, SegmentSequence=[{"SegmentAlgorithmType": "MANUAL"}]),
        good(_SC),
        good(_SC, DerivationDescription="drawn by hand"),
        good(_DEVICE, CurrentRequestedProcedureEvidenceSequence=[{"StudyInstanceUID": "1.2"}]),
        good(_DEVICE, ContentSequence=[{"ValueType": "TEXT"}]),
        good(_DEVICE, SOPClassUID=f"{_STORAGE}88.67"),
        good(SOPClassUID=f"{_STORAGE}30", ContentLabel="MAP", ReferencedSeriesSequence=_REFERENCED),
        bad("ReferencedSeriesSequence", _SEG),
        bad("ReferencedSeriesSequence", _SEG, ReferencedSeriesSequence=[]),
        bad("ReferencedSeriesSequence", SOPClassUID=f"{_STORAGE}30", ContentLabel="MAP"),
        bad("CurrentRequestedProcedureEvidenceSequence", _DEVICE),
        bad("CurrentRequestedProcedureEvidenceSequence", _DEVICE, SOPClassUID=f"{_STORAGE}88.59"),
        bad("SourceImageSequence", _SC, DerivationDescription="output of a neural network"),
    ),
)
