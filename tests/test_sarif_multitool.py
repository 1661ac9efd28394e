"""Microsoft's validator has no complaint about our SARIF, by the standard's rules and by GitHub's.

`make .venv/.npm` installs it, and so does `make test` where npm is there.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from command_line import ROOT
from report_sample import EXPECTED, RULES, SUMMARY, reports, run_info, shown, written_by
from sarif_sample import many, rules_of

PACKAGES = Path(sys.prefix) / "npm" / "node_modules" / "@microsoft"
NAMES = ("Sarif.Multitool", "Sarif.Multitool.exe")
PROGRAM = next((path for path in PACKAGES.glob("sarif-multitool-*/*") if path.name in NAMES), None)

pytestmark = pytest.mark.skipif(
    PROGRAM is None, reason="npm's @microsoft/sarif-multitool is not installed: make .venv/.npm"
)

LOOKED_AT = {
    "SARIF2002": "messages with arguments: the words are the same in every report",
    "SARIF2003": "the version of what was checked: dcmlint does not ask git",
    "SARIF2009": "ids without a slash: GitHub wants the id of the rule, and ours are group/name everywhere",
    "SARIF2010": "snippets: they would be values of patients",
    "SARIF2011": "the region around: the same",
    "SARIF2012": "rules and their help: empty runs have no rules, rules of a sample no page",
    "SARIF2016": "relative references: what is outside the working directory has none",
}
"""What the tool notes (it has errors, warnings and notes) and why it stays."""


def complaints(log: Path) -> Counter[tuple[str, str]]:
    """Return how often the tool reports what, as (level, rule).

    Its exit status is 0 whatever it finds.
    """
    assert PROGRAM is not None
    found = log.with_suffix(".found.sarif")
    options = ["--rule-kind", "Sarif;Gh", "--config", str(EXPECTED / "multitool.xml")]
    command = [
        str(PROGRAM),
        "validate",
        str(log),
        *options,
        "--level",
        "Error;Warning;Note",
        "--output",
        str(found),
    ]
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        timeout=300,
        env={**os.environ, "DOTNET_SYSTEM_GLOBALIZATION_INVARIANT": "1"},
        check=False,
    )
    assert found.exists(), done.stdout + done.stderr
    (run,) = json.loads(found.read_text(encoding="utf-8-sig"))["runs"]
    assert run["invocations"][0]["executionSuccessful"], run["invocations"]
    return Counter((each.get("level", "warning"), each["ruleId"]) for each in run["results"])


def check(log: Path) -> None:
    found = complaints(log)
    assert {rule for level, rule in found if level != "note"} == set(), found
    assert {rule for _, rule in found} <= set(LOOKED_AT), found


def dcmlint(*arguments: str | Path) -> None:
    command = [sys.executable, "-m", "dcmlint", *map(str, arguments)]
    subprocess.run(command, cwd=ROOT, check=True, timeout=120, capture_output=True)


@pytest.mark.parametrize("form", ["sarif", "github-sarif"])
def test_fixtures(form: str, tmp_path: Path) -> None:
    log = tmp_path / "dcmlint.sarif"
    dcmlint(
        "check", "fixtures", "--fail-on", "never", "--no-cache", "--isolated", "--format", f"{form}:{log}"
    )
    assert sum(len(run["results"]) for run in json.loads(log.read_text())["runs"]) > 40
    check(log)


@pytest.mark.parametrize("form", ["sarif", "github-sarif"])
def test_waived_findings_failed_checks_and_settings(form: str, tmp_path: Path) -> None:
    run = run_info()
    report = shown(reports()[0], run)
    first, second, *others = report.findings
    findings = [
        first._replace(waived="agreed with the vendor"),
        second._replace(rule="internal/check-failed", offset=None, length=None),
        *(each._replace(line=3, offset=None, length=None) for each in others),
    ]
    log = tmp_path / "dcmlint.sarif"
    log.write_text(
        written_by(form, run, [report.with_findings(findings)], SUMMARY._replace(failed_checks=1, waived=1))
    )
    check(log)


def test_what_is_outside_the_repository(tmp_path: Path) -> None:
    run = run_info()
    log = tmp_path / "dcmlint.sarif"
    log.write_text(written_by("github-sarif", run, [shown(each, run) for each in reports()]))
    assert "file%3A/elsewhere" in log.read_text()
    check(log)


def test_what_is_left_out(tmp_path: Path) -> None:
    counts: Any = [("value/vm", "error", 3), ("value/x", "warning", 2), ("value/y", "note", 101_000)]
    text = written_by("github-sarif", run_info(rules=rules_of(counts)), many(counts))
    log = json.loads(text)
    assert log["runs"][0]["properties"]["leftOut"]
    for each in log["runs"]:
        del each["results"][20:]
    path = tmp_path / "dcmlint.sarif"
    path.write_text(json.dumps(log, indent=1))
    check(path)


def test_the_tool_does_complain(tmp_path: Path) -> None:
    run = run_info(rules=RULES)
    log = json.loads(written_by("github-sarif", run, [shown(reports()[0], run)]))
    (first, second, *_) = log["runs"][0]["results"]
    del first["locations"][0]["physicalLocation"]["region"]["startLine"]
    second["locations"][0]["physicalLocation"]["artifactLocation"] = {"uri": "file:///elsewhere/x"}
    path = tmp_path / "broken.sarif"
    path.write_text(json.dumps(log, indent=1))
    found = {rule for level, rule in complaints(path) if level == "error"}
    assert {"GH1003", "GH1006"} <= found
