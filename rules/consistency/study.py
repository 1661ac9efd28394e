"""Instances of one study say different things of the study.

## What it does
Compares the Attributes of the Study Information Entity, those of the Patient Study Module included, over all
instances of a Study Instance UID (0020,000D). Absent and empty values disagree with nothing. It is reported
in the first instance of each series that most others contradict.

## Why this matters
Archives keep one row for a study. Which accession number, date or description it gets depends on the order in
which instances arrive; a report may then be filed under an order that it does not belong to.

## Example
A workstation stores its results with an Accession Number of its own.

## Fix
Copy the Attributes of the study from the images that the object was made from.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from dcmlint.model import Found
from dcmlint.rule import Rule, bad_group, good_group

if TYPE_CHECKING:
    from dcmlint.group import Group, Member


def check(group: Group) -> Iterator[tuple[Member, Found]]:
    """Yield what differs from most of the study."""

    from dcmlint.agree import disagreements, told

    for each in disagreements("study", group.members, lambda member: member.facts.series_uid):
        yield each.member, told(each, "instance", "the study")


_ONE = {
    "SOPInstanceUID": "1.2.3.1",
    "StudyInstanceUID": "1.2.3",
    "SeriesInstanceUID": "1.2.4",
    "AccessionNumber": "17",
    "StudyTime": "1012",
}
_TWO = {**_ONE, "SOPInstanceUID": "1.2.3.2", "SeriesInstanceUID": "1.2.5"}

RULE = Rule(
    severity="error",
    scope="group",
    citation="PS3.3 Sections A.1.2.2 and C.7.2",
    message="{attribute} differs from that of {others}{such}",
    over=("study",),
    check=check,
    cases=(
        good_group(_ONE, _TWO),
        good_group(_ONE, {**_TWO, "AccessionNumber": "", "StudyTime": "101200.000"}),
        good_group(_ONE, {**_TWO, "StudyInstanceUID": "1.2.9", "AccessionNumber": "18"}),
        bad_group("1", "AccessionNumber", _ONE, {**_TWO, "AccessionNumber": "18"}),
        bad_group("1", "StudyTime", _ONE, {**_TWO, "StudyTime": "1013"}),
        bad_group("1", "PatientWeight", {**_ONE, "PatientWeight": "70"}, {**_TWO, "PatientWeight": "7"}),
    ),
)
