"""What is written of a rule: its sections, what it looks at, its page on the web, all of it as JSON."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from dcmlint.catalogue import ALWAYS_ON, owners
from dcmlint.plugins import distribution_of
from dcmlint.rule import Rule, Scope

__all__ = [
    *("PAGES", "applies_to", "described", "fix_note", "fix_text"),
    *("help_uri", "looks_at", "page_path", "sections"),
]

PAGES = "https://github.com/dcmlint/dcmlint/blob/main/docs/rules"
"""Where the pages of docs/rules/ are on the web."""

_LOOKS_AT: Mapping[Scope, str] = {
    "file": "the input as a whole, while it is read and checked",
    "table": "the rows that the standard's tables have for the IOD",
    "value": "each value",
    "item": "each Data Set and Item",
    "instance": "the SOP Instance as a whole",
    "group": "several SOP Instances together",
    "policy": "what the policy says",
}


def sections(rule: Rule) -> dict[str, str]:
    """Return the sections of the documentation by title, as Markdown, without the first line."""
    _, *parts = re.split(r"^## (.+)$", rule.doc, flags=re.MULTILINE)
    return {title.strip(): text.strip() for title, text in zip(parts[::2], parts[1::2], strict=True)}


def looks_at(rule: Rule) -> str:
    """Return what the rule looks at, in words."""
    return _LOOKS_AT[rule.scope]


def applies_to(rule: Rule) -> str:
    """Return what the rule can be applied to, in words."""
    if rule.on_bytes:
        return "files only, not Data Sets in memory or DICOM JSON"
    return "files, Data Sets in memory and DICOM JSON"


def fix_note(rule: Rule) -> str:
    """Return in a few words whether there is a fix, and whether it is safe."""
    if rule.fix is None:
        return "none"
    return "safe" if rule.fix.safe else "unsafe: with --unsafe-fixes"


def fix_text(rule: Rule) -> str:
    """Return what `dcmlint fix` does about the fault, "" if nothing."""
    return "" if rule.fix is None else rule.fix.says


def page_path(rule_id: str) -> str:
    """Return where the page of a built-in rule is below docs/rules/."""
    return f"{rule_id}.md"


def help_uri(rule_id: str) -> str | None:
    """Return the address of the rule's page on the web; None for a rule that is not built in."""
    return f"{PAGES}/{page_path(rule_id)}" if owners().get(rule_id) == "dcmlint" else None


def described(rule: Rule) -> dict[str, Any]:
    """Return the rule as JSON values (docs/json.md)."""
    plugin = owners().get(rule.id)
    return {
        "id": rule.id,
        "group": rule.group,
        "severity": rule.severity,
        "scope": rule.scope,
        "title": rule.title,
        "citation": rule.citation,
        "on_bytes": rule.on_bytes,
        "always_on": rule.id in ALWAYS_ON,
        "parameters": {
            name: {"default": each.default, "doc": each.doc} for name, each in rule.parameters.items()
        },
        "fix": None if rule.fix is None else {"safe": rule.fix.safe, "does": rule.fix.says},
        "doc": rule.doc.strip(),
        "sections": sections(rule),
        "help_uri": help_uri(rule.id),
        "plugin": plugin,
        "distribution": None if plugin is None else distribution_of(plugin),
    }
