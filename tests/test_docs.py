"""The documentation is current: rule pages are what the rules say, links lead somewhere."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import pytest

from dcmlint.catalogue import rules_in

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "plugins").rglob("*.md")])


def test_rule_pages_are_what_the_rules_say() -> None:
    pages = runpy.run_path(str(ROOT / "docs" / "generate.py"))["pages"]
    rules = sorted(rules_in("dcmlint.rules"), key=lambda rule: rule.id)
    wanted = pages({rule.id: rule for rule in rules})
    there = {path.name: path.read_text() for path in (ROOT / "docs" / "rules").glob("*.md")}
    assert set(there) == set(wanted), "run `make docs`"
    assert [name for name in wanted if there[name] != wanted[name]] == [], "run `make docs`"


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
