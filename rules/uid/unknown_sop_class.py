"""The SOP Class UID lies below DICOM's root, but PS3.6 has no such SOP Class.

## What it does
Looks SOP Class UID (0008,0016) up in the registry of PS3.6 if it is below 1.2.840.10008.

## Why this matters
No receiver accepts a SOP Class that does not exist, and the object cannot be checked. The UID may also be
newer than the edition of the tables: `dcmlint standard list` names it.

## Example
`1.2.840.10008.5.1.4.1.1.2.9`, or the UID of a Transfer Syntax in SOP Class UID.

## Fix
Use the UID that PS3.4 gives for the SOP Class, or one below your own root for a private SOP Class.
"""

from __future__ import annotations

from collections.abc import Iterator

from dcmlint.model import Found
from dcmlint.read.item import Instance
from dcmlint.read.usual import has_current_class
from dcmlint.rule import Rule, bad, good
from dcmlint.standard.dictionary import uid

_SOP_CLASS_UID = 0x00080016
_KINDS = ("SOP Class", "Meta SOP Class")


def check(instance: Instance) -> Iterator[Found]:
    """Yield a finding if DICOM's root is used for something that is no SOP Class."""
    sop_class = instance.sop_class_uid
    if not sop_class.startswith("1.2.840.10008."):
        return
    known = uid(sop_class)
    if known is None:
        yield Found(_SOP_CLASS_UID, {"value": sop_class, "what": "no SOP Class of PS3.6"})
    elif known.kind not in _KINDS:
        what = f"registered in PS3.6, but as {known.kind}"
        yield Found(_SOP_CLASS_UID, {"value": sop_class, "what": what})


RULE = Rule(
    severity="warning",
    scope="instance",
    citation="PS3.6 Annex A",
    message="{attribute} {value} is {what}",
    selects=("SOPClassUID",),
    check=check,
    accepts=has_current_class,
    cases=(
        good(SOPClassUID="1.2.840.10008.5.1.4.1.1.2"),
        good(SOPClassUID="1.2.840.10008.5.1.1.27"),
        good(SOPClassUID="1.3.12.2.1107.5.9.1"),
        good(SOPClassUID=""),
        bad("SOPClassUID", SOPClassUID="1.2.840.10008.5.1.4.1.1.2.9"),
        bad("SOPClassUID", SOPClassUID="1.2.840.10008.1.2.1"),
    ),
)
