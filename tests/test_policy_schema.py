"""The JSON Schema of settings files: shipped, current, and of one mind with our own validation."""

from __future__ import annotations

import datetime
import re
import runpy
from pathlib import Path
from typing import Any

import pytest
from command_line import ROOT
from jsonschema import Draft202012Validator

from dcmlint.builtin import dcmlint_policies
from dcmlint.policy.document import read_document, read_text
from dcmlint.policy.keys import SCHEMA_ADDRESS, SETTINGS, json_schema
from dcmlint.starter import starter

SHIPPED = ROOT / "dcmlint" / "policy" / "policy.schema.json"

GOOD = """
{}
extends: archive-ingest
extends: [archive-ingest, ./site.yaml]
name: a
severity: {value/truncated: error, value: "off"}
select: [value, site/a]
ignore: value/vm
per-file-ignores: {"a/**": value}
scopes: [{when: Modality == "SR", severity: {value: note}, select: [value], ignore: value/vm}]
baseline: a.json
ratchet: true
jobs: 4
format: [text, "sarif:a.sarif"]
statistics-by: rule
fail-on: never
cache: {enabled: false, folder: a, megabytes: 10}
waivers: [a.yaml]
rules: []
rules: [{id: a, required: PatientID}]
rules: [{id: site/a, required: [PatientID, PatientName], severity: note, title: t, description: d}]
rules: [{id: a, required: {attributes: PatientID, may_be_empty: true}}]
rules: [{id: a, forbidden: {attributes: [PatientID], even_if_empty: true}}]
rules: [{id: a, pattern: {PatientID: "[0-9]+"}}]
rules: [{id: a, one_of: {Modality: [CT, MR], BitsAllocated: 8}}]
rules: [{id: a, max_length: {PatientID: 8}}]
rules: [{id: a, uid_root: {StudyInstanceUID: ["2.25", 1.2.3]}}]
rules: [{id: a, date_range: {StudyDate: {from: 2001-03-01, to: today}}}]
rules: [{id: a, date_range: {StudyDate: {from: "2001-03-01", to: "today"}}}]
rules: [{id: a, matches_file_name: "{PatientID}.dcm"}]
rules: [{id: a, matches_file_name: {name: "{PatientID}.dcm", ignore_case: true}}]
rules: [{id: a, unique: {attributes: PatientID, within: [StudyDate]}}]
rules: [{id: a, check: present(PatientID), message: m, attribute: PatientID, show_value: true}]
rules: [{id: a, required: PatientID, pass: [{PatientID: 1, A: null}, {B: [{C: 1}]}], fail: []}]
"""

BAD = """
unknown: 1
name: [a]
name: 5
name: " "
extends: {a: b}
severity: [a]
severity: {value/truncated: fatal}
severity: {value: 1}
ignore: {a: b}
per-file-ignores: [a]
scopes: {when: a}
scopes: [{severity: {value: note}}]
scopes: [{when: Modality == "SR", unknown: 1}]
ratchet: "yes"
jobs: 0
jobs: 2000
jobs: a
jobs: 1.5
fail-on: always
statistics-by: colour
cache: {megabytes: 0}
cache: {unknown: 1}
rules: {id: a}
rules: [a]
rules: [{required: PatientID}]
rules: [{id: A B, required: PatientID}]
rules: [{id: a}]
rules: [{id: a, required: PatientID, forbidden: PatientName}]
rules: [{id: a, check: present(PatientID)}]
rules: [{id: a, required: PatientID, attribute: PatientID}]
rules: [{id: a, required: PatientID, severity: "off"}]
rules: [{id: a, required: []}]
rules: [{id: a, required: {may_be_empty: true}}]
rules: [{id: a, required: {attributes: PatientID, may_be_empty: 1}}]
rules: [{id: a, required: {attributes: PatientID, unknown: 1}}]
rules: [{id: a, pattern: {}}]
rules: [{id: a, pattern: {PatientID: 5}}]
rules: [{id: a, pattern: PatientID}]
rules: [{id: a, one_of: {Modality: []}}]
rules: [{id: a, one_of: {Modality: [{a: b}]}}]
rules: [{id: a, max_length: {PatientID: -1}}]
rules: [{id: a, max_length: {PatientID: eight}}]
rules: [{id: a, uid_root: {StudyInstanceUID: [mine]}}]
rules: [{id: a, uid_root: {StudyInstanceUID: 2.25}}]
rules: [{id: a, date_range: {StudyDate: {from: soon}}}]
rules: [{id: a, date_range: {StudyDate: {to: 20200131}}}]
rules: [{id: a, date_range: {StudyDate: {since: 2001-03-01}}}]
rules: [{id: a, date_range: {StudyDate: 2001-03-01}}]
rules: [{id: a, matches_file_name: [a]}]
rules: [{id: a, matches_file_name: {ignore_case: true}}]
rules: [{id: a, unique: {attributes: PatientID, within: []}}]
rules: [{id: a, required: PatientID, pass: {PatientID: 1}}]
rules: [{id: a, required: PatientID, pass: 5}]
rules: [{id: a, required: PatientID, show_value: 1}]
rules: [{id: a, required: PatientID, when: 5}]
"""


def lines(text: str) -> list[str]:
    return text.strip().splitlines()


def as_json(value: Any) -> Any:
    """Return a document as an editor sees it: YAML 1.2 has no dates."""
    if isinstance(value, dict):
        return {key: as_json(each) for key, each in value.items()}
    if isinstance(value, list):
        return [as_json(each) for each in value]
    return value.isoformat() if isinstance(value, datetime.date) else value


def verdicts(content: Any) -> tuple[bool, bool]:
    """Return whether the schema and our own validation accept a document."""
    by_schema = Draft202012Validator(json_schema()).is_valid(as_json(content))
    return by_schema, not list(SETTINGS.faults(content, ()))


def test_the_schema_is_a_schema() -> None:
    Draft202012Validator.check_schema(json_schema())
    assert json_schema()["$id"] == SCHEMA_ADDRESS
    assert SCHEMA_ADDRESS.endswith("/main/dcmlint/policy/policy.schema.json")


def test_the_shipped_schema_is_current() -> None:
    wanted = runpy.run_path(str(ROOT / "docs" / "generate.py"))["schema_text"]()
    assert SHIPPED.read_text() == wanted, "run `make docs`"


@pytest.mark.parametrize("text", lines(GOOD))
def test_both_accept(text: str) -> None:
    assert verdicts(read_text("test", text).content) == (True, True)


@pytest.mark.parametrize("text", lines(BAD))
def test_both_refuse(text: str) -> None:
    assert verdicts(read_text("test", text).content) == (False, False)


@pytest.mark.parametrize("name", sorted(dcmlint_policies()))
def test_both_accept_what_ships(name: str) -> None:
    assert verdicts(read_document(str(dcmlint_policies()[name])).content) == (True, True)


@pytest.mark.parametrize("text", [starter(), starter(["archive-ingest", "./my, own.yaml"])])
def test_both_accept_the_starter(text: str) -> None:
    assert verdicts(read_text("test", text).content) == (True, True)
    every = re.sub(r"^# (?!yaml-)", "", starter(), flags=re.MULTILINE)
    assert verdicts(read_text("test", every).content) == (True, True)


def test_every_key_is_described() -> None:
    def undescribed(schema: Any, path: str) -> list[str]:
        found = []
        for name, inner in schema.get("properties", {}).items():
            found += [] if inner.get("description") else [f"{path}.{name}"]
            found += undescribed(inner, f"{path}.{name}")
        for inner in (schema.get("items"), schema.get("additionalProperties"), *schema.get("anyOf", ())):
            found += undescribed(inner, path) if isinstance(inner, dict) else []
        return found

    assert undescribed(json_schema(), "") == []


def test_the_schema_is_named_by_the_policies_that_ship() -> None:
    for path in dcmlint_policies().values():
        first = Path(path).read_text().partition("\n")[0]
        assert first == "# yaml-language-server: $schema=../../dcmlint/policy/policy.schema.json"
