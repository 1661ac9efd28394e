"""A rule as SARIF has it (SARIF 2.1.0 3.49), with the properties that GitHub code scanning reads."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal, NamedTuple

from dcmlint.documentation import help_uri
from dcmlint.model import Severity
from dcmlint.rule import Rule

if TYPE_CHECKING:
    import sarif_om

__all__ = ["MAX_RULE_TEXT", "SECURITY", "Risk", "descriptor", "precision", "risk"]

MAX_RULE_TEXT = 1024
"""Characters that GitHub takes of a text of a rule."""

_MAX_NAME = 255
"""Characters that GitHub takes of a rule's name."""

Precision = Literal["very-high", "high", "medium"]

_PROBLEM: Mapping[Severity, str] = {"error": "error", "warning": "warning", "note": "recommendation"}


class Risk(NamedTuple):
    """How bad it is for security, as a CVSS 3.1 base score, the vector it follows from, and why."""

    score: str
    vector: str
    reason: str


SECURITY: Mapping[str, Risk] = {
    "deid": Risk(
        "7.5",
        "AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N",
        "who may read the file learns who the patient is; nothing is changed or stopped",
    ),
    "file/polyglot-preamble": Risk(
        "7.8",
        "AV:L/AC:L/PR:N/UI:R/S:U/C:H/I:H/A:H",
        "the file runs as a program once somebody starts it, with all that its user may do",
    ),
    "file/deflate-bomb": Risk(
        "5.5",
        "AV:L/AC:L/PR:N/UI:R/S:U/C:N/I:N/A:H",
        "opening the file takes all memory of the program that opens it",
    ),
    "encoding/too-deep": Risk(
        "5.5",
        "AV:L/AC:L/PR:N/UI:R/S:U/C:N/I:N/A:H",
        "a reader that calls itself for each Item ends when its stack is full",
    ),
}
"""The rules, and groups of rules, that are about security; all others are about quality.

GitHub counts a rule with a score among security alerts and shows it as critical from 9.0 on, high from 7.0
on, medium from 4.0 on: what is only wrong must not be among them.
"""


def risk(rule_id: str) -> Risk | None:
    """Return what a rule means for security, None if it is not about security."""
    return SECURITY.get(rule_id) or SECURITY.get(rule_id.partition("/")[0])


def precision(rule: Rule) -> Precision:
    """Return how often what the rule reports is true, in GitHub's words.

    An error needs certainty, and what a site asks for is wrong by definition if it is not so. A warning
    from the tables is of a row on which sources differ. Other warnings and notes are of checks that look
    for evidence.
    """
    if rule.severity == "error" or rule.scope == "policy":
        return "very-high"
    return "medium" if rule.severity == "warning" and rule.scope == "table" else "high"


def descriptor(rule_id: str, rule: Rule, *, max_markdown: int | None = None) -> sarif_om.ReportingDescriptor:
    """Return the rule as a sarif-om object; `max_markdown` are characters of the help in Markdown."""
    import sarif_om

    title, _, rest = rule.doc.strip().partition("\n")
    title, body = title.strip() or rule_id, rest.strip()
    reason = _section(body, "Why this matters")
    source = f"Source: {rule.citation}" if rule.citation else ""
    page = help_uri(rule_id)
    markdown = "\n\n".join(part for part in (f"# {title}", body, source) if part)
    return sarif_om.ReportingDescriptor(
        id=rule_id,
        name="".join(word.capitalize() for word in re.split(r"[^0-9A-Za-z]+", rule_id))[:_MAX_NAME],
        short_description=sarif_om.MultiformatMessageString(text=_clipped(title)),
        full_description=sarif_om.MultiformatMessageString(text=_clipped(reason or title)),
        help=sarif_om.MultiformatMessageString(
            text=_clipped("\n\n".join(part for part in (title, _unmarked(body), source) if part)),
            markdown=markdown if max_markdown is None else _shortened(markdown, page, max_markdown),
        ),
        help_uri=page,
        default_configuration=sarif_om.ReportingConfiguration(level=rule.severity),
        properties=_properties(rule_id, rule),
    )


def _properties(rule_id: str, rule: Rule) -> dict[str, str | list[str]]:
    tags = ["dicom", rule_id.partition("/")[0]]
    found: dict[str, str | list[str]] = {
        "tags": tags,
        "citation": rule.citation,
        "precision": precision(rule),
        "problem.severity": _PROBLEM[rule.severity],
    }
    bad = risk(rule_id)
    if bad is not None:
        tags.append("security")
        found["security-severity"] = bad.score
    if rule.fix is not None:
        found["fix"] = rule.fix.kind
    return found


def _section(markdown: str, title: str) -> str:
    """Return the text under "## title" as one paragraph, "" if there is none."""
    found = re.search(rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", markdown, re.MULTILINE | re.DOTALL)
    return " ".join(found[1].split()) if found else ""


def _unmarked(markdown: str) -> str:
    """Return Markdown of rule documentation as plain text: headings end with a colon."""
    return re.sub(r"^#+ (.*)$", r"\1:", markdown, flags=re.MULTILINE)


def _clipped(text: str, limit: int = MAX_RULE_TEXT) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _shortened(markdown: str, page: str | None, limit: int) -> str:
    """Return Markdown cut between two paragraphs, with a link to the page that has all of it."""
    if len(markdown) <= limit:
        return markdown
    more = f"\n\n[The whole page]({page})" if page else "\n\n…"
    cut = markdown.rfind("\n\n", 0, limit - len(more))
    return _clipped(markdown, limit - len(more)) + more if cut < 0 else markdown[:cut] + more
