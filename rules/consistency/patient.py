"""Instances of one study, or of one patient, say different things of the patient.

## What it does
Compares the Attributes of the Patient Information Entity. Within a Study all instances must agree on all of
them. Across the Studies of one Patient ID (and issuer) birth date and sex must agree, and names must be at
least alike (see [consistency/patient-split](patient-split.md) for those that are); a difference there is a
warning. Absent and empty values disagree with nothing. It is reported in the first instance of each series
that most others contradict.

## Why this matters
Images in the wrong patient's study are the gravest mistake that an archive can make. What differs within a
study is shown or hidden depending on which instance a viewer happens to read first.

## Example
A secondary capture in the study of another patient, since the worklist entry was picked by hand.

## Fix
Find out whose images they are, then correct the Attributes in the archive, or move the instances.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from dcmlint.model import Found
from dcmlint.read.placeholder import is_placeholder
from dcmlint.rule import Parameter, Rule, bad_group, good_group

if TYPE_CHECKING:
    from dcmlint.agree import Disagreement
    from dcmlint.group import Group, Member


_NAME = 0x00100010
_IDENTITY_REMOVED = 0x00120062


def check(group: Group, similarity: float = 0.75) -> Iterator[tuple[Member, Found]]:
    """Yield what differs within a study (error) and between the studies of a patient (warning)."""

    from dcmlint.agree import are_alike, disagreements, told
    from dcmlint.standard.entities import lasting

    if group.scope == "study":
        for each in disagreements("patient", group.members, lambda member: member.facts.series_uid):
            yield each.member, told(each, "instance", "the study")
        return
    if are_alike("patient", group.members):
        return
    for tag in (*sorted(lasting()), _NAME):
        for each in disagreements("patient", _one_each(group.members, tag), tags=(tag,)):
            if tag != _NAME or _are_strangers(each, similarity):
                yield each.member, told(each, "study", "the patient")._replace(severity="warning")


def _one_each(members: Sequence[Member], tag: int) -> list[Member]:
    """Return a member of each study that has the value that most of it have."""

    from dcmlint.agree import comparable

    studies: dict[str, list[Member]] = {}
    for member in members:
        if member.facts.value(tag):
            studies.setdefault(member.facts.study_uid, []).append(member)
    found = []
    for same in studies.values():
        values = Counter(comparable(tag, member.facts.value(tag)) for member in same)
        usual = values.most_common(1)[0][0]
        found.append(next(each for each in same if comparable(tag, each.facts.value(tag)) == usual))
    return found


def _are_strangers(each: Disagreement, similarity: float) -> bool:
    from dcmlint.agree import alike, is_cut_form, plain_name

    if each.member.facts.value(_IDENTITY_REMOVED) == "YES":
        return False
    if is_placeholder(each.value, "PatientName") or is_placeholder(each.value_other, "PatientName"):
        return False
    one, other = plain_name(each.value), plain_name(each.value_other)
    short, long = sorted((one, other), key=len)
    is_one = is_cut_form(short, long, 3) or sorted(one.split()) == sorted(other.split())
    return bool(one and other) and not is_one and alike(one, other) < similarity


_ONE = {
    "SOPInstanceUID": "1.2.3.1",
    "StudyInstanceUID": "1.2.3",
    "SeriesInstanceUID": "1.2.4",
    "PatientID": "A17",
    "PatientName": "Doe^Jane",
    "PatientBirthDate": "19561101",
    "PatientSex": "F",
}
_TWO = {**_ONE, "SOPInstanceUID": "1.2.3.2"}
_OTHER_STUDY = {**_TWO, "StudyInstanceUID": "1.2.9", "SeriesInstanceUID": "1.2.9.1"}

RULE = Rule(
    severity="error",
    scope="group",
    citation="PS3.3 Sections A.1.2.1 and C.7.1.1",
    message="{attribute} differs from that of {others}{such}",
    over=("study", "patient"),
    parameters={
        "similarity": Parameter(
            0.75, "How alike names of one Patient ID are at least (1 is equal).", 0.0, 1.0
        )
    },
    check=check,
    cases=(
        good_group(_ONE, _TWO),
        good_group(_ONE, {**_TWO, "PatientName": "Doe^Jane^^", "PatientSex": ""}),
        good_group(_ONE, {**_OTHER_STUDY, "PatientName": "Doe^Janet"}),
        good_group(_ONE, {**_OTHER_STUDY, "PatientID": "A18", "PatientSex": "M"}),
        bad_group("1", "PatientSex", _ONE, {**_TWO, "PatientSex": "M"}),
        bad_group("1", "PatientID", _ONE, {**_TWO, "PatientID": "B"}),
        bad_group("1", "PatientName", _ONE, {**_TWO, "PatientName": "Doe^John"}),
        bad_group("1", "PatientBirthDate", _ONE, {**_OTHER_STUDY, "PatientBirthDate": "19561111"}),
        bad_group("1", "PatientName", _ONE, {**_OTHER_STUDY, "PatientName": "Miller^Victor"}),
    ),
)
