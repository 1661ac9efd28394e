"""The policies that ship: valid, with examples that hold, and silent where nothing is wrong."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from command_line import CLEAN, ROOT, Command, dcmlint

from dcmlint.builtin import dcmlint_policies
from dcmlint.catalogue import catalogue
from dcmlint.explain_policy import policy_test
from dcmlint.policy.about import about
from dcmlint.policy.choice import Choice
from dcmlint.policy.load import load_policy
from dcmlint.policy.model import SiteRule
from dcmlint.policy.site import as_rule

__all__ = ["dcmlint"]

NAMES = sorted(dcmlint_policies())
PREFIXES = {
    "ai-result-ingest": "result",
    "ai-results": "",  # has no rules of its own: it weighs those of dcmlint
    "ai-training-set": "training",
    "archive-ingest": "archive",
    "mammography": "mammo",
    "naming-example": "naming",
    "research-submission": "research",
}
RULES = [rule for name in NAMES for rule in about(name).rules]

ERRORS_ON_CLEAN = {
    "ai-results": {},
    "ai-training-set": {},
    "archive-ingest": {},
    "mammography": {},
    # The fixtures are no results: those that were acquired say so.
    "ai-result-ingest": {"site/result-not-derived": 13, "site/result-report-evidence": 1},
    # They name a patient who does not exist, and say nothing of de-identification.
    "research-submission": {
        "site/research-birth-date": 25,
        "site/research-document": 1,
        "site/research-identity-removed": 25,
    },
    # They are not of the hospital of the example.
    "naming-example": {"site/naming-accession-number": 25, "site/naming-patient-id": 25},
}
"""Errors that a policy finds in fixtures/clean/, by rule."""


def found(dcmlint: Command, name: str) -> Iterator[dict[str, Any]]:
    """Yield the findings of a policy in the clean fixtures, those of its settings included."""
    lines = dcmlint("check", "--isolated", "--policy", name, CLEAN, "-f", "jsonl").out.splitlines()
    yield from (told for line in lines if "rule" in (told := json.loads(line)))


def test_the_policies_that_ship_are_these() -> None:
    assert set(PREFIXES) == set(NAMES) == {path.stem for path in (ROOT / "rules" / "policies").iterdir()}


@pytest.mark.parametrize("name", NAMES)
def test_examples_hold_and_leave_nothing_open(name: str) -> None:
    text, status = policy_test([name])
    expected = r"\d+ rules, \d+ examples: all as they should be" if PREFIXES[name] else "0 rules, 0 examples"
    assert re.fullmatch(expected, text)
    assert status == 0


@pytest.mark.parametrize("name", NAMES)
def test_a_policy_says_what_it_is_for(name: str) -> None:
    own = about(name)
    first, empty, *more = own.description.splitlines()
    assert own.name == name
    assert 40 < len(first) < 110 and first[-1] in ".?" and not empty and more
    assert 12 <= len(own.rules) <= 30 or (not PREFIXES[name] and len(own.settings["severity"]) > 5)
    text = Path(own.file).read_text()
    schema = re.match(r"# yaml-language-server: \$schema=(\S+)\n", text)
    assert schema and (Path(own.file).parent / schema[1]).resolve().is_file()
    assert text.isascii() or name == "naming-example"


@pytest.mark.parametrize("name", NAMES)
def test_settings_of_a_policy_change_something(name: str) -> None:
    policy = load_policy(extends=[name])
    for rule_id, level in policy.severity.items():
        assert catalogue()[rule_id].severity != level, f"{rule_id} has this severity already"
    on = Choice.of(policy).on
    assert not on & set(policy.ignore) and set(policy.ignore) <= set(catalogue())


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_each_rule_is_documented(rule: SiteRule) -> None:
    assert rule.id.startswith(f"site/{PREFIXES[rule.policy]}-")
    assert rule.title.endswith(".") and len(rule.title) < 100
    assert len(rule.description) > 80, "why it matters and what to do"
    assert rule.citation or rule.id in {"site/archive-study-before-birth", "site/archive-date-in-future"}
    assert rule.passing and rule.failing
    shown = as_rule(rule)
    assert shown.title == rule.title and rule.description.strip() in shown.doc


def test_all_policies_can_be_used_together(dcmlint: Command) -> None:
    ids = Counter(rule.id for rule in RULES)
    assert [rule_id for rule_id, count in ids.items() if count > 1] == []
    together = load_policy(extends=NAMES)
    assert {rule.id for rule in together.rules} == set(ids)
    options = [option for name in NAMES for option in ("--policy", name)]
    assert dcmlint("check", "--isolated", *options, CLEAN / "ct.dcm", "--fail-on", "never").status == 0


@pytest.mark.parametrize("name", NAMES)
def test_errors_in_clean_fixtures_are_those_expected(dcmlint: Command, name: str) -> None:
    """Also: no setting of a policy makes an error of what is none."""
    errors = Counter(each["rule"] for each in found(dcmlint, name) if each["severity"] == "error")
    assert errors == ERRORS_ON_CLEAN[name]


def test_mammography_looks_at_mammograms_only(dcmlint: Command) -> None:
    files = {
        Path(each["file"]).name for each in found(dcmlint, "mammography") if each["rule"].startswith("site/")
    }
    assert files == {"mammography.dcm"}


def test_training_looks_at_images_only(dcmlint: Command) -> None:
    files = {
        Path(each["file"]).stem
        for each in found(dcmlint, "ai-training-set")
        if each["rule"].startswith("site/")
    }
    assert not files & {"sr_text", "sr_comprehensive", "pdf", "ecg", "rt_plan", "rt_structures", "key_object"}


@pytest.mark.parametrize("name", NAMES)
def test_a_policy_fits_into_one_run(name: str) -> None:
    """No check of it is so costly that values of usual length are too large for it."""
    from dcmlint.policy.site import expression

    for rule in about(name).rules:
        for text in (rule.when, rule.demand if rule.form == "check" else ""):
            assert not text or expression(text)._limit >= 30, rule.id
