"""SARIF for GitHub code scanning: within its limits, most severe first, and nothing left out unsaid."""

from __future__ import annotations

import gzip
import io
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import redirect_stderr
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from command_line import FAULTY, Command, dcmlint
from report_sample import SUMMARY, reports, run_info, sample, shown, written_by
from sarif_sample import all_results, many, rules_of, validator

from dcmlint.catalogue import catalogue
from dcmlint.model import SEVERITIES, Finding, InstanceReport, Severity
from dcmlint.report import sarif_github
from dcmlint.report.protocol import Renders
from dcmlint.report.sarif_github import MAX_BYTES, GitHubSarifReporter
from dcmlint.report.sarif_rule import MAX_RULE_TEXT
from dcmlint.report.shards import STANDING
from dcmlint.report.shown import FileReport
from dcmlint.rule import Rule

__all__ = ["dcmlint"]

CATEGORIES = [
    f"dcmlint/{severity}/" if number == 1 else f"dcmlint/{severity}/{number}/"
    for severity, runs in STANDING.items()
    for number in range(1, runs + 1)
]

ARCHIVE: list[tuple[str, Severity, int]] = [
    ("encoding/odd-length", "error", 7_300),
    ("module/empty-type-1", "error", 26_000),
    ("value/invalid-da", "error", 40),
    ("module/sequence-items", "warning", 21_000),
    ("value/placeholder", "warning", 660),
    ("module/attribute-not-in-iod", "note", 60_000),
    ("value/surrounding-space", "note", 5_000),
]
"""120,000 findings."""


class Upload(NamedTuple):
    log: Any
    text: str
    said: str


@pytest.fixture(scope="module")
def log() -> Any:
    return json.loads(sample("github-sarif"))


@pytest.fixture(scope="module")
def archive() -> Upload:
    return uploaded(ARCHIVE)


def uploaded(counts: Iterable[tuple[str, Severity, int]]) -> Upload:
    with redirect_stderr(io.StringIO()) as said:
        text = written_by("github-sarif", run_info(rules=rules_of(counts)), many(counts))
    return Upload(json.loads(text), text, said.getvalue())


def test_limits_of_an_upload(archive: Upload) -> None:
    assert sum(number for _, _, number in ARCHIVE) == 120_000
    runs = archive.log["runs"]
    assert len(runs) == 20
    assert max(len(run["results"]) for run in runs) == 5_000
    assert max(len(run["tool"]["driver"]["rules"]) for run in runs) <= 25_000
    assert len(gzip.compress(archive.text.encode())) < MAX_BYTES < 10_000_000
    for result in all_results(archive.log):
        assert 1 <= len(result["locations"]) <= 1_000


def test_valid_for_the_public_schema(log: Any, archive: Upload) -> None:
    validator().validate(log)
    for run in archive.log["runs"]:
        run_alone = {**archive.log, "runs": [{**run, "results": run["results"][:50]}]}
        validator().validate(run_alone)


def test_no_two_runs_have_the_same_category(archive: Upload) -> None:
    keys = [
        (run["tool"]["driver"]["name"], run["automationDetails"]["id"].rpartition("/")[0])
        for run in archive.log["runs"]
    ]
    assert len(set(keys)) == len(keys) == 20
    # The upload action compares categories with everything but letters and digits made equal.
    assert len({"".join(c if c.isalnum() else "_" for c in category) for _, category in keys}) == 20


def test_results_are_the_most_severe_first(archive: Upload) -> None:
    order = [(SEVERITIES.index(each["level"]), each["ruleId"]) for each in all_results(archive.log)]
    assert order == sorted(order)
    for run in archive.log["runs"]:
        levels = {each["level"] for each in run["results"]}
        assert levels <= {run["automationDetails"]["id"].split("/")[1]}


def test_what_is_left_out_is_the_least_severe_and_said(archive: Upload) -> None:
    kept = Counter((each["level"], each["ruleId"]) for each in all_results(archive.log))
    for rule, severity, number in ARCHIVE:
        if severity != "note":
            assert kept[severity, rule] == number
    # The rarest rules are complete.
    assert kept["note", "value/surrounding-space"] == 5_000
    first = archive.log["runs"][0]
    (left_out,) = first["properties"]["leftOut"]
    assert left_out == {
        "severity": "note",
        "rule": "module/attribute-not-in-iod",
        "number": 60_000 - kept["note", "module/attribute-not-in-iod"],
    }
    number = f"{left_out['number']:,}"
    assert f"dcmlint: note: github-sarif: {number} notes left out" in archive.said
    texts = [each["message"]["text"] for each in first["invocations"][0]["toolExecutionNotifications"]]
    assert any(text.startswith(f"{number} notes left out") for text in texts)
    assert any(f"module/attribute-not-in-iod ({number} notes)" in text for text in texts)
    assert sum(kept.values()) + left_out["number"] == 120_000


def test_a_run_lists_the_rules_that_its_results_refer_to(archive: Upload) -> None:
    for run in archive.log["runs"]:
        rules = run["tool"]["driver"]["rules"]
        assert [rule["id"] for rule in rules] == list(
            dict.fromkeys(each["ruleId"] for each in run["results"])
        )
        for result in run["results"]:
            assert rules[result["ruleIndex"]]["id"] == result["ruleId"]


def test_every_result_has_a_complete_place(log: Any, archive: Upload) -> None:
    for result in [*all_results(log), *all_results(archive.log)]:
        (location,) = result["locations"]
        physical = location["physicalLocation"]
        uri = physical["artifactLocation"]["uri"]
        assert uri and not uri.startswith("/") and "://" not in uri and uri.isascii() and " " not in uri
        assert physical["artifactLocation"]["uriBaseId"] == "%SRCROOT%"
        region = physical["region"]
        names = ("startLine", "startColumn", "endLine", "endColumn")
        assert [region[name] for name in names] == [1, 1, 1, 1]
        assert set(region) - set(names) <= {"byteOffset", "byteLength"}
    for result in all_results(archive.log):
        region = result["locations"][0]["physicalLocation"]["region"]
        assert region["byteOffset"] >= 1000 and region["byteLength"] == 8


def test_a_finding_about_settings_has_its_line() -> None:
    finding = shown(reports()[0], run_info()).findings[0]._replace(offset=None, length=None, line=12)
    report = FileReport("/data/waivers.yaml", "settings", shown=[finding])
    (result,) = all_results(json.loads(written_by("github-sarif", run_info(), [report])))
    region = result["locations"][0]["physicalLocation"]["region"]
    assert region == {"startLine": 12, "startColumn": 1, "endLine": 12, "endColumn": 1}


def test_messages_have_path_and_attribute(archive: Upload) -> None:
    for result in all_results(archive.log):
        name = result["locations"][0]["logicalLocations"][0]["fullyQualifiedName"]
        assert result["message"]["text"].startswith(f"{name} (0028,0030) ")


def test_fingerprints_tell_findings_apart(archive: Upload) -> None:
    found = [
        (each["ruleId"], each["partialFingerprints"]["primaryLocationLineHash"])
        for each in all_results(archive.log)
    ]
    assert len(set(found)) == len(found)
    for each in all_results(archive.log)[:100]:
        own = each["partialFingerprints"]["dcmlint/v1"]
        assert len(own) == 32
        assert each["partialFingerprints"]["primaryLocationLineHash"] == f"{own}:1"


def test_every_fixture_has_alerts_of_its_own(dcmlint: Command) -> None:
    result = dcmlint("check", FAULTY, "--format", "github-sarif", "--no-cache")
    found = [
        (
            each["ruleId"],
            each["locations"][0]["physicalLocation"]["artifactLocation"]["uri"],
            each["partialFingerprints"]["primaryLocationLineHash"],
        )
        for each in all_results(json.loads(result.out))
    ]
    assert len(found) > 30 and len(set(found)) == len(found)


def test_runs_are_the_same_whatever_is_found(log: Any) -> None:
    assert [run["automationDetails"]["id"] for run in log["runs"]] == CATEGORIES
    nothing = json.loads(written_by("github-sarif", run_info(), []))
    validator().validate(nothing)
    assert [run["automationDetails"]["id"] for run in nothing["runs"]] == CATEGORIES
    assert all(run["results"] == [] and run["tool"]["driver"]["rules"] == [] for run in nothing["runs"])


def test_category_can_be_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DCMLINT_SARIF_CATEGORY", "phantoms")
    runs = json.loads(written_by("github-sarif", run_info(), []))["runs"]
    assert [run["automationDetails"]["id"] for run in runs] == [
        category.replace("dcmlint/", "phantoms/") for category in CATEGORIES
    ]


def test_a_run_that_has_no_room_is_said() -> None:
    upload = uploaded(
        [("value/vm", "error", 41_000), ("value/x", "warning", 30_000), ("value/y", "note", 99_999)]
    )
    categories = [run["automationDetails"]["id"] for run in upload.log["runs"]]
    assert len(categories) == 20 and "dcmlint/note/5/" in categories and "dcmlint/note/6/" not in categories
    assert "no room for dcmlint/note/6: alerts that earlier uploads had there stay open" in upload.said


def test_too_many_bytes_are_left_out_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sarif_github, "MAX_BYTES", 40_000)
    upload = uploaded([("value/vm", "error", 1_200), ("value/x", "warning", 1_200), ("value/y", "note", 10)])
    size = len(gzip.compress(upload.text.encode(), 6))
    assert 34_000 < size <= 40_000
    kept = Counter(each["level"] for each in all_results(upload.log))
    assert kept["error"] and kept["note"] == 0 and kept["warning"] < 1_200
    left = {each["severity"]: each["number"] for each in upload.log["runs"][0]["properties"]["leftOut"]}
    assert {level: left.get(level, 0) + kept[level] for level in ("error", "warning", "note")} == {
        "error": 1_200,
        "warning": 1_200,
        "note": 10,
    }


def test_waived_findings_are_left_out_and_counted() -> None:
    report = shown(reports()[0], run_info())
    first, *others = report.findings
    changed = report.with_findings([first._replace(waived="agreed"), *others])
    log = json.loads(written_by("github-sarif", run_info(), [changed], SUMMARY._replace(waived=1)))
    assert len(all_results(log)) == len(others)
    assert all("suppressions" not in each for each in all_results(log))
    assert log["runs"][0]["properties"]["summary"]["waived"] == 1
    everything = report.with_findings([each._replace(waived="agreed") for each in report.findings])
    assert all_results(json.loads(written_by("github-sarif", run_info(), [everything]))) == []


def test_a_failed_check_is_told() -> None:
    summary = SUMMARY._replace(failed_checks=2)
    run = json.loads(written_by("github-sarif", run_info(), [], summary))["runs"][0]
    (notification,) = run["invocations"][0]["toolExecutionNotifications"]
    assert notification["level"] == "error" and "2 files" in notification["message"]["text"]


def uri(file: str, cwd: str) -> str:
    finding = Finding("file/unreadable", "error", (), None, None, None, {"reason": "x"})
    report = InstanceReport(file, "unreadable", "", "", "", (finding,))
    run = run_info(cwd=cwd)
    (result,) = all_results(json.loads(written_by("github-sarif", run, [shown(report, run)])))
    return result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]  # type: ignore[no-any-return]


def test_paths_are_relative_to_the_repository(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / ".git").mkdir()
    folder = str(tmp_path / "data" / "ct")
    assert uri("a b/#1%.dcm", folder) == "data/ct/a%20b/%231%25.dcm"
    assert uri("../ü:x", folder) == "data/%C3%BC%3Ax"
    assert uri(f"{tmp_path}/x", folder) == "x"
    assert uri("a:/b", folder) == "data/ct/a%3A/b"
    assert capsys.readouterr().err == ""


def test_what_is_outside_the_repository_matches_nothing_in_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "repository" / ".git").mkdir(parents=True)
    cwd = str(tmp_path / "repository")
    assert uri(f"{tmp_path}/x y.dcm", cwd) == f"file%3A{tmp_path}/x%20y.dcm"
    assert uri("s3://bucket/x y", cwd) == "s3%3A/bucket/x%20y"
    said = f"dcmlint: note: github-sarif: GitHub cannot show 1 finding in files outside {cwd}\n"
    assert capsys.readouterr().err == 2 * said


def test_without_a_repository_paths_are_relative_to_the_working_directory(tmp_path: Path) -> None:
    assert uri("a/x", str(tmp_path)) == "a/x"
    assert uri("", str(tmp_path)) == "unnamed"


def test_rules_have_what_github_shows(log: Any, archive: Upload) -> None:
    text = written_by("github-sarif", run_info(rules=catalogue()), every_rule())
    runs = [*json.loads(text)["runs"], *log["runs"], *archive.log["runs"]]
    rules = [rule for run in runs for rule in run["tool"]["driver"]["rules"]]
    assert {rule["id"] for rule in rules} >= set(catalogue())
    for rule in rules:
        texts = [rule["shortDescription"]["text"], rule["fullDescription"]["text"], rule["help"]["text"]]
        for text in (*texts, rule["help"]["markdown"]):
            assert 0 < len(text) <= MAX_RULE_TEXT
        assert len(rule["name"]) <= 255
        assert 1 <= len(rule["properties"]["tags"]) <= 20
        assert rule["properties"]["precision"] in ("very-high", "high", "medium", "low")
        assert rule["properties"]["problem.severity"] in ("error", "warning", "recommendation")
        score = rule["properties"].get("security-severity")
        assert score is None or 0 < float(score) <= 10


def every_rule() -> Iterator[FileReport]:
    yield from many([(rule.id, rule.severity, 1) for rule in catalogue().values()])


def test_only_what_is_about_security_is_a_security_alert() -> None:
    text = written_by("github-sarif", run_info(rules=catalogue()), every_rule())
    scored = {
        rule["id"]
        for run in json.loads(text)["runs"]
        for rule in run["tool"]["driver"]["rules"]
        if "security-severity" in rule["properties"]
    }
    assert {rule for rule in scored if not rule.startswith("deid/")} == {
        "encoding/too-deep",
        "file/deflate-bomb",
        "file/polyglot-preamble",
    }


def test_long_help_ends_with_a_link_to_the_whole_page() -> None:
    paragraphs = "\n\n".join(["word " * 60] * 12)
    rules = {
        name: Rule("error", "value", "", "x", id=name, doc=f"T.\n\n## What it does\n{paragraphs}\n")
        for name in ("value/vm", "house/own")
    }
    text = written_by("github-sarif", run_info(rules=rules), many((name, "error", 1) for name in rules))
    house, built_in = json.loads(text)["runs"][0]["tool"]["driver"]["rules"]
    assert built_in["help"]["markdown"].endswith("word \n\n[The whole page](" + built_in["helpUri"] + ")")
    assert house["help"]["markdown"].endswith("word \n\n…")


def test_what_workers_render_gives_the_same_log() -> None:
    run = run_info()
    out = io.StringIO()
    reporter = GitHubSarifReporter(out)
    assert isinstance(reporter, Renders)
    reporter.begin(run)
    for report in reports():
        reporter.add_rendered(reporter.render(shown(report, run)))
    reporter.end(SUMMARY)
    assert out.getvalue() == written_by("github-sarif", run, [shown(each, run) for each in reports()])


def test_equal_files_give_equal_logs_with_any_number_of_jobs(dcmlint: Command) -> None:
    logs = {
        dcmlint("check", FAULTY, *[FAULTY] * 3, "-f", "github-sarif", "--no-cache", "--jobs", jobs).out
        for jobs in ("1", "2")
    }
    assert len(logs) == 1


def test_shards_stay_together(archive: Upload) -> None:
    """A rule's results are in runs that follow each other."""
    for before, after in pairwise(archive.log["runs"]):
        if before["results"] and after["results"]:
            assert before["results"][-1]["ruleId"] <= after["results"][0]["ruleId"] or (
                before["results"][-1]["level"] != after["results"][0]["level"]
            )
