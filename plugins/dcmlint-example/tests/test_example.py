"""The plugin is found, and its rules hold in their own cases."""

from __future__ import annotations

from pathlib import Path

import pytest

import dcmlint
from dcmlint.catalogue import rules_in
from dcmlint.read.encode import part10
from dcmlint.rule import Case, Rule

RULES = list(rules_in("dcmlint_example.rules"))
CASES = [(rule, case) for rule in RULES for case in rule.cases]


@pytest.mark.parametrize(("rule", "case"), CASES)
def test_case(rule: Rule, case: Case, tmp_path: Path) -> None:
    path = tmp_path / "case.dcm"
    path.write_bytes(part10(case.attributes or {}))
    found = [finding for finding in dcmlint.lint(path) if finding.rule == rule.id]
    assert bool(found) != case.passes
