"""A SOP Instance is there more than once.

## What it does
Names files with the same SOP Instance UID (0008,0018) and the same contents. Lengths, VRs, group lengths,
padding, and what is private do not count, and of pixel data of more than 4 kB the length and the first 4 kB
are compared, not what lies behind. A copy in another Transfer Syntax is one as well.

## Why this matters
It costs space, and statistics that count files count it twice. Training and test sets that share a copy give
results that are too good.

## Example
An export that was made twice, into two folders.

## Fix
Delete the copies that nobody needs.
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
_TELLING = (
    *(0x00080016, 0x0020000D, 0x0020000E, 0x00200013, 0x00200032, 0x00200037, 0x00280008),
    *(0x00280010, 0x00280011, 0x00280100),
)


def check(group: Group) -> Iterator[tuple[Member, Found]]:
    """Yield each member that is a copy of one before it."""
    first = group.members[0]
    for member in group.members[1:]:
        what = _likeness(group.known, first, member)
        if what:
            yield member, Found(_SOP_INSTANCE_UID, {"other": first.file, "what": what})


def _likeness(known: Known, one: Member, other: Member) -> str:
    a, b = one.facts, other.facts
    content = a.content
    if content != b.content:
        content = known.content(one)
    if content and (content == b.content or content == known.content(other)):
        return "the same header and start of pixel data" if content.endswith("~") else "the same contents"
    same = a.sop_class_uid == b.sop_class_uid and all(a.value(tag) == b.value(tag) for tag in _TELLING)
    return "another Transfer Syntax" if same and a.value(_SYNTAX) != b.value(_SYNTAX) else ""


_IMAGE = {"SOPInstanceUID": "1.2.3.4", "InstanceNumber": "1", "PixelData": Raw("OW", b"\1\2")}

RULE = Rule(
    severity="note",
    scope="group",
    citation="PS3.5 Section 9",
    message="{attribute} is that of {other} too, which has {what}",
    over=("instance",),
    check=check,
    cases=(
        good_group(_IMAGE),
        good_group(_IMAGE, {**_IMAGE, "SOPInstanceUID": "1.2.3.5"}),
        good_group(_IMAGE, {**_IMAGE, "InstanceNumber": "2"}),
        bad_group("1", "SOPInstanceUID", _IMAGE, _IMAGE),
        bad_group("1", "SOPInstanceUID", _IMAGE, {**_IMAGE, "00080000": Raw("UL", b"\x0c\0\0\0")}),
    ),
)
