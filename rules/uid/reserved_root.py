"""A UID that identifies an instance lies below the root that is reserved to DICOM.

## What it does
Reports UIDs below 1.2.840.10008 in Attributes whose values their creator assigns: SOP instances, studies,
series, frames of reference, devices, events and the like. The well-known frames of reference, the colour
palettes and other well-known instances that PS3.6 registers are fine.

## Why this matters
Only the DICOM Standards Committee assigns UIDs there. One that was made up, usually by copying an example,
is not unique: other people copied the same example.

## Example
SOP Instance UID (0008,0018) `1.2.840.10008.5.1.4.1.1.2.1`.

## Fix
Use the root of your organisation, or 2.25 and a UUID.
"""

from __future__ import annotations

from collections.abc import Iterator

from dcmlint.model import Found
from dcmlint.read.uid_roles import is_instance_role
from dcmlint.rule import Rule, bad, good
from dcmlint.standard.dictionary import uid
from dcmlint.value import Value
from dcmlint.value_field import trailing_stripped

_ROOT = "1.2.840.10008"
_FRAMES_OF_REFERENCE = _ROOT + ".1.4."
_NO_INSTANCES = frozenset(("SOP Class", "Meta SOP Class", "Transfer Syntax", "Service Class"))


def check(value: Value) -> Iterator[Found]:
    """Yield a finding for the first UID that only DICOM may assign."""
    if not is_instance_role(value.tag):
        return
    for part in trailing_stripped(value):
        text = part.decode("latin-1")
        if (text == _ROOT or text.startswith(_ROOT + ".")) and not _is_well_known(text):
            yield Found(value.tag)
            return


def _is_well_known(text: str) -> bool:
    if text.startswith(_FRAMES_OF_REFERENCE):
        return True
    registered = uid(text)
    return registered is not None and registered.kind not in _NO_INSTANCES


RULE = Rule(
    severity="error",
    scope="value",
    citation="PS3.5 Section 9.2",
    message="{attribute} lies below the root 1.2.840.10008, which is reserved to DICOM",
    selects=("UI",),
    check=check,
    by_value=True,
    cases=(
        good(SOPInstanceUID="1.2.840.113619.2.1"),
        good(SOPInstanceUID="1.2.840.100081.5"),
        good(FrameOfReferenceUID="1.2.840.10008.1.4.1.1"),
        good(SynchronizationFrameOfReferenceUID="1.2.840.10008.15.1.1"),
        good(ReferencedSOPInstanceUID="1.2.840.10008.1.5.1"),
        good(SOPClassUID="1.2.840.10008.5.1.4.1.1.2"),
        good(CodingSchemeUID="1.2.840.10008.2.16.4"),
        good(ContextUID="1.2.840.10008.6.1.1"),
        bad("SOPInstanceUID", SOPInstanceUID="1.2.840.10008.5.1.4.1.1.2.1"),
        bad("SOPInstanceUID", SOPInstanceUID="1.2.840.10008.5.1.4.1.1.2"),
        bad("StudyInstanceUID", StudyInstanceUID="1.2.840.10008.1.2.3"),
        bad("FrameOfReferenceUID", FrameOfReferenceUID="1.2.840.10008.20.7"),
        bad(
            "ReferencedStudySequence[1].ReferencedSOPInstanceUID",
            ReferencedStudySequence=[{"ReferencedSOPInstanceUID": "1.2.840.10008"}],
        ),
    ),
)
