"""A document refers to itself.

## What it does
Compares the SOP Instance UID of the document with those that it names as predecessor, as identical document
in another Study, as evidence, and in its content. None may be its own.

## Why this matters
Systems follow predecessors to find what a report replaces, and fetch identical documents and evidence. One
that leads back to itself replaces nothing, or is fetched for ever.

## Example
Predecessor Documents Sequence with the SOP Instance UID of the amended report instead of the first one.

## Fix
Give the new document its own SOP Instance UID, and keep that of the old one in the reference.
"""

from __future__ import annotations

from collections.abc import Iterator

from dcmlint.model import Found
from dcmlint.read.item import Instance
from dcmlint.rule import Rule, bad, good
from dcmlint.sr.evidence import CURRENT_EVIDENCE, OTHER_EVIDENCE, listed, referenced
from dcmlint.sr.sample import document, image

_SOP_INSTANCE = 0x00081155
_PLACES = (
    (0x0040A360, "as its own predecessor"),
    (0x0040A525, "as identical with itself"),
    (CURRENT_EVIDENCE, "as evidence of itself"),
    (OTHER_EVIDENCE, "as evidence of itself"),
)


def check(instance: Instance) -> Iterator[Found]:
    """Yield each reference of a document to itself (PS3.3 C.17.2.2, C.17.2.3, C.17.2.6)."""
    own = instance.sop_instance_uid
    if not own:
        return
    for sequence, how in _PLACES:
        if sequence in instance.root.elements:
            for reference in listed(instance, sequence):
                if reference.sop_instance_uid == own:
                    yield Found(_SOP_INSTANCE, {"how": how}, reference.item)
    for _, reference in referenced(instance):
        if reference.sop_instance_uid == own:
            yield Found(_SOP_INSTANCE, {"how": "in its content"}, reference.item)


_CLASS = "1.2.840.10008.5.1.4.1.1.88.11"
_OWN = {"SOPClassUID": _CLASS, "SOPInstanceUID": "2.25.9"}
_AT = "[1].ReferencedSeriesSequence[1].ReferencedSOPSequence[1].ReferencedSOPInstanceUID"


def _documents(uid: str) -> list[dict[str, object]]:
    reference = {"ReferencedSOPClassUID": _CLASS, "ReferencedSOPInstanceUID": uid}
    series = {"SeriesInstanceUID": "2.25.22", "ReferencedSOPSequence": [reference]}
    return [{"StudyInstanceUID": "2.25.21", "ReferencedSeriesSequence": [series]}]


RULE = Rule(
    severity="error",
    scope="instance",
    citation="PS3.3 Sections C.17.2.2, C.17.2.3 and C.17.2.6",
    message="the document names itself {how}",
    selects=("ContentSequence", "PredecessorDocumentsSequence", "IdenticalDocumentsSequence"),
    check=check,
    cases=(
        good(_OWN, PredecessorDocumentsSequence=_documents("2.25.8")),
        good(document(image("2.25.8"), **_OWN)),
        good(PredecessorDocumentsSequence=_documents("")),
        bad("PredecessorDocumentsSequence" + _AT, _OWN, PredecessorDocumentsSequence=_documents("2.25.9")),
        bad("IdenticalDocumentsSequence" + _AT, _OWN, IdenticalDocumentsSequence=_documents("2.25.9")),
        bad(
            "CurrentRequestedProcedureEvidenceSequence" + _AT,
            document(
                **_OWN, CurrentRequestedProcedureEvidenceSequence=_documents("2.25.9"), ContentSequence=[]
            ),
        ),
        bad(
            "ContentSequence[1].ReferencedSOPSequence[1].ReferencedSOPInstanceUID",
            document(image("2.25.9"), **_OWN),
        ),
    ),
)
