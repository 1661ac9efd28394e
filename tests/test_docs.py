"""The documentation is current: rule pages are what the rules say, links lead somewhere."""

from __future__ import annotations

import json
import re
import runpy
from collections import Counter
from pathlib import Path

import pytest
from command_line import FAULTY, ROOT, Command, dcmlint

from dcmlint.catalogue import ALWAYS_ON, rules_in
from dcmlint.documentation import help_uri, sections
from dcmlint.rule import Rule

__all__ = ["dcmlint"]

RULES = sorted(rules_in("dcmlint.rules"), key=lambda rule: rule.id)
RULE_PAGES = ROOT / "docs" / "rules"
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "plugins").rglob("*.md")])


def test_rule_pages_are_what_the_rules_say() -> None:
    pages = runpy.run_path(str(ROOT / "docs" / "generate.py"))["pages"]
    wanted = pages({rule.id: rule for rule in RULES})
    there = {path.relative_to(RULE_PAGES).as_posix(): path.read_text() for path in RULE_PAGES.rglob("*.md")}
    assert set(there) == set(wanted), "run `make docs`"
    assert [name for name in wanted if there[name] != wanted[name]] == [], "run `make docs`"


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_each_rule_has_a_page_at_its_address(rule: Rule) -> None:
    uri = help_uri(rule.id)
    assert uri is not None
    page = (ROOT / uri.partition("/blob/main/")[2]).read_text()
    for told in (
        f"# {rule.id}\n",
        rule.title,
        f"| {rule.severity} |",
        rule.citation,
        rule.id.partition("/")[0],
    ):
        assert told in page
    for title, text in sections(rule).items():
        assert f"\n## {title}\n\n{text}\n" in page
    assert ("files only" in page) == rule.on_bytes


@pytest.mark.parametrize("rule_id", ["pixel/high-bit-mismatch", "file/not-dicom"])
def test_commands_of_a_rule_page_do_what_it_says(dcmlint: Command, rule_id: str) -> None:
    page = (RULE_PAGES / f"{rule_id}.md").read_text()
    commands = re.findall(r"^dcmlint (.+) PATH$", page, re.MULTILINE)
    assert {command.split()[1] for command in commands} == {"--ignore"} | (
        set() if rule_id in ALWAYS_ON else {"--select"}
    )
    for command in commands:
        out = dcmlint(*command.split(), FAULTY / "high_bit.dcm", ROOT / "LICENSE", "-f", "jsonl").out
        found = {json.loads(line)["rule"] for line in out.splitlines()[:-1]}
        assert (rule_id in found) == ("--select" in command)
        assert "--ignore" in command or found <= {rule_id, *ALWAYS_ON}


def test_rules_of_plugins_have_no_page_here() -> None:
    assert help_uri("example/missing-station-name") is None
    assert help_uri("interop/role-not-supported") is None


def test_index_counts_the_rules_of_each_group() -> None:
    rows = re.findall(
        r"^\| \[([a-z-]+)\]\(#\1\) \| (\d+) \|", (RULE_PAGES / "README.md").read_text(), re.MULTILINE
    )
    assert {group: int(number) for group, number in rows} == Counter(rule.group for rule in RULES)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text()):
        path, _, anchor = target.partition("#")
        if "://" in target:
            continue
        linked = page.parent / path if path else page
        assert linked.exists(), f"{page.name} links to {target}"
        if anchor:
            assert anchor in anchors(linked), f"{page.name} links to {target}"


def anchors(page: Path) -> set[str]:
    """Return the anchors that a web view of the page gives its headings."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


def test_every_decision_is_listed() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text()
    for path in (ROOT / "docs" / "adr").glob("*.md"):
        assert f"adr/{path.name}" in text, f"{path.name} is not listed in docs/architecture.md"


def test_every_module_is_in_the_architecture() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text()
    for path in sorted((ROOT / "dcmlint").rglob("*.py")):
        name = path.relative_to(ROOT / "dcmlint").as_posix()
        if not name.endswith("__init__.py"):
            assert f"`{name}`" in text, f"{name} is not in docs/architecture.md"


def test_every_setting_is_in_the_configuration_page() -> None:
    from dcmlint.policy.keys import SETTINGS, WAIVER

    text = (ROOT / "docs" / "configuration.md").read_text()
    for key in SETTINGS.fields:
        assert re.search(rf"^\|.*`{key}`", text, re.MULTILINE), f"{key} is not in docs/configuration.md"
    assert all(f"`{key}`" in text or f" {key}:" in text for key in WAIVER.fields)


def test_settings_and_waivers_shown_are_valid(tmp_path: Path) -> None:
    from dcmlint.policy.load import load_policy

    blocks = re.findall(
        r"^```yaml\n(.*?)^```$", (ROOT / "docs" / "configuration.md").read_text(), re.M | re.S
    )
    settings, waivers = blocks
    (tmp_path / "dcmlint.yaml").write_text(settings)
    (tmp_path / "waivers.yaml").write_text(waivers)
    policy = load_policy(str(tmp_path / "dcmlint.yaml"))
    assert len(policy.waivers) == 2 and policy.scopes and policy.rules
