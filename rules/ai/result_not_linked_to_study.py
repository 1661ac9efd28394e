"""The result of an algorithm lies in another study than all that it was made from.

## What it does
Looks at Segmentations with a segment that an algorithm drew, at Parametric Maps, CAD reports, and at other
reports and Key Object Selections that say that a device or an algorithm made them. If they refer to instances
by study, one of these must be the study of the result: Referenced Series Sequence of a Segmentation or map
has those of its own study, and of the studies in the evidence sequences of a report one must be its own.

## Why this matters
A result in a study of its own is not shown with the images that were analysed, and has no order and no
report. The IHE profile AI Results asks for results in the study of the images.

## Example
A CAD report whose Current Requested Procedure Evidence Sequence names one study, and whose own Study Instance
UID is another.

## Fix
Copy Study Instance UID, patient and order from the images, and take a new Series Instance UID.
"""

from __future__ import annotations

from collections.abc import Iterator

from dcmlint.algorithmic import RESULTS, result, severity
from dcmlint.model import Found
from dcmlint.read.item import Instance
from dcmlint.rule import Rule, bad, good

_STUDY_INSTANCE_UID = 0x0020000D
_OTHER_STUDIES = 0x00081200
_REFERENCED_SERIES = 0x00081115
_EVIDENCE = (0x0040A375, 0x0040A385)


def check(instance: Instance) -> Iterator[Found]:
    """Yield the Study Instance UID of a result that none of its references names."""
    kind = result(instance)
    own = (instance.raw(_STUDY_INSTANCE_UID) or b"").rstrip(b" \0")
    if not own or kind not in ("segmentation", "map", "report", "key objects"):
        return
    tags = (_OTHER_STUDIES,) if kind in ("segmentation", "map") else _EVIDENCE
    studies = {
        (study.raw(_STUDY_INSTANCE_UID) or b"").rstrip(b" \0")
        for tag in tags
        for study in instance.items(tag) or ()
    }
    if studies and b"" not in studies and own not in studies and not instance.items(_REFERENCED_SERIES):
        yield Found(_STUDY_INSTANCE_UID, severity=severity(instance))


_STORAGE = "1.2.840.10008.5.1.4.1.1."
_CAD = {"SOPClassUID": f"{_STORAGE}88.65", "ValueType": "CONTAINER", "StudyInstanceUID": "1.2.3"}
_MAP = {"SOPClassUID": f"{_STORAGE}30", "ContentLabel": "MAP", "StudyInstanceUID": "1.2.3"}
_OWN, _OTHER = {"StudyInstanceUID": "1.2.3"}, {"StudyInstanceUID": "1.2.4"}

RULE = Rule(
    severity="warning",
    scope="instance",
    citation="PS3.3 Sections C.12.2 and C.17.2",
    message="{attribute} is none of the studies that the result was made from",
    selects=RESULTS,
    check=check,
    cases=(
        good(_CAD, CurrentRequestedProcedureEvidenceSequence=[_OTHER, _OWN]),
        good(_CAD, PertinentOtherEvidenceSequence=[_OWN]),
        good(_CAD),
        good(_CAD, SOPClassUID=f"{_STORAGE}88.33", CurrentRequestedProcedureEvidenceSequence=[_OTHER]),
        good(_MAP, ReferencedSeriesSequence=[{"SeriesInstanceUID": "1.2.5"}]),
        good(
            _MAP,
            ReferencedSeriesSequence=[{"SeriesInstanceUID": "1.2.5"}],
            StudiesContainingOtherReferencedInstancesSequence=[_OTHER],
        ),
        bad("StudyInstanceUID", _CAD, CurrentRequestedProcedureEvidenceSequence=[_OTHER]),
        bad("StudyInstanceUID", _MAP, StudiesContainingOtherReferencedInstancesSequence=[_OTHER]),
    ),
)
