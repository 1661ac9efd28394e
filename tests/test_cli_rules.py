"""`dcmlint rules` and `dcmlint rule`: the catalogue for people and for programs."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from command_line import ROOT, Command, dcmlint, process

from dcmlint.catalogue import ALWAYS_ON, catalogue
from dcmlint.documentation import help_uri, sections
from dcmlint.rule import Rule

__all__ = ["dcmlint"]

SECTIONS = ["What it does", "Why this matters", "Example", "Fix"]


@pytest.fixture
def listed(dcmlint: Command) -> list[dict[str, Any]]:
    """The rules as `dcmlint rule --all --format json` gives them."""
    rules: list[dict[str, Any]] = json.loads(dcmlint("rule", "--all", "--format", "json").out)
    return rules


def built_in(rules: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [rule for rule in rules if rule["plugin"] == "dcmlint"]


def test_all_rules_are_listed_with_what_they_are(listed: list[dict[str, Any]]) -> None:
    assert [rule["id"] for rule in listed] == list(catalogue())
    for told in built_in(listed):
        rule = catalogue()[told["id"]]
        for name in ("group", "severity", "scope", "title", "citation", "on_bytes"):
            assert told[name] == getattr(rule, name)
        assert list(told["sections"]) == SECTIONS
        assert told["doc"].startswith(f"{told['title']}\n")
        assert all(text in told["doc"] for text in told["sections"].values())
        assert told["help_uri"] == help_uri(rule.id)
        assert told["distribution"] == "dcmlint"
    assert {told["id"] for told in listed if told["always_on"]} == ALWAYS_ON


def test_keys_are_those_of_the_documentation(listed: list[dict[str, Any]]) -> None:
    table = (ROOT / "docs" / "json.md").read_text().partition("\n## Rules\n")[2]
    documented = re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)
    assert all(list(rule) == list(listed[0]) for rule in listed)
    assert set(documented) == set(listed[0])


def test_the_three_commands_agree(dcmlint: Command, listed: list[dict[str, Any]]) -> None:
    assert json.loads(dcmlint("rules", "--format", "json").out) == listed
    one = json.loads(dcmlint("rule", "value/vm", "-f", "json").out)
    assert one in listed
    chosen = json.loads(dcmlint("rules", "--select", "value", "--ignore", "value/vm", "-f", "json").out)
    assert chosen == [rule for rule in listed if rule["group"] == "value" and rule != one]


def test_all_pages_as_text(dcmlint: Command) -> None:
    out = dcmlint("rule", "--all").out
    assert re.findall(r"^(\S+)\n=+$", out, re.MULTILINE) == list(catalogue())
    assert dcmlint("rule", "value/vm").out.strip() in out


@pytest.mark.parametrize(
    "arguments",
    [
        ("rule",),
        ("rule", "value/vm", "--all"),
        ("rule", "value/vm", "--format", "yaml"),
        ("rule", "--all", "--format", "sarif"),
        ("rules", "--format", "xml"),
    ],
)
def test_bad_usage(dcmlint: Command, arguments: tuple[str, ...]) -> None:
    result = dcmlint(*arguments)
    assert (result.status, result.out) == (2, "")
    assert "dcmlint: error:" in result.err


def test_rule_of_a_plugin_names_its_distribution(tmp_path: Path) -> None:
    (tmp_path / "house.py").write_text(
        "from dcmlint.hookspecs import hookimpl\nfrom dcmlint.rule import Rule\n"
        "@hookimpl\ndef dcmlint_rules():\n"
        "    yield Rule(severity='note', scope='file', citation='none', message='none', id='house/style')\n"
    )
    metadata = tmp_path / "House_Rules-1.0.dist-info"
    metadata.mkdir()
    (metadata / "entry_points.txt").write_text("[dcmlint]\nhouse = house\n")
    (rule,) = json.loads(
        process("rules", "--select", "house", "-f", "json", env={"PYTHONPATH": str(tmp_path)}).out
    )
    assert (rule["plugin"], rule["distribution"]) == ("house", "house-rules")
    assert (rule["help_uri"], rule["doc"], rule["sections"]) == (None, "", {})


@pytest.mark.parametrize(
    ("doc", "found"),
    [
        ("", {}),
        ("Title.", {}),
        ("Title.\n\n## A\none\n\n### deeper\ntwo\n\n## B\n\n", {"A": "one\n\n### deeper\ntwo", "B": ""}),
    ],
)
def test_sections(doc: str, found: dict[str, str]) -> None:
    rule = Rule(severity="note", scope="file", citation="none", message="none", doc=doc)
    assert sections(rule) == found
