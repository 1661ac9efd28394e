"""SARIF 2.1.0: valid for the public schema, and what GitHub code scanning asks for."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import unquote

import jsonschema
import pytest
from report_sample import EXPECTED, RULES, SUMMARY, reports, run_info, sample, written

from dcmlint.model import Finding, InstanceReport
from dcmlint.report.sarif_run import MAX_RULE_TEXT, log_head
from dcmlint.rule import Rule


@pytest.fixture(scope="module")
def log() -> dict[str, Any]:
    return json.loads(sample("sarif"))


@pytest.fixture(scope="module")
def validator() -> Any:
    schema = json.loads((EXPECTED / "sarif-2.1.0-rtm.5.json").read_text(encoding="utf-8"))
    return jsonschema.validators.validator_for(schema)(schema)


def results(*inputs: InstanceReport) -> list[dict[str, Any]]:
    return json.loads(written("sarif", run_info(), inputs))["runs"][0]["results"]


def test_valid_for_the_public_schema(log: dict[str, Any], validator: Any) -> None:
    validator.validate(log)
    validator.validate(json.loads(written("sarif", run_info(), [])))
    broken = json.loads(json.dumps(log))
    broken["runs"][0]["results"][0]["level"] = "fatal"
    assert not validator.is_valid(broken)


def test_results_are_the_findings_of_the_json_report(log: dict[str, Any]) -> None:
    findings = json.loads(sample("json"))["findings"]
    run = log["runs"][0]
    assert len(run["results"]) == len(findings)
    for result, finding in zip(run["results"], findings, strict=True):
        assert (
            result["ruleId"] == finding["rule"] == run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"]
        )
        assert result["level"] == finding["severity"]
        assert result["partialFingerprints"] == {"dcmlint/v1": finding["fingerprint"]}
        location = result["locations"][0]
        region = location["physicalLocation"].get("region")
        expected = {"byteOffset": finding["offset"], "byteLength": finding["length"]}
        assert region == ({k: v for k, v in expected.items() if v is not None} or None)
        names = [each["fullyQualifiedName"] for each in location.get("logicalLocations", ())]
        assert names == ([finding["path"]] if finding["path"] else [])
        if finding["path"]:
            assert finding["path"] in result["message"]["text"]
        for key in ("tag", "keyword", "module", "citation", "edition", "sop_class_uid", "sop_instance_uid"):
            assert result["properties"].get(key) == finding[key]
        assert result["properties"].get("attributes", []) == finding["attributes"]
        uri = location["physicalLocation"]["artifactLocation"]["uri"]
        assert unquote(uri.removeprefix("file://")) == finding["file"]


def test_artifact_locations() -> None:
    def location(file: str) -> dict[str, Any]:
        finding = Finding("module/empty-type-1", "error", (), None, None, None, {})
        found = results(InstanceReport(file, "instance", "", "", "x", (finding,)))
        return found[0]["locations"][0]["physicalLocation"]["artifactLocation"]  # type: ignore[no-any-return]

    root = {"uriBaseId": "%SRCROOT%"}
    assert location("/data/a b/#1%.dcm") == {"uri": "a%20b/%231%25.dcm", **root}
    assert location("/data/ü:x") == {"uri": "%C3%BC%3Ax", **root}
    assert location("/data/\udcfc") == {"uri": "%FC", **root}
    assert location("/else where/x") == {"uri": "file:///else%20where/x"}
    assert location("s3://bucket/x y") == {"uri": "s3://bucket/x%20y"}


def test_a_data_set_in_memory_has_a_location_without_a_file(validator: Any) -> None:
    finding = Finding("module/empty-type-1", "error", (), 0x00100010, None, None, {})
    report = InstanceReport("", "instance", "", "", "x", (finding,))
    validator.validate(json.loads(written("sarif", run_info(), [report])))
    assert list(results(report)[0]["locations"][0]) == ["logicalLocations"]


def test_message_says_where() -> None:
    texts = [each["message"]["text"] for each in results(*reports())]
    nested = "SharedFunctionalGroupsSequence[1].PixelMeasuresSequence[1].PixelSpacing (0028,0030)"
    assert f"{nested} is empty in Pixel Measures" in texts
    assert "(0029,1010) comes after PixelData" in texts
    item = "PerFrameFunctionalGroupsSequence[1].CTAcquisitionTypeSequence[1]"
    assert any(text.startswith(f"{item}: Item 1 of CTAcquisitionTypeSequence has") for text in texts)


def test_a_keyword_at_the_start_that_only_starts_alike_is_left_alone() -> None:
    rule = Rule("error", "value", "", "RowsOfSomething differ", id="value/x")
    finding = Finding("value/x", "error", (), 0x00280010, None, None, {})
    report = InstanceReport("f", "instance", "", "", "x", (finding,))
    text = written("sarif", run_info(rules={"value/x": rule}), [report])
    assert "Rows (0028,0010): RowsOfSomething differ" in text


def test_rules(log: dict[str, Any]) -> None:
    rules = log["runs"][0]["tool"]["driver"]["rules"]
    assert [each["id"] for each in rules] == list(RULES)
    first = rules[0]
    assert first["shortDescription"]["text"] == "An Attribute of Type 1 has no value."
    assert first["fullDescription"]["text"] == "Receivers rely on the value."
    assert first["help"]["markdown"].startswith("# An Attribute of Type 1 has no value.\n\n## What it does")
    assert "##" not in first["help"]["text"]
    assert {each["defaultConfiguration"]["level"] for each in rules} == {"error", "note"}
    warning = Rule("warning", "value", "", "x", id="value/w", doc="W.")
    head = log_head(run_info(rules={"value/w": warning}))
    assert head["runs"][0]["tool"]["driver"]["rules"][0]["defaultConfiguration"] == {"level": "warning"}


def test_rule_texts_fit_github() -> None:
    rule = Rule("error", "value", "", "x", id="value/x", doc=f"T.\n\n## Why this matters\n{'word ' * 900}\n")
    descriptor = log_head(run_info(rules={"value/x": rule}))["runs"][0]["tool"]["driver"]["rules"][0]
    texts = [descriptor[key]["text"] for key in ("shortDescription", "fullDescription", "help")]
    assert max(map(len, texts)) == MAX_RULE_TEXT
    assert len(descriptor["help"]["markdown"]) > MAX_RULE_TEXT


def test_a_failed_check_is_told(log: dict[str, Any]) -> None:
    assert log["runs"][0]["invocations"] == [{"executionSuccessful": True}]
    run = json.loads(written("sarif", run_info(), [], SUMMARY._replace(failed_checks=1)))["runs"][0]
    assert run["invocations"] == [{"executionSuccessful": False}]


def test_a_rule_that_the_run_does_not_know_has_no_index() -> None:
    finding = Finding("internal/check-failed", "error", (), None, None, None, {})
    result = results(InstanceReport("f", "instance", "", "", "x", (finding,)))[0]
    assert result["ruleId"] == "internal/check-failed" and "ruleIndex" not in result
