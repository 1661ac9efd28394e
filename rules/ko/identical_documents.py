"""A key object selection over several studies does not name its copies.

## What it does
A Key Object Selection Document whose Current Requested Procedure Evidence Sequence lists instances of more
than one Study must have the Identical Documents Sequence (0040,A525): such a document is stored once in each
of the studies, and each copy names the others. Studies that no copy is named for are a warning.

## Why this matters
Someone who opens one of the other studies does not learn that its images were selected, or rejected for
quality reasons.

## Example
A selection compares images of today's study with those of a prior; only today's study has the document.

## Fix
Store a copy in each study that is referred to, and list the others in each.
"""

from __future__ import annotations

from collections.abc import Iterator

from dcmlint.model import Found
from dcmlint.numbering import is_damaged
from dcmlint.read.item import Instance, Item
from dcmlint.rule import Rule, bad, good

_KEY_OBJECTS = "1.2.840.10008.5.1.4.1.1.88.59"
_EVIDENCE = 0x0040A375
_IDENTICAL = 0x0040A525
_STUDY_UID = 0x0020000D


def check(instance: Instance) -> Iterator[Found]:
    """Yield the Sequence if it is missing, or names no copy for a Study (PS3.3 C.17.6.2)."""
    root = instance.root
    if instance.sop_class_uid != _KEY_OBJECTS or is_damaged(instance):
        return
    studies = _studies(root, _EVIDENCE)
    if len(studies) < 2:
        return
    if not root.items(_IDENTICAL):
        yield Found(_IDENTICAL, {"what": f"is missing: the document refers to {len(studies)} studies"})
        return
    without = studies - _studies(root, _IDENTICAL) - {(root.raw(_STUDY_UID) or b"").rstrip(b"\0 ")}
    if without:
        what = f"names no copy in {len(without)} of the studies that the document refers to"
        yield Found(_IDENTICAL, {"what": what}, severity="warning")


def _studies(root: Item, sequence: int) -> set[bytes]:
    uids = {(item.raw(_STUDY_UID) or b"").rstrip(b"\0 ") for item in root.items(sequence) or ()}
    return uids - {b""}


def _evidence(*studies: str) -> list[dict[str, object]]:
    return [{"StudyInstanceUID": study} for study in studies]


_DOCUMENT = {"SOPClassUID": _KEY_OBJECTS, "StudyInstanceUID": "1.2.3"}

RULE = Rule(
    severity="error",
    scope="instance",
    citation="PS3.3 Section C.17.6.2",
    message="{attribute} {what}",
    selects=("CurrentRequestedProcedureEvidenceSequence",),
    check=check,
    cases=(
        good(_DOCUMENT, CurrentRequestedProcedureEvidenceSequence=_evidence("1.2.3")),
        good(_DOCUMENT, CurrentRequestedProcedureEvidenceSequence=_evidence("1.2.3", "1.2.3")),
        good(
            _DOCUMENT,
            CurrentRequestedProcedureEvidenceSequence=_evidence("1.2.3", "1.2.4"),
            IdenticalDocumentsSequence=_evidence("1.2.4"),
        ),
        good(
            SOPClassUID="1.2.840.10008.5.1.4.1.1.88.22",
            CurrentRequestedProcedureEvidenceSequence=_evidence("1.2.3", "1.2.4"),
        ),
        bad(
            "IdenticalDocumentsSequence",
            _DOCUMENT,
            CurrentRequestedProcedureEvidenceSequence=_evidence("1.2.3", "1.2.4"),
        ),
        bad(
            "IdenticalDocumentsSequence",
            _DOCUMENT,
            CurrentRequestedProcedureEvidenceSequence=_evidence("1.2.3", "1.2.4", "1.2.5"),
            IdenticalDocumentsSequence=_evidence("1.2.4"),
        ),
    ),
)
