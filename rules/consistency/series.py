"""Instances of one series say different things of the series.

## What it does
Compares the Attributes of the Series Information Entity over all instances of a Series Instance UID
(0020,000E), and which study they say that they are of. Modality has a rule of its own. Attributes that
describe the image in some IODs are not compared there (Patient Position of a DX image). Absent and empty
values disagree with nothing.

## Why this matters
Archives keep one row for a series, and viewers show one description for all of its images. A series in two
studies is shown in one of them only, or twice.

## Example
Half of the images of a series have another Series Number after an export was resumed.

## Fix
Give the instances the Attributes of their series, or a Series Instance UID of their own.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from dcmlint.model import Found
from dcmlint.rule import Rule, bad_group, good_group

if TYPE_CHECKING:
    from dcmlint.group import Group, Member


_STUDY_UID = 0x0020000D
_MODALITY = 0x00080060


def check(group: Group) -> Iterator[tuple[Member, Found]]:
    """Yield what differs from most of the series."""

    from dcmlint.agree import disagreements, told

    for each in disagreements("series", group.members):
        if each.tag != _MODALITY:
            yield each.member, told(each, "instance", "the series")
    for each in disagreements("study", group.members, tags=(_STUDY_UID,)):
        yield each.member, told(each, "instance", "the series")


_ONE = {
    "SOPClassUID": "1.2.840.10008.5.1.4.1.1.2",
    "SOPInstanceUID": "1.2.3.1",
    "StudyInstanceUID": "1.2.3",
    "SeriesInstanceUID": "1.2.4",
    "SeriesNumber": "3",
    "PatientPosition": "HFS",
}
_TWO = {**_ONE, "SOPInstanceUID": "1.2.3.2"}
_DX = "1.2.840.10008.5.1.4.1.1.1.1"

RULE = Rule(
    severity="error",
    scope="group",
    citation="PS3.3 Sections A.1.2.3 and C.7.3",
    message="{attribute} differs from that of {others}{such}",
    over=("series",),
    check=check,
    cases=(
        good_group(_ONE, _TWO),
        good_group(_ONE, {**_TWO, "SeriesNumber": "03"}),
        good_group(_ONE, {**_TWO, "SeriesInstanceUID": "1.2.5", "SeriesNumber": "4"}),
        good_group({**_ONE, "SOPClassUID": _DX}, {**_TWO, "SOPClassUID": _DX, "PatientPosition": "HFP"}),
        bad_group("1", "SeriesNumber", _ONE, {**_TWO, "SeriesNumber": "4"}),
        bad_group("1", "PatientPosition", _ONE, {**_TWO, "PatientPosition": "FFS"}),
        bad_group("1", "StudyInstanceUID", _ONE, {**_TWO, "StudyInstanceUID": "1.2.9"}),
    ),
)
