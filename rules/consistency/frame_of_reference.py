"""A series has several frames of reference, or a frame of reference means different things.

## What it does
Frame of Reference UID (0020,0052) must be the same in all instances of a Series that have one. Position
Reference Indicator must be the same wherever a Frame of Reference UID is. Instances of different patients
cannot share a frame of reference: that is a warning, since identifiers may have been changed. Frames of
reference that the standard itself gives (atlases) may be shared by all.

## Why this matters
Positions are comparable only within a frame of reference. A volume of slices from two of them is distorted or
shifted without a sign of it; a plan or a fusion that trusts the UID puts things in the wrong place.

## Example
The patient was moved between two scans, and both were stored as one series.

## Fix
Generate a new Frame of Reference UID when the patient is positioned again, and store each as its own series.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from dcmlint.model import Found
from dcmlint.rule import Rule, bad_group, good_group

if TYPE_CHECKING:
    from dcmlint.group import Group, Member


_FRAME_OF_REFERENCE_UID = 0x00200052


def check(group: Group) -> Iterator[tuple[Member, Found]]:
    """Yield what differs within a series, and within a frame of reference."""

    from dcmlint.agree import disagreements

    if group.scope == "series":
        tags = (_FRAME_OF_REFERENCE_UID,)
        for each in disagreements("frame-of-reference", group.members, tags=tags):
            what = f"is not that of {_instances(each.others)} of the series"
            yield each.member, Found(each.tag, {"what": what})
        return
    for each in disagreements("frame-of-reference", group.members, lambda member: member.facts.series_uid):
        what = f"is not that of {_instances(each.others)} in the same frame of reference"
        yield each.member, Found(each.tag, {"what": what})
    yield from _strangers(group)


def _instances(count: int) -> str:
    return "another instance" if count == 1 else f"{count} other instances"


def _strangers(group: Group) -> Iterator[tuple[Member, Found]]:
    """Yield the first instance of each patient but the one whom most instances are of.

    Only where the studies are different too: within a study consistency/patient says it.
    """
    patients: dict[str, list[Member]] = {}
    for member in group.members:
        if member.facts.patient:
            patients.setdefault(member.facts.patient, []).append(member)
    if len(patients) < 2:
        return
    usual = max(patients.values(), key=len)
    studies = {member.facts.study_uid for member in usual}
    for members in patients.values():
        if members is not usual and not studies & {member.facts.study_uid for member in members}:
            args = {"what": "is that of images of another patient too"}
            yield members[0], Found(_FRAME_OF_REFERENCE_UID, args, severity="warning")


_ONE = {
    "SOPInstanceUID": "1.2.3.1",
    "SeriesInstanceUID": "1.2.4",
    "StudyInstanceUID": "1.2.3",
    "PatientID": "A17",
    "FrameOfReferenceUID": "1.2.5",
    "PositionReferenceIndicator": "SN",
}
_TWO = {**_ONE, "SOPInstanceUID": "1.2.3.2"}
_OTHER = {**_TWO, "PatientID": "B18", "StudyInstanceUID": "1.2.9", "SeriesInstanceUID": "1.2.9.1"}
_ATLAS = "1.2.840.10008.1.4.1.1"

RULE = Rule(
    severity="error",
    scope="group",
    citation="PS3.3 Sections A.1.2.5 and C.7.4.1.1",
    message="{attribute} {what}",
    over=("series", "frame-of-reference"),
    check=check,
    cases=(
        good_group(_ONE, _TWO),
        good_group(_ONE, {**_TWO, "FrameOfReferenceUID": ""}),
        good_group(_ONE, {**_TWO, "SeriesInstanceUID": "1.2.6", "FrameOfReferenceUID": "1.2.7"}),
        good_group({**_ONE, "FrameOfReferenceUID": _ATLAS}, {**_OTHER, "FrameOfReferenceUID": _ATLAS}),
        bad_group("1", "FrameOfReferenceUID", _ONE, {**_TWO, "FrameOfReferenceUID": "1.2.7"}),
        bad_group(
            "1",
            "PositionReferenceIndicator",
            _ONE,
            {**_TWO, "SeriesInstanceUID": "1.2.6", "PositionReferenceIndicator": "XY"},
        ),
        bad_group("1", "FrameOfReferenceUID", _ONE, _OTHER),
    ),
)
