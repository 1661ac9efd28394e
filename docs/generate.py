"""Write docs/rules/ from the rules themselves: `make docs`.

One page for each group, and an index. A test compares what is there with what this gives.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from dcmlint.catalogue import rules_in
from dcmlint.rule import Rule

__all__ = ["pages"]

HERE = Path(__file__).parent / "rules"

_GROUPS = {
    "file": "The file: PS3.10, File Meta Information, Transfer Syntax",
    "encoding": "Data Elements as they are encoded: PS3.5",
    "value": "Values: VR, VM, character sets, truncation",
    "uid": "Unique Identifiers and SOP Classes",
    "module": "Modules and Attributes of the IOD: PS3.3",
    "functional-group": "Functional groups of multi-frame objects: PS3.3 C.7.6.16",
    "pixel": "Pixel data and what describes it",
    "internal": "What dcmlint says of itself",
}


def pages(rules: Mapping[str, Rule]) -> dict[str, str]:
    """Return the text of each page by its name."""
    groups = sorted({rule.group for rule in rules.values()}, key=list(_GROUPS).index)
    by_group = {group: [rule for rule in rules.values() if rule.group == group] for group in groups}
    return {
        "README.md": _index(by_group),
        **{f"{group}.md": _page(group, found) for group, found in by_group.items()},
    }


def _index(by_group: Mapping[str, list[Rule]]) -> str:
    count = sum(map(len, by_group.values()))
    lines = [
        "# Rules",
        "",
        "<!-- Written by docs/generate.py from the rules: change the rule, then run `make docs`. -->",
        "",
        f"{count} rules. `--select` and `--ignore` take ids and groups; `dcmlint rule ID` shows one of these",
        "entries in the terminal. The severity is the highest that the rule gives: where the tables are less",
        "sure of a row, it gives a lower one.",
    ]
    for group, rules in by_group.items():
        lines += ["", f"## [{group}]({group}.md)", "", f"{_GROUPS[group]}.", ""]
        lines += ["| rule | severity | what is wrong |", "|---|---|---|"]
        lines += [f"| {_link(rule)} | {rule.severity} | {_cell(rule.title)} |" for rule in rules]
    return "\n".join(lines) + "\n"


def _page(group: str, rules: list[Rule]) -> str:
    lines = [
        f"# {_GROUPS[group]}",
        "",
        "<!-- Written by docs/generate.py from the rules: change the rule, then run `make docs`. -->",
    ]
    for rule in rules:
        body = rule.doc.strip().partition("\n")[2].strip()
        lines += ["", f"## {rule.id}", "", rule.title, "", f"Severity: {rule.severity}. {rule.citation}."]
        lines += ["", re.sub(r"^## (.+)$", r"**\1**\n", body, flags=re.MULTILINE)]
    return "\n".join(lines) + "\n"


def _link(rule: Rule) -> str:
    anchor = rule.id.replace("/", "")
    return f"[`{rule.id}`]({rule.group}.md#{anchor})"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def main() -> None:
    """Write the pages and remove those of groups that are no more."""
    written = pages({rule.id: rule for rule in sorted(rules_in("dcmlint.rules"), key=lambda rule: rule.id)})
    HERE.mkdir(exist_ok=True)
    for path in HERE.glob("*.md"):
        if path.name not in written:
            path.unlink()
    for name, text in written.items():
        (HERE / name).write_text(text)


if __name__ == "__main__":
    main()
