"""What the content refers to is not listed as evidence.

## What it does
Looks up each SOP Instance that an IMAGE, COMPOSITE or WAVEFORM refers to in Current Requested Procedure
Evidence Sequence and Pertinent Other Evidence Sequence. It must be in one of them, with the same SOP Class.
In a Key Object Selection it must be in the first.

## Why this matters
The evidence lists say in which Study and Series an object is. Without that a workstation cannot retrieve the
image that the report speaks of, and archives do not move it along.

## Example
An IMAGE whose Referenced SOP Instance UID is in neither list; often none is there at all.

## Fix
List each referenced SOP Instance once, below its Study and Series.
"""

from __future__ import annotations

from collections.abc import Iterator

from dcmlint.model import Found
from dcmlint.read.item import Instance
from dcmlint.rule import Rule, bad, good
from dcmlint.sr.evidence import CURRENT_EVIDENCE, OTHER_EVIDENCE, listed, referenced
from dcmlint.sr.sample import container, document, image
from dcmlint.sr.tree import is_cut

_SOP_CLASS = 0x00081150
_SOP_INSTANCE = 0x00081155


def check(instance: Instance) -> Iterator[Found]:
    """Yield each reference that no evidence Sequence has (PS3.3 C.17.2.3, C.17.6.2)."""
    evidence: dict[str, set[str]] | None = None
    for value_type, reference in referenced(instance):
        uid = reference.sop_instance_uid
        if not uid:
            continue
        if evidence is None:
            if is_cut(instance):
                return
            evidence = {}
            for sequence in (CURRENT_EVIDENCE, OTHER_EVIDENCE):
                for known in listed(instance, sequence):
                    evidence.setdefault(known.sop_instance_uid, set()).add(known.sop_class_uid)
        classes = evidence.get(uid)
        if classes is None:
            what = f"is what {_one(value_type)} refers to, but it is not listed as evidence"
            yield Found(_SOP_INSTANCE, {"what": what}, reference.item)
        elif reference.sop_class_uid and reference.sop_class_uid not in classes:
            what = "is not the SOP Class that the evidence Sequence gives for the same SOP Instance"
            yield Found(_SOP_CLASS, {"what": what}, reference.item)


def _one(value_type: str) -> str:
    return f"an {value_type}" if value_type == "IMAGE" else f"a {value_type}"


_CT = "1.2.840.10008.5.1.4.1.1.2"
_AT = "ContentSequence[1].ContentSequence[1].ReferencedSOPSequence[1]."


def _evidence(uid: str, sop_class: str = _CT) -> list[dict[str, object]]:
    reference = {"ReferencedSOPClassUID": sop_class, "ReferencedSOPInstanceUID": uid}
    series = {"SeriesInstanceUID": "2.25.22", "ReferencedSOPSequence": [reference]}
    return [{"StudyInstanceUID": "2.25.21", "ReferencedSeriesSequence": [series]}]


_STATE = [{"ReferencedSOPClassUID": "1.2.840.10008.5.1.4.1.1.11.1", "ReferencedSOPInstanceUID": "2.25.13"}]
_CONTENT = container(image("2.25.11"))
_CURRENT = "CurrentRequestedProcedureEvidenceSequence"
_OTHER = "PertinentOtherEvidenceSequence"

RULE = Rule(
    severity="error",
    scope="instance",
    citation="PS3.3 Section C.17.2.3",
    message="{attribute} {what}",
    selects=("ContentSequence",),
    check=check,
    cases=(
        good(document(_CONTENT, **{_CURRENT: _evidence("2.25.11")})),
        good(document(_CONTENT, **{_OTHER: _evidence("2.25.11"), _CURRENT: _evidence("2.25.14")})),
        good(document(container())),
        bad(_AT + "ReferencedSOPInstanceUID", document(_CONTENT)),
        bad(_AT + "ReferencedSOPInstanceUID", document(_CONTENT, **{_CURRENT: _evidence("2.25.12")})),
        bad(
            _AT + "ReferencedSOPSequence[1].ReferencedSOPInstanceUID",
            document(
                container(image("2.25.11", ReferencedSOPSequence=_STATE)), **{_CURRENT: _evidence("2.25.11")}
            ),
        ),
        bad(
            _AT + "ReferencedSOPClassUID",
            document(_CONTENT, **{_CURRENT: _evidence("2.25.11", "1.2.840.10008.5.1.4.1.1.4")}),
        ),
    ),
)
