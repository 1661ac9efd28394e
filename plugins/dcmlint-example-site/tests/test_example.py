"""The plugin is found: its rules hold in their own cases, its policy can be chosen, its report is written."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import dcmlint
from dcmlint.catalogue import rules_in
from dcmlint.read.encode import part10
from dcmlint.rule import Case, Rule

RULES = list(rules_in("dcmlint_example_site.rules"))
CASES = [(rule, case) for rule in RULES for case in rule.cases]


@pytest.mark.parametrize(("rule", "case"), CASES)
def test_case(rule: Rule, case: Case, tmp_path: Path) -> None:
    path = tmp_path / "case.dcm"
    path.write_bytes(part10(case.attributes or {}))
    found = [finding for finding in dcmlint.lint(path) if finding.rule == rule.id]
    assert bool(found) != case.passes


def run(*arguments: str | Path) -> str:
    command = [sys.executable, "-m", "dcmlint", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1), done.stderr
    return done.stdout


def test_policy_and_report(tmp_path: Path) -> None:
    attributes = {"Modality": "CT", "AccessionNumber": "7", "Manufacturer": "ACME"}
    (tmp_path / "a.dcm").write_bytes(part10(attributes))
    options = ("--policy", "example-site", "--select", "site,example", "--isolated")
    assert "site/example-accession-number" in run("check", tmp_path / "a.dcm", *options)
    report = run("check", tmp_path / "a.dcm", *options, "--format", "by-station")
    assert report.splitlines()[0].split() == "1 of 1 with errors ACME".split()


def test_examples_of_the_policy_hold() -> None:
    assert "as they should be" in run("policy", "test", "example-site")
