"""A Data Set does not say what it is: SOP Class UID or SOP Instance UID is absent or empty.

## What it does
Reports an absent or empty SOP Class UID (0008,0016) of a stored Data Set, and an absent or empty SOP
Instance UID (0008,0018) where no tables apply to the SOP Class. With tables `module/missing-type-1` reports
them. Directories, worklist entries, procedure steps and commitment requests, which are identified in their
messages, are left alone.

## Why this matters
Without the SOP Class nobody knows what the Data Set must hold, and without the SOP Instance UID no archive
can store it.

## Example
A CT image whose File Meta Information names the SOP Class but whose Data Set does not.

## Fix
Write both into the Data Set, equal to Media Storage SOP Class UID and Media Storage SOP Instance UID.
"""

from __future__ import annotations

from collections.abc import Iterator

from dcmlint.model import Found
from dcmlint.read.item import Instance
from dcmlint.read.usual import has_current_class
from dcmlint.rule import Rule, bad, good
from dcmlint.standard.dictionary import uid

_SOP_CLASS_UID = 0x00080016
_SOP_INSTANCE_UID = 0x00080018
_MEDIA_STORAGE_SOP_CLASS_UID = 0x00020002
# Directory Records, Scheduled Procedure Steps, Performed Series, Unified Procedure Steps, commitment.
_IDENTIFIED_ELSEWHERE = (0x00041220, 0x00400100, 0x00400340, 0x00741000, 0x00081195)


def check(instance: Instance) -> Iterator[Found]:
    """Yield a finding for each of the two UIDs that is not there."""
    sop_class = instance.sop_class_uid
    if not sop_class and _is_identified_elsewhere(instance):
        return
    if not sop_class:
        yield Found(_SOP_CLASS_UID, {"what": _what(instance, _SOP_CLASS_UID)})
    known = uid(sop_class)
    if not instance.sop_instance_uid and (known is None or not known.iod):
        yield Found(_SOP_INSTANCE_UID, {"what": _what(instance, _SOP_INSTANCE_UID)})


def _what(instance: Instance, tag: int) -> str:
    return "absent" if instance.root.element(tag) is None else "empty"


def _is_identified_elsewhere(instance: Instance) -> bool:
    if not instance.root.elements or any(tag in instance.root.elements for tag in _IDENTIFIED_ELSEWHERE):
        return True
    meta = instance.meta
    raw = None if meta is None else meta.raw(_MEDIA_STORAGE_SOP_CLASS_UID)
    known = uid((raw or b"").rstrip(b"\0 ").decode("latin-1"))
    return known is not None and not known.iod and not known.retired


RULE = Rule(
    severity="error",
    scope="instance",
    citation="PS3.3 Section C.12.1",
    message="{attribute} is {what}",
    check=check,
    accepts=has_current_class,
    cases=(
        good(SOPClassUID="1.2.840.10008.5.1.4.1.1.2", SOPInstanceUID="2.25.7"),
        good(SOPClassUID="1.2.840.10008.5.1.4.1.1.2"),
        good(SOPClassUID="1.3.12.2.1107.5.9.1", SOPInstanceUID="2.25.7"),
        good(ScheduledProcedureStepSequence=[{"Modality": "CT"}], PatientID="1"),
        good(DirectoryRecordSequence=[{"DirectoryRecordType": "PATIENT"}]),
        bad("SOPClassUID", SOPInstanceUID="2.25.7", Modality="CT"),
        bad("SOPClassUID", SOPClassUID="", SOPInstanceUID="2.25.7", Modality="CT"),
        bad("SOPInstanceUID", Modality="CT"),
        bad("SOPInstanceUID", SOPClassUID="1.3.12.2.1107.5.9.1", SOPInstanceUID=""),
    ),
)
