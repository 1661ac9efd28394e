"""SARIF 2.1.0: valid for the public schema, and what GitHub code scanning asks for."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import unquote

import jsonschema
import pytest
from report_sample import (
    EXPECTED,
    RULES,
    SUMMARY,
    reports,
    run_info,
    sample,
    shown,
    written,
    written_by,
)

from dcmlint.errors import UsageError
from dcmlint.model import Finding, InstanceReport
from dcmlint.report.sarif_rule import MAX_RULE_TEXT, SECURITY
from dcmlint.rule import Rule

FIRST_CHARACTER = {"startLine": 1, "startColumn": 1, "endLine": 1, "endColumn": 1}


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
        assert result["partialFingerprints"] == {
            "dcmlint/v1": finding["fingerprint"],
            "primaryLocationLineHash": f"{finding['fingerprint']}:1",
        }
        assert result["suppressions"] == []
        location = result["locations"][0]
        region = location["physicalLocation"]["region"]
        expected = {"byteOffset": finding["offset"], "byteLength": finding["length"], **FIRST_CHARACTER}
        assert region == {k: v for k, v in expected.items() if v is not None}
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
    assert descriptor(warning)["defaultConfiguration"] == {"level": "warning"}


def descriptor(rule: Rule) -> dict[str, Any]:
    text = written("sarif", run_info(rules={rule.id: rule}), [])
    return json.loads(text)["runs"][0]["tool"]["driver"]["rules"][0]  # type: ignore[no-any-return]


def test_rule_texts_fit_github() -> None:
    rule = Rule("error", "value", "", "x", id="value/x", doc=f"T.\n\n## Why this matters\n{'word ' * 900}\n")
    found = descriptor(rule)
    texts = [found[key]["text"] for key in ("shortDescription", "fullDescription", "help")]
    assert max(map(len, texts)) == MAX_RULE_TEXT
    assert len(found["help"]["markdown"]) > MAX_RULE_TEXT


@pytest.mark.parametrize(
    ("rule_id", "severity", "scope", "precision", "problem"),
    [
        ("module/empty-type-1", "error", "table", "very-high", "error"),
        ("value/placeholder", "warning", "value", "high", "warning"),
        ("module/sequence-items", "warning", "table", "medium", "warning"),
        ("module/attribute-not-in-iod", "note", "table", "high", "recommendation"),
        ("site/station-name", "warning", "policy", "very-high", "warning"),
    ],
)
def test_what_github_sorts_rules_by(
    rule_id: str, severity: Any, scope: Any, precision: str, problem: str
) -> None:
    found = descriptor(Rule(severity, scope, "PS3", "x", id=rule_id))
    assert found["properties"]["precision"] == precision
    assert found["properties"]["problem.severity"] == problem
    assert found["properties"]["tags"] == ["dicom", rule_id.partition("/")[0]]
    assert "security-severity" not in found["properties"]


def test_security_has_scores_that_follow_from_their_vectors() -> None:
    for rule_id, risk in SECURITY.items():
        found = descriptor(Rule("error", "file", "", "x", id=rule_id if "/" in rule_id else f"{rule_id}/any"))
        assert found["properties"]["security-severity"] == risk.score == cvss(risk.vector)
        assert "security" in found["properties"]["tags"] and risk.reason


def cvss(vector: str) -> str:
    """Return the base score of a CVSS 3.1 vector of unchanged scope."""
    weights = {
        "AV": {"N": 0.85, "L": 0.55},
        "AC": {"L": 0.77},
        "PR": {"N": 0.85},
        "UI": {"N": 0.85, "R": 0.62},
        "C": {"H": 0.56, "N": 0},
        "I": {"H": 0.56, "N": 0},
        "A": {"H": 0.56, "N": 0},
    }
    values = dict(part.split(":") for part in vector.split("/"))
    assert values.pop("S") == "U"
    of = {name: weights[name][value] for name, value in values.items()}
    impact = 6.42 * (1 - (1 - of["C"]) * (1 - of["I"]) * (1 - of["A"]))
    exploitability = 8.22 * of["AV"] * of["AC"] * of["PR"] * of["UI"]
    return str(-(-round(min(impact + exploitability, 10) * 100_000) // 10_000) / 10)


def test_help_leads_to_the_page_of_the_rule() -> None:
    built_in = descriptor(Rule("error", "value", "", "x", id="value/vm"))
    assert built_in["helpUri"].endswith("/docs/rules/value/vm.md")
    assert "helpUri" not in descriptor(Rule("error", "value", "", "x", id="house/own"))


def test_waived_findings_are_suppressed_results(validator: Any) -> None:
    run = run_info()
    report = shown(reports()[0], run)
    findings = [
        each._replace(waived='agreed with "them"' if not n else "") for n, each in enumerate(report.findings)
    ]
    log = json.loads(written_by("sarif", run, [report.with_findings(findings)]))
    validator.validate(log)
    suppressions = [each["suppressions"] for each in log["runs"][0]["results"]]
    waived = {"kind": "external", "status": "accepted", "justification": 'agreed with "them"'}
    assert suppressions == [[waived], *[[]] * (len(findings) - 1)]


def test_findings_about_settings_have_a_line() -> None:
    run = run_info()
    finding = shown(reports()[0], run).findings[0]._replace(line=7, offset=None, length=None)
    report = shown(reports()[0], run).with_findings([finding])
    result = json.loads(written_by("sarif", run, [report]))["runs"][0]["results"][0]
    region = result["locations"][0]["physicalLocation"]["region"]
    assert region == {"startLine": 7, "startColumn": 1, "endLine": 7, "endColumn": 1}


def test_equal_runs_give_equal_logs() -> None:
    other = SUMMARY._replace(elapsed_s=99.9)
    assert written("sarif", run_info(), reports()) == written("sarif", run_info(), reports(), other)


def test_category(log: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    assert log["runs"][0]["automationDetails"] == {"id": "dcmlint/"}
    monkeypatch.setenv("DCMLINT_SARIF_CATEGORY", "phantoms/ct/")
    again = json.loads(written("sarif", run_info(), []))
    assert again["runs"][0]["automationDetails"] == {"id": "phantoms/ct/"}
    monkeypatch.setenv("DCMLINT_SARIF_CATEGORY", "a b")
    with pytest.raises(UsageError, match="DCMLINT_SARIF_CATEGORY"):
        written("sarif", run_info(), [])


def test_a_failed_check_is_told(log: dict[str, Any], validator: Any) -> None:
    fine = {"exitCode": 0, "executionSuccessful": True, "toolExecutionNotifications": []}
    assert log["runs"][0]["invocations"] == [fine]
    args = {"rule": "value/vm", "error": "TypeError"}
    failed = Finding("internal/check-failed", "error", (), None, None, None, args)
    rules = {**RULES, "internal/check-failed": Rule("error", "file", "", "The check {rule} failed ({error})")}
    inputs = [InstanceReport(f"/data/{name}", "instance", "", "", "x", (failed,)) for name in ("a", "b c")]
    summary = SUMMARY._replace(failed_checks=2, exit_status=1)
    told = json.loads(written("sarif", run_info(rules=rules), inputs, summary))
    validator.validate(told)
    (invocation,) = told["runs"][0]["invocations"]
    assert (invocation["exitCode"], invocation["executionSuccessful"]) == (1, False)
    first, second = invocation["toolExecutionNotifications"]
    assert first["level"] == "error"
    assert first["message"]["text"] == "The check value/vm failed (TypeError)"
    assert second["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "b%20c"
    assert len(told["runs"][0]["results"]) == 2


def test_a_rule_that_the_run_does_not_know_has_no_index() -> None:
    finding = Finding("internal/check-failed", "error", (), None, None, None, {})
    result = results(InstanceReport("f", "instance", "", "", "x", (finding,)))[0]
    assert result["ruleId"] == "internal/check-failed" and "ruleIndex" not in result
