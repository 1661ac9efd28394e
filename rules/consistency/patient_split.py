"""One person is there under several Patient IDs, or one Patient ID under several spellings of a name.

## What it does
Looks at the studies of one Patient ID: names that are alike, or of which one is the beginning of the other,
are spellings of one name. Then at patients with the same birth date and sex: the same name, in any order of
its parts, under different Patient IDs is most likely one person. Case, accents, punctuation and title do not
count. IDs of different issuers are not compared, and neither are placeholders and instances whose Patient
Identity Removed is YES.

## Why this matters
The prior studies of a person under another ID are not found, and dose and findings are not added up. A name
that one system cuts off makes the next one create a second patient.

## Example
"MUELLER^KARL-HEINZ" from the information system, "MUELLER^KARL-HEI" from a scanner with a short field.

## Fix
Merge the patients in the archive after checking that they are one person; correct the device's worklist.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from dcmlint.model import Found
from dcmlint.read.placeholder import is_placeholder
from dcmlint.rule import Parameter, Rule, bad_group, good_group

if TYPE_CHECKING:
    from dcmlint.group import Group, Member


_NAME = 0x00100010
_ID = 0x00100020
_ISSUER = 0x00100021
_IDENTITY_REMOVED = 0x00120062
_MOST_NAMES = 500
"""Names of a group that are compared at most."""


def check(
    group: Group, similarity: float = 0.75, same_person: float = 0.93, least: float = 4
) -> Iterator[tuple[Member, Found]]:
    """Yield the names that are another spelling, or are under another Patient ID."""
    told_apart_by = _names if group.scope == "patient" else _patients
    if len(told_apart_by(group.members)) < 2:
        return
    members = [each for each in group.members if _has_name(each)]
    if group.scope == "patient":
        yield from _spellings(members, similarity, int(least))
    else:
        yield from _identifiers(members, same_person)


def _names(members: Sequence[Member]) -> set[str]:
    return {each.facts.value(_NAME) for each in members}


def _patients(members: Sequence[Member]) -> set[str]:
    return {each.facts.patient for each in members}


def _has_name(member: Member) -> bool:
    from dcmlint.agree import plain_name

    name = member.facts.value(_NAME)
    if not name or is_placeholder(name, "PatientName") or member.facts.value(_IDENTITY_REMOVED) == "YES":
        return False
    return len(plain_name(name)) > 2


def _by_name(members: Sequence[Member]) -> dict[str, list[Member]]:
    """Return the members by plain name, those with most studies first."""

    from dcmlint.agree import plain_name

    found: dict[str, list[Member]] = {}
    for member in members:
        found.setdefault(plain_name(member.facts.value(_NAME)), []).append(member)
    studies = {name: len({each.facts.study_uid for each in same}) for name, same in found.items()}
    ordered = sorted(found, key=lambda name: (-studies[name], -len(name), name))
    return {name: found[name] for name in ordered[:_MOST_NAMES]}


def _spellings(members: Sequence[Member], similarity: float, least: int) -> Iterator[tuple[Member, Found]]:
    from dcmlint.agree import alike, is_cut_form

    names = _by_name(members)
    told: set[str] = set()
    for number, usual in enumerate(names):
        for name in list(names)[number + 1 :]:
            if name in told or _share_a_study(names[usual], names[name]):
                continue
            short, long = sorted((usual, name), key=len)
            if is_cut_form(short, long, least):
                member, what = names[short][0], "is the beginning of another name of the same Patient ID"
            elif alike(usual, name) >= similarity or sorted(usual.split()) == sorted(name.split()):
                member, what = names[name][0], "is another spelling of a name of the same Patient ID"
            else:
                continue
            told.add(name)
            yield member, Found(_NAME, {"what": what})


def _share_a_study(one: Sequence[Member], other: Sequence[Member]) -> bool:
    """Tell whether consistency/patient says it of the study already."""
    studies = {each.facts.study_uid for each in one}
    return any(each.facts.study_uid in studies for each in other)


def _identifiers(members: Sequence[Member], same_person: float) -> Iterator[tuple[Member, Found]]:
    from dcmlint.agree import alike, plain_name

    names = _by_name([each for each in members if " " in plain_name(each.facts.value(_NAME))])
    people: dict[str, list[Member]] = {}
    for name, same in names.items():
        key = " ".join(sorted(name.split()))
        match = next((each for each in people if each == key or alike(each, key) >= same_person), key)
        people.setdefault(match, []).extend(same)
    for same in people.values():
        first = _of_most_studies(same)
        told: set[str] = set()
        for member in same:
            if member.facts.patient not in told and _are_two_patients(first, member):
                told.add(member.facts.patient)
                what = "is with the same birth date and sex under another Patient ID too"
                yield member, Found(_NAME, {"what": what}, attributes=(_NAME, _ID))


def _of_most_studies(members: list[Member]) -> Member:
    """Return a member of the patient with most studies, the first of those with as many."""
    members.sort(key=lambda member: (member.facts.sop_instance_uid, member.file))
    studies: dict[str, set[str]] = {}
    for member in members:
        studies.setdefault(member.facts.patient, set()).add(member.facts.study_uid)
    usual = max(studies, key=lambda patient: len(studies[patient]))
    return next(member for member in members if member.facts.patient == usual)


def _are_two_patients(one: Member, other: Member) -> bool:
    a, b = one.facts, other.facts
    ids = a.value(_ID), b.value(_ID)
    if not all(ids) or ids[0] == ids[1] or any(is_placeholder(each, "PatientID") for each in ids):
        return False
    issuers = a.value(_ISSUER), b.value(_ISSUER)
    return not (all(issuers) and issuers[0] != issuers[1]) and a.study_uid != b.study_uid


_ONE = {
    "SOPInstanceUID": "1.2.3.1",
    "StudyInstanceUID": "1.2.3",
    "PatientID": "A17",
    "PatientName": "Mueller^Karl-Heinz",
    "PatientBirthDate": "19561101",
    "PatientSex": "M",
}
_TWO = {**_ONE, "SOPInstanceUID": "1.2.9.1", "StudyInstanceUID": "1.2.9"}

RULE = Rule(
    severity="warning",
    scope="group",
    citation="PS3.3 Section C.7.1.1",
    message="{attribute} {what}",
    over=("patient", "person"),
    parameters={
        "similarity": Parameter(
            0.75, "How alike spellings of a name of one Patient ID are (1 is equal).", 0.0, 1.0
        ),
        "same_person": Parameter(0.93, "How alike the names of one person under several IDs are.", 0.0, 1.0),
        "least": Parameter(4, "Characters that a name which is cut off has at least.", 1, 64),
    },
    check=check,
    cases=(
        good_group(_ONE, _TWO),
        good_group(_ONE, {**_TWO, "PatientName": "MUELLER^KARL HEINZ^^Dr."}),
        good_group(_ONE, {**_TWO, "PatientName": "Smith^Peter"}),
        good_group(_ONE, {**_TWO, "PatientID": "B18", "PatientName": "Mueller^Thomas"}),
        good_group(_ONE, {**_TWO, "PatientID": "B18", "PatientBirthDate": "19561102"}),
        good_group(
            {**_ONE, "IssuerOfPatientID": "X"}, {**_TWO, "PatientID": "B18", "IssuerOfPatientID": "Y"}
        ),
        good_group(_ONE, {**_TWO, "PatientID": "B18", "PatientIdentityRemoved": "YES"}),
        bad_group("1", "PatientName", _ONE, {**_TWO, "PatientName": "Mueller^Karl-Hei"}),
        bad_group("1", "PatientName", _ONE, {**_TWO, "PatientName": "Muller^Karl-Heinz"}),
        bad_group("1", "PatientName", _ONE, {**_TWO, "PatientID": "B18"}),
        bad_group(
            "1", "PatientName", _ONE, {**_TWO, "PatientID": "B18", "PatientName": "Karl-Heinz^Mueller"}
        ),
    ),
)
