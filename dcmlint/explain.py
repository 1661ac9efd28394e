"""The texts of `dcmlint rules`, `dcmlint rule ID` and `dcmlint explain FILE`."""

from __future__ import annotations

from collections.abc import Sequence

from dcmlint.catalogue import catalogue, find_rule, select_rules
from dcmlint.rule import Rule

__all__ = ["rule_list", "rule_page"]


def rule_list(select: Sequence[str] = (), ignore: Sequence[str] = ()) -> str:
    """Return a line for each rule: id, severity, what is wrong."""
    rules = select_rules(catalogue(), select, ignore, always=frozenset())
    width = max((len(rule_id) for rule_id in rules), default=0)
    return "\n".join(f"{rule.id:<{width}}  {rule.severity:<7}  {rule.title}" for rule in rules.values())


def rule_page(rule_id: str) -> str:
    """Return the documentation of a rule; raises UsageError if there is none of that id."""
    rule = find_rule(rule_id)
    return f"{rule.id}\n{'=' * len(rule.id)}\n\n{_facts(rule)}\n\n{rule.doc.strip()}"


def _facts(rule: Rule) -> str:
    lines = [f"Severity: {rule.severity}", f"Source:   {rule.citation}"]
    if rule.on_bytes:
        lines.append("Applies:  to files, not to Data Sets in memory or DICOM JSON")
    return "\n".join(lines)
