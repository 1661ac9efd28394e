"""docs/policies.md and docs/policies/ are true: every block of YAML loads, its examples hold, and what is
said of conditions is what they do."""

from __future__ import annotations

import re
import runpy
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from command_line import ROOT, Command, dcmlint

from dcmlint.builtin import dcmlint_policies
from dcmlint.explain_policy import policy_test
from dcmlint.policy import cost, document, engine, site, syntax
from dcmlint.policy.about import about
from dcmlint.policy.bindings import Bindings
from dcmlint.policy.data_set import example_instance
from dcmlint.policy.document import read_text
from dcmlint.policy.expression import _FUNCTIONS, _METHODS, _OWN, Expression
from dcmlint.policy.facts import FACTS
from dcmlint.policy.keys import FORM_KEYS
from dcmlint.policy.load import load_policy, read_waivers

__all__ = ["dcmlint"]

PAGE = (ROOT / "docs" / "policies.md").read_text()


class Block(NamedTuple):
    """A block of YAML; `name` is in the comment that it begins with."""

    name: str
    text: str


def blocks() -> list[Block]:
    found = re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    names = [re.match(r"# (\S+)\n", text) for text in found]
    return [
        Block(name[1] if name else f"block{number}.yaml", text)
        for number, (name, text) in enumerate(zip(names, found, strict=True))
    ]


POLICIES = [block for block in blocks() if block.name != "example"]
CONDITIONS = re.findall(r"^\| `(.+?)` \| (true|false|unknown) \|", PAGE, re.MULTILINE)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with every block as a file, which is the working directory."""
    for block in POLICIES:
        (tmp_path / block.name).write_text(block.text)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("block", POLICIES, ids=lambda block: block.name)
def test_each_block_is_valid_and_its_examples_hold(folder: Path, block: Block) -> None:
    if block.name == "waivers.yaml":
        assert len(read_waivers(block.name)) == 1
        return
    policy = load_policy(block.name)
    assert policy.rules
    text, status = policy_test([block.name])
    assert status == 0 and "note:" not in text, text


def test_every_form_is_shown() -> None:
    shown = {key for block in POLICIES for key in re.findall(r"^    ([a-z_]+):", block.text, re.MULTILINE)}
    assert shown >= FORM_KEYS | {"check", "when", "message", "show_value", "attribute", "pass", "fail"}
    for form in FORM_KEYS:
        assert f"\n### {form}\n" in PAGE


@pytest.mark.parametrize(("text", "expected"), CONDITIONS)
def test_conditions_are_what_the_table_says(text: str, expected: str) -> None:
    (example,) = (block.text for block in blocks() if block.name == "example")
    read = read_text("example", example)
    told = Expression(text.replace("\\|", "|"))(Bindings.of(example_instance(read, (0,), read.content)))
    assert {True: "true", False: "false", None: "unknown"}[told] == expected


def test_the_table_has_conditions_of_each_kind() -> None:
    assert len(CONDITIONS) > 20
    assert {expected for _, expected in CONDITIONS} == {"true", "false", "unknown"}


def test_all_functions_and_facts_are_named() -> None:
    asked = PAGE.partition("### What a condition can ask")[2]
    for name in FACTS:
        assert f"`{name}`" in asked
    for name in _OWN:
        assert f"`{name}(" in asked
    for name in set(re.findall(r"\.(\w+)\(", asked)):
        assert name in _METHODS
    assert "size" in _FUNCTIONS and "`size(A)`" in asked


def test_bounds_are_those_of_the_code() -> None:
    refused = PAGE.partition("## What is refused")[2]
    for bound in (
        f"{syntax.MAX_LENGTH:,} characters",
        f"{syntax.MAX_NODES} names",
        f"{syntax.MAX_DEPTH} deep",
        f"{cost.MAX_UNITS:,} values",
        f"{engine._PATTERN_CHARACTERS} characters",
        f"{document.MAX_BYTES >> 20} MiB",
    ):
        assert bound in refused, bound
    assert site.BUDGET_S == 1.0 and "have one second" in refused


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ('check: Rows == "512"\n  message: no', "Rows is a number"),
        ("check: present(PixelData) && size(PixelData) == 1\n  message: no", "bulk data"),
        (
            "check: ImageType.exists(a, ImageType.exists(b, ImageType.exists(c, a == c)))\n  message: no",
            "nested",
        ),
        ("required: &a PatientID", "aliases|no policy|tags"),
        ("required: PatientIDD", "did you mean PatientID"),
        (f"pattern: {{PatientID: '{'a' * 501}'}}", "501 characters"),
    ],
)
def test_what_is_refused_is_refused(tmp_path: Path, rule: str, message: str) -> None:
    from dcmlint.errors import UsageError

    path = tmp_path / "site.yaml"
    extra = "\n  title: *a" if "&a" in rule else ""
    path.write_text(f"rules:\n- id: one\n  {rule}{extra}\n")
    with pytest.raises(UsageError, match=message):
        load_policy(str(path))


def test_the_output_of_the_test_is_as_shown(dcmlint: Command, tmp_path: Path, monkeypatch: Any) -> None:
    shown = re.search(r"```console\n\$ dcmlint (policy test)\n(.*?)```", PAGE, re.DOTALL)
    assert shown is not None
    first = next(block.text for block in POLICIES if block.name == "dcmlint.yaml")
    broken = first.replace('{PatientID: "4711"}', '{PatientID: "00004711"}')
    (tmp_path / "dcmlint.yaml").write_text(broken)
    monkeypatch.chdir(tmp_path)
    out = dcmlint(*shown[1].split()).out.replace(f"{tmp_path}/", "")
    assert out == shown[2]


def test_each_policy_that_ships_is_listed_and_has_its_page() -> None:
    pages = runpy.run_path(str(ROOT / "docs" / "generate.py"))["policy_pages"]()
    there = {path.name: path.read_text() for path in (ROOT / "docs" / "policies").iterdir()}
    assert there == pages, "run `make docs`"
    assert set(re.findall(r"\(policies/([a-z-]+)\.md\)", PAGE)) == set(dcmlint_policies())


def test_commands_of_a_policy_page_work(dcmlint: Command, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)
    for name in dcmlint_policies():
        page = (ROOT / "docs" / "policies" / f"{name}.md").read_text()
        settings = re.search(r"```yaml\n(extends: .*?)```", page, re.DOTALL)
        assert settings is not None
        (tmp_path / "dcmlint.yaml").write_text(settings[1])
        result = dcmlint("policy", "test")
        assert result.status == 0
        assert result.out.endswith("all as they should be\n") or not about(name).rules
