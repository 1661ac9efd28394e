"""What must agree: Attributes of an Information Entity over the instances that share it (PS3.3 A.1.2).

An Attribute that is absent or empty disagrees with nothing: other IODs need not have it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from dcmlint.group import Member
from dcmlint.model import Found
from dcmlint.standard.dictionary import entry
from dcmlint.standard.entities import Entity, describes

__all__ = [
    "Disagreement",
    "alike",
    "are_alike",
    "comparable",
    "disagreements",
    "is_cut_form",
    "plain_name",
    "told",
]

_MOST = 100
"""Findings for one Attribute of a group at most."""

_KEYS = frozenset((0x0020000D, 0x0020000E, 0x00200052))


_UID = re.compile(r"[0-9.]{1,64}")


class Disagreement(NamedTuple):
    """A member of which an Attribute is not that of `others` members, of which `other` is one, and what it
    is in the two."""

    member: Member
    tag: int
    others: int
    other: Member

    @property
    def value(self) -> str:
        """What the Attribute is in the member."""
        return self.member.facts.value(self.tag)

    @property
    def value_other(self) -> str:
        """What it is in the others."""
        return self.other.facts.value(self.tag)


def told(each: Disagreement, thing: str, entity: str) -> Found:
    """Return a disagreement for a message with {others}{such}: the values may be PHI, and are left out.

    `thing` is "instance" or "study", `entity` what it is in.
    """
    many = "studies" if thing == "study" else f"{thing}s"
    others = f"another {thing}" if each.others == 1 else f"{each.others} other {many}"
    uid = each.other.facts.sop_instance_uid
    such = f", such as SOP Instance {uid}" if _UID.fullmatch(uid) else ""
    return Found(each.tag, {"others": f"{others} of {entity}", "such": such})


def disagreements(
    entity: Entity,
    members: Sequence[Member],
    part: Callable[[Member], object] = lambda member: member.number,
    tags: Iterable[int] | None = None,
) -> Iterator[Disagreement]:
    """Yield the Attributes of an entity that are not the same in all members.

    What most have is taken as right, what comes first where none has more. It is said once for each other
    value in each part of the group: `part` gives what tells parts apart.
    """
    if not members or are_alike(entity, members):
        return
    for tag in _described(entity, members) if tags is None else tags:
        if _is_alike(tag, members):
            continue
        by_value: dict[str, list[Member]] = {}
        for member in members:
            text = member.facts.value(tag)
            if text and describes(entity, tag, member.facts.sop_class_uid):
                by_value.setdefault(comparable(tag, text), []).append(member)
        if len(by_value) > 1:
            yield from _odd(by_value, tag, part)


def are_alike(entity: Entity, members: Sequence[Member]) -> bool:
    """Tell whether all members describe an entity in the same bytes."""
    first = members[0].facts
    described, coding = first.described(entity), first.coding
    for member in members:
        facts = member.facts
        if facts.described(entity) != described or facts.coding != coding:
            return False
    return True


def _described(entity: Entity, members: Sequence[Member]) -> list[int]:
    """Return the Attributes that describe an entity in any of the members, without those that are its key."""
    met: set[bytes] = set()
    tags: set[int] = set()
    for member in members:
        described = member.facts.described(entity)
        if described not in met:
            met.add(described)
            tags.update(member.facts.tags_of(entity))
    return sorted(tags - _KEYS)


def _is_alike(tag: int, members: Sequence[Member]) -> bool:
    """Tell whether all members that have an Attribute have it in the same bytes."""
    first = b""
    coding = members[0].facts.coding
    for member in members:
        facts = member.facts
        raw = facts.raw(tag)
        if raw and (facts.coding != coding or raw != (first or raw)):
            return False
        first = first or raw
    return True


def _odd(
    by_value: dict[str, list[Member]], tag: int, part: Callable[[Member], object]
) -> Iterator[Disagreement]:
    usual = max(by_value.values(), key=len)
    count = 0
    for same in by_value.values():
        if same is usual:
            continue
        parts: dict[object, Member] = {}
        for member in same:
            parts.setdefault(part(member), member)
        for member in parts.values():
            count += 1
            if count > _MOST:
                return
            yield Disagreement(member, tag, len(usual), usual[0])


@lru_cache(maxsize=65536)
def comparable(tag: int, text: str) -> str:
    """Return a value in a form that is equal for values that mean the same (PS3.5 6.2), numbers to six
    digits."""
    found = entry(tag)
    vr = found.vr if found is not None else ""
    return "\\".join(_form(vr, part) for part in text.split("\\"))


def _form(vr: str, text: str) -> str:
    text = text.strip(" \0")
    if vr == "PN":
        return "=".join(group.rstrip("^ ") for group in text.rstrip("=^ ").split("="))
    if vr == "DA":
        return text.replace(".", "")
    if vr == "TM":
        whole, _, fraction = text.replace(":", "").partition(".")
        return f"{whole:0<6}.{fraction.rstrip('0')}"
    if vr in ("DS", "IS", "FD", "FL"):
        try:
            return f"{float(text):.6g}"
        except ValueError:
            return text
    return text


@lru_cache(maxsize=65536)
def plain_name(text: str) -> str:
    """Return a Person Name without case, accents, delimiters and title: what tells persons apart."""
    import unicodedata

    first = next((group for group in text.split("=") if group.strip("^ ")), "")
    parts = first.split("^")[:3]
    letters = unicodedata.normalize("NFKD", " ".join(parts)).casefold()
    return " ".join(
        re.sub(r"[\W_]", " ", "".join(c for c in letters if not unicodedata.combining(c))).split()
    )


def is_cut_form(short: str, long: str, least: int) -> bool:
    """Tell whether a plain name of `least` characters or more is the beginning of another one."""
    return len(short) >= least and len(short) < len(long) and long.startswith(short)


def alike(one: str, other: str) -> float:
    """Return how alike two plain names are: 1 is equal, 0 has nothing in common.

    It is 1 less the number of letters to insert, delete, replace or swap with a neighbour, for each letter of
    the longer name.
    """
    longest = max(len(one), len(other))
    return 1.0 - _distance(one, other) / longest if longest else 1.0


def _distance(one: str, other: str) -> int:
    """Return the restricted Damerau-Levenshtein distance."""
    before: list[int] = []
    last = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        row = [i]
        for j, b in enumerate(other, 1):
            cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        before, last = last, row
    return last[-1]
