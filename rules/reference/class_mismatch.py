"""A reference gives another SOP Class than the instance has.

## What it does
Compares Referenced SOP Class UID (0008,1150) with the SOP Class UID of the instance that Referenced SOP
Instance UID names, wherever that is among what was scanned.

## Why this matters
Programs decide by the class how to load what is referred to, and archives look instances up by both UIDs.

## Example
A report that was converted for Enhanced CT still refers to its images as CT Images.

## Fix
Copy the SOP Class UID from the instance that is referred to.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from dcmlint.model import Found
from dcmlint.rule import Rule, bad_group, good_group
from dcmlint.standard.dictionary import uid

if TYPE_CHECKING:
    from dcmlint.group import Group, Member


_REFERENCED_CLASS = 0x00081150


def check(group: Group) -> Iterator[tuple[Member, Found]]:
    """Yield the Sequences that hold references of another class, once each."""
    for member in group.members:
        told: set[int] = set()
        for each in member.facts.references:
            if each.tag in told or not each.sop_class_uid:
                continue
            known = group.known.find(each.sop_instance_uid)
            if known is not None and known[0] and known[0] != each.sop_class_uid:
                told.add(each.tag)
                args = {"said": _name(each.sop_class_uid), "is": _name(known[0])}
                yield member, Found(each.tag, args, attributes=(each.tag, _REFERENCED_CLASS))


def _name(sop_class: str) -> str:
    registered = uid(sop_class)
    return registered.name if registered is not None else "an unregistered SOP Class"


_CT = {
    "SOPClassUID": "1.2.840.10008.5.1.4.1.1.2",
    "SOPInstanceUID": "1.2.3.1",
    "StudyInstanceUID": "1.2.3",
}
_MR = "1.2.840.10008.5.1.4.1.1.4"


def _refers(sop_class: str, uid: str = "1.2.3.1") -> dict[str, object]:
    item = {"ReferencedSOPClassUID": sop_class, "ReferencedSOPInstanceUID": uid}
    return {"SOPInstanceUID": "1.2.3.9", "StudyInstanceUID": "1.2.3", "SourceImageSequence": [item]}


RULE = Rule(
    severity="error",
    scope="group",
    citation="PS3.3 Table 10-11",
    message="{attribute} refers to an instance as {said}, which is {is}",
    over=("study",),
    check=check,
    cases=(
        good_group(_CT, _refers("1.2.840.10008.5.1.4.1.1.2")),
        good_group(_CT, _refers(_MR, "1.2.3.2")),
        good_group(_CT, _refers("")),
        bad_group("1", "SourceImageSequence", _CT, _refers(_MR)),
        bad_group("1", "SourceImageSequence", _CT, {**_refers(_MR), "StudyInstanceUID": "1.2.99"}),
    ),
)
