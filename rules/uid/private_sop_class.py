"""The SOP Class is private.

## What it does
Notes a SOP Class UID (0008,0016) that is not below DICOM's root 1.2.840.10008. Such objects get the generic
checks of encoding and values only.

## Why this matters
Other vendors' systems may refuse or fail to show the object; what it must hold is written in the
vendor's conformance statement only.

## Example
`1.3.12.2.1107.5.9.1`, Siemens CSA Non-Image Storage.

## Fix
Nothing, if the object stays with systems that know it. For interchange use a Standard SOP Class, such as
Raw Data Storage.
"""

from __future__ import annotations

from collections.abc import Iterator

from dcmlint.model import Found
from dcmlint.read.item import Instance
from dcmlint.read.uid_form import uid_fault
from dcmlint.read.usual import has_current_class
from dcmlint.rule import Rule, bad, good


def check(instance: Instance) -> Iterator[Found]:
    """Yield a finding if the SOP Class UID is well formed and not DICOM's."""
    sop_class = instance.sop_class_uid
    is_uid = sop_class.isascii() and not set(sop_class) - set("0123456789.")
    if sop_class and is_uid and not sop_class.startswith("1.2.840.10008.") and uid_fault(sop_class) is None:
        yield Found(0x00080016, {"value": sop_class})


RULE = Rule(
    severity="note",
    scope="instance",
    citation="PS3.6 Annex A",
    message="{attribute} {value} names a private SOP Class",
    selects=("SOPClassUID",),
    check=check,
    accepts=has_current_class,
    cases=(
        good(SOPClassUID="1.2.840.10008.5.1.4.1.1.2"),
        good(SOPClassUID="9.9.9.9.9"),
        good(SOPClassUID="CT"),
        good(SOPClassUID=""),
        bad("SOPClassUID", SOPClassUID="1.3.12.2.1107.5.9.1"),
        bad("SOPClassUID", SOPClassUID="1.2.840.113619.4.26"),
    ),
)
