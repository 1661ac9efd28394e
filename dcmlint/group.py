"""Checks over several SOP Instances: which groups an instance is a member of, and what is wrong in a group.

Whoever has the Facts of all instances (one run of `dcmlint check`, the store of a scan) collects the
members of each group and hands them here. The same members give the same findings in the same order.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from posixpath import dirname
from typing import Any, NamedTuple, Protocol

from xxhash import xxh3_128_hexdigest

from dcmlint.facts import DIRECTORY, Facts, patient_of, text_of
from dcmlint.model import Finding, Found, Location
from dcmlint.read.item import Instance
from dcmlint.read.placeholder import is_placeholder
from dcmlint.rule import GroupScope, Rule

__all__ = [
    "WELL_KNOWN",
    "Group",
    "GroupScope",
    "Known",
    "Member",
    "Place",
    "check_group",
    "directory_of",
    "group_keys",
    "group_rules",
    "instance_keys",
    "is_below",
]

WELL_KNOWN = "1.2.840.10008."
"""What the UIDs begin with that the standard itself gives (PS3.5 9.1): frames of reference among them."""

_FRAME_OF_REFERENCE_UID = 0x00200052
_WHO = (0x00100020, 0x00100021, 0x00100010, 0x00100030, 0x00100040)
"""Patient ID, its issuer, Patient's Name, Birth Date and Sex."""


class Member(NamedTuple):
    """One SOP Instance of a group. `number` is the caller's; `file` is its path or URI."""

    number: int
    file: str
    facts: Facts


class Place(NamedTuple):
    """An Item of a member, for the `item` of what a check yields."""

    location: Location


class Known(Protocol):
    """Everything that was scanned so far, for references that lead out of a group."""

    def find(self, sop_instance_uid: str) -> tuple[str, int] | None:
        """Return the SOP Class UID of an instance and its number of frames, None if it was not scanned."""

    def has_study(self, study_uid: str) -> bool:
        """Tell whether an instance of the study was scanned."""

    def content(self, member: Member) -> str:
        """Return what `dcmlint.content.content_of` says of a member, "" if it cannot be read again."""


class Group(NamedTuple):
    """What a rule of scope group is given: members sorted by SOP Instance UID and file.

    `memo` is for what several rules work out of the same group.
    """

    scope: GroupScope
    members: Sequence[Member]
    known: Known
    memo: dict[str, Any]


def group_keys(facts: Facts) -> tuple[tuple[GroupScope, str], ...]:
    """Return the groups that an instance is a member of: (scope, key).

    Keys are UIDs, and hashes for patients and persons. Who is in which directory is in the paths: see
    `directory_of`.
    """
    uids = (facts.sop_class_uid, facts.sop_instance_uid, facts.study_uid, facts.series_uid)
    return _keys(uids, facts.frame_of_reference_uid, _Who(*[facts.value(tag) for tag in _WHO]))


def instance_keys(instance: Instance, uids: tuple[str, str, str, str]) -> tuple[tuple[GroupScope, str], ...]:
    """Return what `group_keys` does of the facts of an Instance, without making them; `uids` are those of
    `dcmlint.excerpt.uids_of`."""
    root = instance.root
    who = _Who(*[text_of(root, tag) for tag in _WHO])
    return _keys(uids, text_of(root, _FRAME_OF_REFERENCE_UID), who)


class _Who(NamedTuple):
    """Attributes of the Patient, in the order of _WHO."""

    identifier: str
    issuer: str
    name: str
    birth_date: str
    sex: str


def _keys(uids: tuple[str, str, str, str], frame: str, who: _Who) -> tuple[tuple[GroupScope, str], ...]:
    sop_class, instance, study, series = uids
    if sop_class == DIRECTORY:
        return ()
    found: list[tuple[GroupScope, str]] = []
    if instance:
        found.append(("instance", instance))
    if series:
        found.append(("series", series))
    if study:
        found.append(("study", study))
    if frame and not frame.startswith(WELL_KNOWN):
        found.append(("frame-of-reference", frame))
    if who.identifier and not is_placeholder(who.identifier, "PatientID"):
        found.append(("patient", _hash(patient_of(who.identifier, who.issuer))))
    if _is_day(who.birth_date) and who.name:
        found.append(("person", _hash(f"{who.birth_date} {who.sex}")))
    return tuple(found)


def directory_of(file: str, facts: Facts) -> str | None:
    """Return the folder that a DICOMDIR lists the files of, "" for the current one; None for other files."""
    return dirname(file.replace("\\", "/")) if facts.sop_class_uid == DIRECTORY else None


def is_below(file: str, folder: str) -> bool:
    """Tell whether a file is in a folder or deeper."""
    return not folder or file.replace("\\", "/").startswith(folder.rstrip("/") + "/")


def group_rules(rules: Mapping[str, Rule]) -> dict[str, Rule]:
    """Return those rules that look at groups."""
    return {rule_id: rule for rule_id, rule in rules.items() if rule.scope == "group"}


def check_group(
    scope: GroupScope, members: Sequence[Member], rules: Mapping[str, Rule], known: Known
) -> list[tuple[int, Finding]]:
    """Return what is wrong in a group: (number of the member, finding).

    The members are sorted by SOP Instance UID and file. A rule whose check raises gives
    `internal/check-failed` with the first member.
    """
    group = Group(scope, members, known, {})
    found: list[tuple[int, Finding]] = []
    for rule_id, rule in rules.items():
        if rule.scope != "group" or scope not in rule.over or rule.check is None:
            continue
        try:
            found += [(member.number, _finding(rule, each)) for member, each in _run(rule, group)]
        except Exception as error:
            args = {"rule": rule_id, "error": type(error).__name__}
            finding = Finding("internal/check-failed", "error", (), None, None, None, args)
            found.append((members[0].number, finding))
    return found


def _run(rule: Rule, group: Group) -> Iterator[tuple[Member, Found]]:
    if rule.check is not None and group.members:
        yield from rule.check(group)


def _finding(rule: Rule, found: Found) -> Finding:
    severity = found.severity or rule.severity
    location = found.item.location if found.item is not None else ()
    return Finding(rule.id, severity, location, found.tag, None, None, found.args, "", found.attributes)


def _hash(text: str) -> str:
    return xxh3_128_hexdigest(text.encode("utf-8", "surrogatepass"))


def _is_day(text: str) -> bool:
    return len(text) == 8 and text.isdigit() and not is_placeholder(text, "PatientBirthDate")
