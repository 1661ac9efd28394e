"""Write docs/rules/ from the rules themselves: `make docs`.

One page for each rule in a folder for each group, and an index. A test compares what is there with
what this gives.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from dcmlint.catalogue import ALWAYS_ON, rules_in
from dcmlint.documentation import applies_to, looks_at, page_path, sections
from dcmlint.rule import Rule

__all__ = ["pages"]

ROOT = Path(__file__).parents[1]
HERE = ROOT / "docs" / "rules"

_GROUPS = {
    "file": "The file: PS3.10, File Meta Information, Transfer Syntax",
    "encoding": "Data Elements as they are encoded: PS3.5",
    "value": "Values: VR, VM, character sets, truncation",
    "uid": "Unique Identifiers and SOP Classes",
    "module": "Modules and Attributes of the IOD: PS3.3",
    "functional-group": "Functional groups of multi-frame objects: PS3.3 C.7.6.16",
    "pixel": "Pixel data and what describes it",
    "sr": "Structured Reports and Key Object Selections: PS3.3 A.35, C.17 and C.18",
    "internal": "What dcmlint says of itself",
}

_NOTICE = "<!-- Written by docs/generate.py from {}: change that, then run `make docs`. -->"

_INTRODUCTION = """\
{count} rules. `--select` and `--ignore` take ids and groups; `dcmlint rule ID` shows one of these pages in
the terminal, and `dcmlint rule --all --format json` gives all of them to a program
([json.md](../json.md#rules)). The severity is the highest that the rule gives: where it is less sure, or the
tables are, it gives a lower one. The exceptions are [`file/not-dicom`](file/not-dicom.md) and
[`file/git-lfs-pointer`](file/git-lfs-pointer.md), errors for a file that was named."""

_ALWAYS_ON = """\
This rule stays on when `--select` names others, since it says what was not checked. `--ignore` with its id
turns it off:"""

_CHOOSE = """\
Every rule is on unless you say otherwise. This one alone, and all but this one:"""


def pages(rules: Mapping[str, Rule]) -> dict[str, str]:
    """Return the text of each page by its path below docs/rules/."""
    groups = sorted({rule.group for rule in rules.values()}, key=list(_GROUPS).index)
    by_group = {group: [rule for rule in rules.values() if rule.group == group] for group in groups}
    index = {"README.md": "\n".join(_index(by_group)) + "\n"}
    return index | {page_path(rule.id): "\n".join(_page(rule)) + "\n" for rule in rules.values()}


def _index(by_group: Mapping[str, list[Rule]]) -> Iterator[str]:
    yield from ("# Rules", "", _NOTICE.format("the files of rules/"), "")
    yield _INTRODUCTION.format(count=sum(map(len, by_group.values())))
    yield from ("", "| group | rules | about |", "|---|---:|---|")
    for group, rules in by_group.items():
        yield f"| [{group}](#{group}) | {len(rules)} | {_GROUPS[group]} |"
    for group, rules in by_group.items():
        yield from ("", f"## {group}", "", f"{_GROUPS[group]}.", "")
        yield from ("| rule | severity | what is wrong |", "|---|---|---|")
        for rule in rules:
            yield f"| [`{rule.id}`]({page_path(rule.id)}) | {rule.severity} | {_cell(rule.title)} |"


def _page(rule: Rule) -> Iterator[str]:
    source = f"rules/{rule.id.replace('-', '_')}.py"
    yield from (f"# {rule.id}", "", _NOTICE.format(source), "", rule.title, "", "| | |", "|---|---|")
    yield f"| Severity | {rule.severity} |"
    yield f"| Source | {_cell(rule.citation)} |"
    yield f"| Looks at | {looks_at(rule)} |"
    yield f"| Applies to | {applies_to(rule)} |"
    if rule.parameters:
        yield from ("", "## Parameters", "", f"A policy sets them under `parameters: {rule.id}:`.", "")
        yield from ("| parameter | default | meaning |", "|---|---|---|")
        for name, each in rule.parameters.items():
            default = ", ".join(each.default) or "none" if isinstance(each.default, tuple) else each.default
            yield f"| `{name}` | {default} | {_cell(each.doc)} |"
    for title, text in sections(rule).items():
        yield from ("", f"## {title}", "", text)
    yield from ("", "## How to choose it", "", _ALWAYS_ON if rule.id in ALWAYS_ON else _CHOOSE, "", "```sh")
    if rule.id not in ALWAYS_ON:
        yield f"dcmlint check --select {rule.id} PATH"
    yield from (f"dcmlint check --ignore {rule.id} PATH", "```", "")
    group = f"Group [{rule.group}](../README.md#{rule.group})"
    yield f"{group} · [all rules](../README.md) · [{source}](../../../{source})"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def main() -> None:
    """Write the pages and remove those of rules and groups that are no more."""
    written = pages({rule.id: rule for rule in sorted(rules_in("dcmlint.rules"), key=lambda rule: rule.id)})
    for path in HERE.rglob("*.md"):
        if path.relative_to(HERE).as_posix() not in written:
            path.unlink()
    for name, text in written.items():
        (HERE / name).parent.mkdir(parents=True, exist_ok=True)
        (HERE / name).write_text(text)
    for folder in HERE.iterdir():
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()


if __name__ == "__main__":
    main()
