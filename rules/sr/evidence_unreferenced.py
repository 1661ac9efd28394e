"""Evidence is listed that the content never refers to.

## What it does
Counts the SOP Instances in Current Requested Procedure Evidence Sequence and Pertinent Other Evidence
Sequence that no Content Item refers to. In a Structured Report the lists may well hold more than the content
refers to, so this is a note. A Key Object Selection lists what its content refers to: there it is a warning.

## Why this matters
Systems that fetch or lock the evidence handle images that nobody marked; in a selection it means that an
image was selected and lost, or removed from one of the two lists only.

## Example
A Key Object Selection with five images as evidence, and four IMAGE Content Items.

## Fix
List what the content refers to. Evidence that was looked at, but is not mentioned, may stay in a report.
"""

from __future__ import annotations

from collections.abc import Iterator

from dcmlint.model import Found, Severity
from dcmlint.read.item import Instance
from dcmlint.rule import Rule, bad, good
from dcmlint.sr.evidence import CURRENT_EVIDENCE, OTHER_EVIDENCE, listed, referenced
from dcmlint.sr.sample import document, image
from dcmlint.sr.tree import content_tree, is_cut

_SELECTIONS = frozenset(("1.2.840.10008.5.1.4.1.1.88.59", "1.2.840.10008.10.4"))
"""Key Object Selection Document and Rendition Selection Document."""


def check(instance: Instance) -> Iterator[Found]:
    """Yield the evidence Sequences with SOP Instances that no Content Item refers to (PS3.3 C.17.2.3)."""
    if content_tree(instance) is None or is_cut(instance):
        return
    used = {reference.sop_instance_uid for _, reference in referenced(instance)}
    severity: Severity = "warning" if instance.sop_class_uid in _SELECTIONS else "note"
    for sequence in (CURRENT_EVIDENCE, OTHER_EVIDENCE):
        idle = {known.sop_instance_uid for known in listed(instance, sequence)} - used
        if idle:
            yield Found(sequence, {"count": len(idle)}, severity=severity)


_CT = "1.2.840.10008.5.1.4.1.1.2"
_CURRENT = "CurrentRequestedProcedureEvidenceSequence"
_OTHER = "PertinentOtherEvidenceSequence"


def _evidence(*uids: str) -> list[dict[str, object]]:
    references = [{"ReferencedSOPClassUID": _CT, "ReferencedSOPInstanceUID": uid} for uid in uids]
    series = {"SeriesInstanceUID": "2.25.22", "ReferencedSOPSequence": references}
    return [{"StudyInstanceUID": "2.25.21", "ReferencedSeriesSequence": [series]}]


RULE = Rule(
    severity="warning",
    scope="instance",
    citation="PS3.3 Sections C.17.2.3 and C.17.6.2",
    message="{attribute} lists {count} SOP Instance(s) that no Content Item refers to",
    selects=(_CURRENT, _OTHER),
    check=check,
    cases=(
        good(document(image("2.25.11"), **{_CURRENT: _evidence("2.25.11")})),
        good({_CURRENT: _evidence("2.25.11")}),
        bad(_CURRENT, document(image("2.25.11"), **{_CURRENT: _evidence("2.25.11", "2.25.12")})),
        bad(_OTHER, document(image("2.25.11"), **{_OTHER: _evidence("2.25.12")})),
    ),
)
