"""Two files have one SOP Instance UID and different contents.

## What it does
Compares all files of a run, or of an archive, that have the same SOP Instance UID (0008,0018). They must be
copies. Lengths, VRs, group lengths, padding, and what is private do not count, and of large pixel data the
length and the start are compared. A copy in another Transfer
Syntax is compared by its study, series, SOP Class, size, number and position. A difference in Attributes of
Patient and Study alone is a warning, since an archive may correct those and keep the UID.

## Why this matters
An archive keeps one of the two and drops or overwrites the other. Whatever refers to the instance may show
an image that was never meant.

## Example
A program that writes slices reuses the UID of the first one for all of them.

## Fix
Generate a new SOP Instance UID for each instance, and whenever pixel data change.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from dcmlint.model import Found
from dcmlint.rule import Raw, Rule, bad_group, good_group

if TYPE_CHECKING:
    from dcmlint.group import Group, Known, Member


_SOP_INSTANCE_UID = 0x00080018
_SYNTAX = 0x00020010
_SAME_IN_ANY_SYNTAX = (
    *(
        0x0020000D,
        0x0020000E,
        0x00200013,
        0x00200032,
        0x00200037,
        0x00280008,
        0x00280010,
        0x00280011,
        0x00280100,
    ),
)


def check(group: Group) -> Iterator[tuple[Member, Found]]:
    """Yield each member that is no copy of the first one."""
    first = group.members[0]
    for member in group.members[1:]:
        severity = _difference(group.known, first, member)
        if severity:
            what = "contents" if severity == "error" else "Attributes of the patient or study"
            args = {"other": first.file, "what": what}
            yield member, Found(_SOP_INSTANCE_UID, args, severity=severity)  # type: ignore[arg-type]


def _difference(known: Known, one: Member, other: Member) -> str:
    """Return how grave the difference is, "" where there is none that is sure."""
    a, b = one.facts, other.facts
    if a.content == b.content and a.coding == b.coding:
        return ""
    if a.sop_class_uid != b.sop_class_uid and a.sop_class_uid and b.sop_class_uid:
        return "error"
    if any(a.value(tag) and b.value(tag) and a.value(tag) != b.value(tag) for tag in _SAME_IN_ANY_SYNTAX):
        return "error"
    if a.value(_SYNTAX) != b.value(_SYNTAX):
        return ""
    contents = known.content(one), known.content(other)
    if not all(contents) or contents[0] == contents[1]:
        return ""
    heads, pixels = zip(*(content.split(":") for content in contents), strict=True)
    if heads[0] != heads[1] and pixels[0] == pixels[1] and _only_corrected(one, other):
        return "warning"
    return "error"


def _only_corrected(one: Member, other: Member) -> bool:
    """Tell whether an Attribute of Patient or Study differs, and no other that is known here."""

    from dcmlint.standard.entities import attributes_of

    corrected = {*attributes_of("patient"), *attributes_of("study")}
    tags = one.facts.tags() | other.facts.tags()
    different = {tag for tag in tags if one.facts.value(tag) != other.facts.value(tag)}
    return bool(different) and different <= corrected


_IMAGE = {
    "SOPClassUID": "1.2.840.10008.5.1.4.1.1.7",
    "SOPInstanceUID": "1.2.3.4",
    "StudyInstanceUID": "1.2.3",
    "PatientName": "A",
    "InstanceNumber": "1",
    "PixelData": Raw("OW", b"\1\2"),
}

RULE = Rule(
    severity="error",
    scope="group",
    citation="PS3.3 Section C.12.1; PS3.5 Section 9",
    message="{attribute} is that of {other} too, which has different {what}",
    over=("instance",),
    check=check,
    cases=(
        good_group(_IMAGE, _IMAGE),
        good_group(_IMAGE, {**_IMAGE, "DataSetTrailingPadding": Raw("OB", b"\0\0")}),
        good_group(_IMAGE, {**_IMAGE, "SOPInstanceUID": "1.2.3.5", "InstanceNumber": "2"}),
        bad_group("1", "SOPInstanceUID", _IMAGE, {**_IMAGE, "InstanceNumber": "2"}),
        bad_group("1", "SOPInstanceUID", _IMAGE, {**_IMAGE, "PixelData": Raw("OW", b"\1\3")}),
        bad_group("1", "SOPInstanceUID", _IMAGE, {**_IMAGE, "PatientName": "B"}),
        bad_group("1", "SOPInstanceUID", _IMAGE, {**_IMAGE, "SOPClassUID": "1.2.840.10008.5.1.4.1.1.2"}),
    ),
)
