"""Write docs/rules/ and docs/policies/ from the rules and policies themselves, and the JSON Schema of
settings files: `make docs`.

One page for each rule in a folder for each group, and an index; one page for each policy that ships. A test
compares what is there with what this gives.
"""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from dcmlint.builtin import dcmlint_policies
from dcmlint.catalogue import ALWAYS_ON, rules_in
from dcmlint.documentation import applies_to, fix_note, fix_text, looks_at, page_path, sections
from dcmlint.policy.about import About, about, changes
from dcmlint.policy.document import Document, read_document
from dcmlint.policy.keys import json_schema
from dcmlint.policy.model import SiteRule
from dcmlint.rule import Rule

__all__ = ["pages", "policy_pages", "schema_text"]

ROOT = Path(__file__).parents[1]
HERE = ROOT / "docs" / "rules"
POLICIES = ROOT / "docs" / "policies"
SCHEMA = ROOT / "dcmlint" / "policy" / "policy.schema.json"

_GROUPS = {
    "file": "The file: PS3.10, File Meta Information, Transfer Syntax",
    "encoding": "Data Elements as they are encoded: PS3.5",
    "value": "Values: VR, VM, character sets, truncation",
    "uid": "Unique Identifiers and SOP Classes",
    "module": "Modules and Attributes of the IOD: PS3.3",
    "functional-group": "Functional groups of multi-frame objects: PS3.3 C.7.6.16",
    "pixel": "Pixel data and what describes it",
    "seg": "Segmentations: PS3.3 C.8.20",
    "rt": "Radiotherapy: structure sets, plans and doses: PS3.3 C.8.8",
    "pr": "Presentation states: PS3.3 C.10, C.11",
    "ko": "Key object selections: PS3.3 C.17.6",
    "wsi": "Whole slide images: PS3.3 C.8.12",
    "waveform": "Waveforms: PS3.3 C.10.9",
    "document": "Encapsulated documents: PS3.3 C.24",
    "sr": "Structured Reports and Key Object Selections: PS3.3 A.35, C.17 and C.18",
    "ai": "Results of algorithms: traceability",
    "reference": "References between SOP Instances",
    "consistency": "What instances of a patient, study, series and device must agree on: PS3.3 A.1.2",
    "geometry": "Slices of a volume",
    "dicomdir": "Media with a DICOMDIR: PS3.10 8.6, PS3.3 F",
    "deid": "What de-identified files still tell: PS3.15 Annex E; reported by `dcmlint deid verify` alone",
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
        yield from ("| rule | severity | fix | what is wrong |", "|---|---|---|---|")
        for rule in rules:
            fix = "" if rule.fix is None else "safe" if rule.fix.safe else "unsafe"
            yield f"| [`{rule.id}`]({page_path(rule.id)}) | {rule.severity} | {fix} | {_cell(rule.title)} |"


def _page(rule: Rule) -> Iterator[str]:
    source = f"rules/{rule.id.replace('-', '_')}.py"
    yield from (f"# {rule.id}", "", _NOTICE.format(source), "", rule.title, "", "| | |", "|---|---|")
    yield f"| Severity | {rule.severity} |"
    yield f"| Source | {_cell(rule.citation)} |"
    yield f"| Looks at | {looks_at(rule)} |"
    yield f"| Applies to | {applies_to(rule)} |"
    if rule.fix is not None:
        yield f"| [`dcmlint fix`](../../fixing.md) | {fix_note(rule)} |"
    if rule.parameters:
        yield from ("", "## Parameters", "", f"A policy sets them under `parameters: {rule.id}:`.", "")
        yield from ("| parameter | default | meaning |", "|---|---|---|")
        for name, each in rule.parameters.items():
            default = ", ".join(each.default) or "none" if isinstance(each.default, tuple) else each.default
            yield f"| `{name}` | {default} | {_cell(each.doc)} |"
    for title, text in sections(rule).items():
        yield from ("", f"## {title}", "", text)
    if rule.fix is not None:
        yield from ("", "## What dcmlint fix does", "", fix_text(rule))
        yield from ("", "```sh", f"dcmlint fix --select {rule.id}{_unsafe(rule)} --diff PATH", "```")
    yield from ("", "## How to choose it", "", _ALWAYS_ON if rule.id in ALWAYS_ON else _CHOOSE, "", "```sh")
    if rule.id not in ALWAYS_ON:
        yield f"dcmlint check --select {rule.id} PATH"
    yield from (f"dcmlint check --ignore {rule.id} PATH", "```", "")
    group = f"Group [{rule.group}](../README.md#{rule.group})"
    yield f"{group} · [all rules](../README.md) · [{source}](../../../{source})"


def _unsafe(rule: Rule) -> str:
    return "" if rule.fix is None or rule.fix.safe else " --unsafe-fixes"


def policy_pages() -> dict[str, str]:
    """Return the text of the page of each policy that ships by its name below docs/policies/."""
    return {f"{name}.md": "\n".join(_policy_page(about(name))) + "\n" for name in dcmlint_policies()}


def _policy_page(own: About) -> Iterator[str]:
    source = f"rules/policies/{own.name}.yaml"
    yield from (f"# {own.name}", "", _NOTICE.format(source), "", own.description, "")
    yield from ("## How to use it", "", "```sh", f"dcmlint check --policy {own.name} PATH", "```", "")
    yield from ("or for good, in [dcmlint.yaml](../policies.md):", "", "```yaml", f"extends: {own.name}")
    unwanted = own.rules[-1].id if own.rules else list(own.settings["severity"])[-1]
    yield from ("severity:", f"  {unwanted}: off # what you do not agree with", "```", "")
    yield f"`dcmlint policy test {own.name}` runs its examples, which are in [{source}](../../{source})."
    changed = list(changes(own.settings))
    if changed:
        yield from ("", "## Settings", "", "| setting | rule | value |", "|---|---|---|")
        yield from (f"| {key} | {_rule_link(name)} | {value} |" for key, name, value in changed)
    if not own.rules:
        yield from ("", "[All policies](../policies.md#policies-that-ship)")
        return
    yield from ("", "## Rules", "", f"{len(own.rules)} rules.", "", "| rule | severity | what is wrong |")
    yield "|---|---|---|"
    for rule in own.rules:
        name = rule.id.removeprefix("site/")
        yield f"| [`{rule.id}`](#{name}) | {rule.severity} | {_cell(rule.title)} |"
    document = read_document(own.file)
    for number, rule in enumerate(own.rules):
        yield from ("", *_policy_rule(rule, document, number))
    yield from ("", "[All policies](../policies.md#policies-that-ship)")


def _policy_rule(rule: SiteRule, document: Document, number: int) -> Iterator[str]:
    yield from (f"### {rule.id.removeprefix('site/')}", "", rule.title, "", rule.description.strip(), "")
    yield from ("```yaml", *_written(document, number, ("when", rule.form)), "```")
    if rule.citation:
        yield from ("", f"Source: {rule.citation}")


def _written(document: Document, number: int, keys: Sequence[str]) -> Iterator[str]:
    """Yield the lines of some keys of a rule as they are in its file."""
    lines = document.text.splitlines()
    starts = {
        path[2]: line for path, line in document.lines.items() if path[:2] == ("rules", number) and path[2:]
    }
    ends = sorted([*starts.values(), document.lines.get(("rules", number + 1), len(lines) + 1)])
    for key in keys:
        if key in starts:
            end = next(line for line in ends if line > starts[key])
            written = "\n".join(lines[starts[key] - 1 : end - 1])
            yield textwrap.dedent(written).rstrip()


def _rule_link(name: str) -> str:
    return f"[`{name}`](../rules/{name}.md)" if (HERE / f"{name}.md").exists() else f"`{name}`"


def schema_text() -> str:
    """Return the JSON Schema of settings files as it is shipped."""
    return json.dumps(json_schema(), indent=1) + "\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def main() -> None:
    """Write the pages and the schema, and remove the pages of rules and groups that are no more."""
    written = pages({rule.id: rule for rule in sorted(rules_in("dcmlint.rules"), key=lambda rule: rule.id)})
    for path in HERE.rglob("*.md"):
        if path.relative_to(HERE).as_posix() not in written:
            path.unlink()
    for name, text in written.items():
        (HERE / name).parent.mkdir(parents=True, exist_ok=True)
        (HERE / name).write_text(text)
    for path in POLICIES.glob("*.md"):
        path.unlink()
    for name, text in policy_pages().items():
        POLICIES.mkdir(exist_ok=True)
        (POLICIES / name).write_text(text)
    SCHEMA.write_text(schema_text())
    for folder in HERE.iterdir():
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()


if __name__ == "__main__":
    main()
