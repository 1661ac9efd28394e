"""Every rule of the catalogue: its documentation, its citation and its own cases."""

from __future__ import annotations

import re
from collections.abc import Iterator
from string import Formatter

import pytest

from dcmlint.catalogue import catalogue
from dcmlint.check import check_instance
from dcmlint.excerpt import packed_facts
from dcmlint.gather import FewGroups, Gathered, Groups
from dcmlint.group import check_group
from dcmlint.model import Finding
from dcmlint.plan import Plans
from dcmlint.read.encode import part10
from dcmlint.read.opener import read_instance
from dcmlint.report.render import attribute_path, message
from dcmlint.rule import Case, Rule

RULES = list(catalogue().values())
SECTIONS = ["What it does", "Why this matters", "Example", "Fix"]
BY_PIPELINE = {
    "file/unreadable",
    "file/not-dicom",
    "file/git-lfs-pointer",
    "internal/check-failed",
    "pixel/does-not-decode",
    "file/archive-damaged",
    "file/archive-member-name",
    "file/archive-refused",
    "file/archive-special-member",
    "internal/expired-waiver",
    "internal/unused-waiver",
    "internal/baseline-outdated",
    "deid/attribute-not-emptied",
    "deid/attribute-not-removed",
    "deid/burned-in-risk",
    "deid/date-not-shifted",
    "deid/inconsistent",
    "deid/method-not-recorded",
    "deid/private-retained",
    "deid/text-contains-identifier",
    "deid/uid-not-replaced",
}
"""Rules that no bytes can break: what reports them has tests of its own."""

CASES = [
    pytest.param(rule, case, id=f"{rule.id}-{number}-{'good' if case.passes else 'bad'}")
    for rule in RULES
    for number, case in enumerate(rule.cases, 1)
]


def findings(rule: Rule, case: Case) -> list[Finding]:
    """Return what the rule alone finds in the case."""
    if case.group is not None:
        return [finding for _, finding in group_findings(rule, case)]
    content = case.file() if case.file is not None else part10(case.attributes or {})
    return check_instance(read_instance(content), Plans({rule.id: rule}))


def group_findings(rule: Rule, case: Case) -> list[tuple[str, Finding]]:
    """Return what the rule alone finds in a case of several Data Sets, with the file."""
    data_sets = case.group or {}
    names = list(data_sets)
    facts = [packed_facts(read_instance(part10(attributes))) for attributes in data_sets.values()]
    gathered = [Gathered(name, each, "", 0) for name, each in zip(names, facts, strict=True)]
    groups, few = Groups(gathered), FewGroups(gathered)
    assert list(groups.of(rule.over)) == list(few.of(rule.over))
    return [
        (names[number], finding)
        for scope, members in groups.of(rule.over)
        for number, finding in check_group(scope, members, {rule.id: rule}, groups)
    ]


@pytest.mark.parametrize(("rule", "case"), CASES)
def test_case(rule: Rule, case: Case) -> None:
    found = findings(rule, case)
    paths = [attribute_path(finding.location, finding.tag) for finding in found]
    if case.passes:
        assert paths == []
        return
    assert {finding.rule for finding in found} == {rule.id}
    if case.group is not None:
        assert (case.of, case.at) in [
            (file, attribute_path(finding.location, finding.tag))
            for file, finding in group_findings(rule, case)
        ]
    elif case.at:
        assert case.at in paths
    for finding in found:
        assert set(_placeholders(rule.message)) <= {*finding.args, "attribute", "module"}
        assert message(finding, rule)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_documentation(rule: Rule) -> None:
    first, _, rest = rule.doc.strip().partition("\n")
    assert first.endswith("."), "the first line is a sentence"
    assert len(first) <= 110
    assert re.findall(r"^## (.+)$", rest, re.MULTILINE) == SECTIONS
    for section in re.split(r"^## .+$", rest, flags=re.MULTILINE)[1:]:
        assert section.strip(), "no section is empty"


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_citation(rule: Rule) -> None:
    assert re.match(r"PS3\.\d+ \S|dcmlint$", rule.citation), rule.citation


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_shape(rule: Rule) -> None:
    assert rule.group == rule.id.split("/")[0]
    assert rule.severity in ("error", "warning", "note")
    assert (rule.check is None) == (rule.scope in ("file", "table"))
    assert bool(rule.over) == (rule.scope == "group")
    if rule.scope in ("value", "item"):
        assert rule.selects, "a rule of this scope selects what it is run for"
    assert all(name.isidentifier() for name in _placeholders(rule.message))
    if rule.scope == "file":
        assert rule.on_bytes or rule.id in BY_PIPELINE


def _placeholders(template: str) -> Iterator[str]:
    for _, name, _, _ in Formatter().parse(template):
        if name is not None:
            yield name


@pytest.mark.parametrize(
    "rule",
    [
        rule
        for rule in RULES
        if rule.scope in ("value", "item", "instance", "file", "group") and rule.id not in BY_PIPELINE
    ],
    ids=lambda rule: rule.id,
)
def test_has_good_and_bad_cases(rule: Rule) -> None:
    assert any(case.passes for case in rule.cases)
    assert any(not case.passes for case in rule.cases)


def test_ids_are_paths() -> None:
    for rule in RULES:
        assert re.fullmatch(r"[a-z][a-z-]*/[a-z0-9][a-z0-9-]*", rule.id)
    assert len(RULES) == len({rule.id for rule in RULES})
