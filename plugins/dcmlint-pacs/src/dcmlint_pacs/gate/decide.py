"""Which action the gate takes for an object: that of the first entry of `decide` that it meets."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from fnmatch import fnmatchcase
from typing import Final

from dcmlint.errors import UsageError
from dcmlint_pacs.gate.config import Choice
from dcmlint_pacs.gate.model import (
    CANNOT_UNDERSTAND,
    DOES_NOT_MATCH,
    QUARANTINED,
    SUCCESS,
    Action,
    Arrival,
    Decision,
    RuleCount,
)
from dcmlint_pacs.near import nearest

__all__ = ["check_rules", "comment_of", "decided", "status_of"]

_ORDER: Final = ("note", "warning", "error")
_LONGEST = 64
_UNREADABLE = ("file/", "encoding/", "internal/")
_UNLIKE = ("file/sop-class-mismatch", "file/sop-instance-mismatch")


def decided(
    arrival: Arrival, rules: tuple[RuleCount, ...], choices: Sequence[Choice], otherwise: Action
) -> Decision:
    """Return what is to be done with an object that has these findings."""
    for choice in choices:
        if not _is_about(choice, arrival):
            continue
        if not choice.rule and not choice.severity:
            return Decision(choice.action, "", rules)
        for found in rules:
            if _meets(choice, found):
                return Decision(choice.action, found.rule, rules)
    return Decision(otherwise, "", rules)


def check_rules(choices: Sequence[Choice], known: Collection[str]) -> None:
    """Raise UsageError if an entry of `decide` is about rules that do not exist: it would never decide."""
    for pattern in (each for choice in choices for each in choice.rule):
        if not any(fnmatchcase(rule, pattern) for rule in known):
            near = nearest(pattern, known)
            hint = f"{near}?" if near else "dcmlint explain lists all rules."
            raise UsageError(f"decide: there is no rule {pattern}", hint)


def status_of(decision: Decision) -> int:
    """Return the status (PS3.4 B.2.3) of a decision that was carried out."""
    if decision.action == "quarantine":
        return QUARANTINED
    if decision.action == "refuse":
        is_unreadable = decision.rule.startswith(_UNREADABLE) and decision.rule not in _UNLIKE
        return CANNOT_UNDERSTAND if is_unreadable else DOES_NOT_MATCH
    return SUCCESS


def comment_of(decision: Decision) -> str:
    """Return the Error Comment (0000,0902): the rule, and nothing of the object. "" for what is accepted."""
    if decision.action not in ("quarantine", "refuse"):
        return ""
    word = {"quarantine": "quarantined", "refuse": "refused"}[decision.action]
    return f"{word}: {decision.rule or 'by the policy of the gate'}"[:_LONGEST]


def _is_about(choice: Choice, arrival: Arrival) -> bool:
    if choice.calling and not any(fnmatchcase(arrival.calling_aet, each) for each in choice.calling):
        return False
    return not choice.sop_class or arrival.sop_class_uid in choice.sop_class


def _meets(choice: Choice, found: RuleCount) -> bool:
    if choice.severity and _ORDER.index(found.severity) < _ORDER.index(choice.severity):
        return False
    return not choice.rule or any(fnmatchcase(found.rule, each) for each in choice.rule)
