"""GitHub's annotations and GitLab's Code Quality: read back as the services read them."""

from __future__ import annotations

import io
import json
import os
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st
from report_sample import enhanced, found, one_file, report_of, reports, run_info, told, written

from dcmlint.report import Summary, reporters
from dcmlint.report.checkout import Checkout
from dcmlint.report.shown import FileReport

CLEAN = Summary(1, 1, 0, 0, 0, 0, 0, 0.1)

GITLAB_SEVERITIES = {"info", "minor", "major", "critical", "blocker"}


class Annotation(NamedTuple):
    level: str
    properties: dict[str, str]
    message: str


def decoded(text: str) -> str:
    for code, mark in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
        text = text.replace(code, mark)
    return text


def annotations(text: str) -> list[Annotation]:
    """Read workflow commands as the runner does: "::name key=value,key=value::message" a line."""
    read = []
    for line in text.replace("\r", "\n").split("\n")[:-1]:
        assert line.startswith("::"), line
        head, message = line[2:].split("::", 1)
        level, _, rest = head.partition(" ")
        pairs = [pair.split("=", 1) for pair in rest.split(",")]
        read.append(Annotation(level, {key: decoded(value) for key, value in pairs}, decoded(message)))
    return read


@pytest.fixture(autouse=True)
def outside_of_services(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GITHUB_WORKSPACE", raising=False)
    monkeypatch.delenv("CI_PROJECT_DIR", raising=False)


def test_github_levels_places_and_titles() -> None:
    read = annotations(written("github", run_info(), reports()))
    assert {each.level for each in read} == {"error", "warning", "notice"}
    first = read[0]
    assert first.properties == {
        "file": "scan/a b#ü.dcm",
        "line": "1",
        "title": "dcmlint module/empty-type-1",
    }
    assert first.message.startswith("scan/a b#ü.dcm: SharedFunctionalGroupsSequence[1].PixelMeasuresSeq")


TEXTS = st.text(st.characters(codec="utf-8"), min_size=1, max_size=30)


@given(name=TEXTS.filter(lambda text: "\0" not in text), message=TEXTS)
def test_github_escapes_whatever_there_is(name: str, message: str) -> None:
    file = f"/data/d/{name.replace('/', '_').replace('.', '_')}"
    note, error = told(message, severity="note"), told(message)
    read = annotations(report_of("github", [one_file(note, error, file=file)]))
    assert [each.level for each in read] == ["error", "notice", "notice"]
    for each in (read[0], read[2]):
        path = each.properties["file"]
        assert path == file.removeprefix("/data/")
        assert each.message == f"{path}: {message}"


def test_github_cannot_be_made_to_run_a_command() -> None:
    text = report_of(
        "github", [one_file(told("a\n::stop-commands::x\r::error::y"), file="/data/::error::.dcm")]
    )
    assert len(text.splitlines()) == 2
    assert all(
        line.startswith(("::error file=%3A%3Aerror", "::notice title=dcmlint::"))
        for line in text.splitlines()
    )


def test_github_folds_findings_that_differ_in_item_numbers() -> None:
    (warning,) = [
        each for each in annotations(written("github", run_info(), [enhanced()])) if each.level == "warning"
    ]
    assert warning.message.endswith(" and 2 more like it")


def test_github_counts_before_it_lists_notes() -> None:
    """Ten notices of a step are shown: the one with the count must be among them."""
    inputs = [
        one_file(found(severity="note", offset=number), file=f"/data/{number}.dcm") for number in range(50)
    ]
    read = annotations(report_of("github", [*inputs, one_file(found())]))
    assert [each.level for each in read] == ["error"] + ["notice"] * 51
    assert read[1].properties == {"title": "dcmlint"}
    assert read[1].message.startswith("3 SOP Instances in 5 files checked in 1.2 s: 8 errors")
    assert read[1].message.endswith("GitHub shows 10 annotations of a level; the log of this step has all.")
    assert [each.properties["file"] for each in read[2:]] == [f"{number}.dcm" for number in range(50)]


def test_github_does_not_speak_of_its_limit_below_it() -> None:
    nine = [one_file(found(severity="note"), file=f"/data/{number}.dcm") for number in range(9)]
    assert "GitHub shows" not in report_of("github", nine)
    assert "GitHub shows" in report_of("github", [*nine, one_file(found(severity="note"))])
    ten = [one_file(found(), file=f"/data/{number}.dcm") for number in range(10)]
    assert "GitHub shows" not in report_of("github", ten)
    assert "GitHub shows" in report_of("github", [*ten, one_file(found())])


def test_github_keeps_many_notes_whole() -> None:
    """More than stays in memory, with characters that are no ASCII."""
    inputs = (
        one_file(told(f"größer {number} " + "x" * 1000, severity="note"), file=f"/data/{number}.dcm")
        for number in range(3000)
    )
    read = annotations(report_of("github", inputs))
    assert [each.message.split()[1:3] for each in read[1:]] == [["größer", str(n)] for n in range(3000)]


def test_github_on_a_clean_run_is_no_annotation() -> None:
    text = report_of("github", [one_file()], summary=CLEAN)
    assert text == "dcmlint: 1 SOP Instance in 1 file checked in 0.1 s: no findings\n"


@pytest.mark.parametrize("name", ["github", "gitlab"])
def test_waived_findings_are_left_out_and_settings_have_their_line(name: str) -> None:
    waiver = told("the waiver has expired", rule="internal/expired-waiver", severity="warning", line=7)
    inputs = [
        one_file(found(waived="known to the vendor")),
        one_file(waiver, file="/data/.dcmlint/waivers.yaml", kind="settings"),
    ]
    text = report_of(name, inputs)
    assert "PatientID" not in text
    if name == "github":
        assert annotations(text)[0].properties["line"] == "7"
    else:
        (violation,) = json.loads(text)
        assert violation["location"] == {"path": ".dcmlint/waivers.yaml", "lines": {"begin": 7}}


def violations(text: str) -> list[dict[str, Any]]:
    """Return what GitLab reads, each as it must be for GitLab to take it."""
    read = json.loads(text)
    for each in read:
        assert set(each) == {"description", "check_name", "fingerprint", "severity", "location"}
        assert all(isinstance(each[key], str) for key in set(each) - {"location"})
        assert each["severity"] in GITLAB_SEVERITIES
        assert set(each["location"]) == {"path", "lines"}
        assert not each["location"]["path"].startswith(("/", "./"))
        begin = each["location"]["lines"]["begin"]
        assert type(begin) is int and begin >= 1
    assert isinstance(read, list)
    return read


def test_gitlab_takes_each_violation() -> None:
    read = violations(written("gitlab", run_info(), reports()))
    assert len(read) == sum(len(report.findings) for report in reports())
    assert len({each["fingerprint"] for each in read}) == len(read)
    assert [each["severity"] for each in read[:4]] == ["major", "major", "major", "info"]
    assert {each["severity"] for each in read} == {"major", "minor", "info"}
    assert read[0]["location"] == {"path": "scan/a b#ü.dcm", "lines": {"begin": 1}}
    assert read[-5]["location"]["path"] == "../elsewhere/bare.dcm"


def test_gitlab_of_nothing_is_an_empty_list() -> None:
    assert violations(report_of("gitlab", [one_file()])) == []


def test_gitlab_tells_copies_of_an_instance_apart_and_runs_not() -> None:
    copies = [one_file(found(), file="/data/a.dcm"), one_file(found(), file="/data/b.dcm")]
    first, second = (violations(report_of("gitlab", copies)) for _ in range(2))
    assert first == second
    assert first[0]["fingerprint"] != first[1]["fingerprint"]


@given(name=TEXTS.filter(lambda text: "\0" not in text), message=st.text(min_size=1, max_size=30))
def test_gitlab_stays_json_and_ascii(name: str, message: str) -> None:
    file = f"/data/d/{name.replace('/', '_').replace('.', '_')}"
    text = report_of("gitlab", [one_file(told(message), file=file)])
    assert text.isascii()
    (violation,) = violations(text)
    assert violation["description"] == message
    assert violation["location"]["path"] == file.removeprefix("/data/")


@pytest.mark.parametrize(("name", "variable"), [("github", "GITHUB_WORKSPACE"), ("gitlab", "CI_PROJECT_DIR")])
def test_paths_are_those_of_the_checkout(name: str, variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A step may run in a folder below the checkout; services know files by their paths in it."""
    monkeypatch.setenv(variable, "/builds/group")
    text = report_of(name, [one_file(found(), file="scan/a.dcm")], run_info(cwd="/builds/group/project"))
    assert "project/scan/a.dcm" in text and "/builds" not in text
    elsewhere = report_of(name, [one_file(found(), file="scan/a.dcm")], run_info(cwd="/builds/groups"))
    assert "groups" not in elsewhere and "scan/a.dcm" in elsewhere


def test_a_checkout_behind_a_link_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "real" / "sub").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "real")
    monkeypatch.setenv("GITHUB_WORKSPACE", str(tmp_path / "link"))
    checkout = Checkout.of("GITHUB_WORKSPACE", str((tmp_path / "real" / "sub").resolve()))
    assert checkout.path("a.dcm") == "sub/a.dcm"
    assert checkout.path("s3://bucket/a.dcm") == "s3://bucket/a.dcm"
    assert checkout.relative_path("s3://bucket/a.dcm") == "s3://bucket/a.dcm"


@pytest.mark.parametrize("name", ["github", "gitlab"])
def test_names_that_are_no_text_are_escaped(name: str) -> None:
    text = report_of(name, [one_file(found(), file=os.fsdecode(b"/data/caf\xe9.dcm"))])
    assert "caf\\xe9.dcm" in (decoded(text) if name == "github" else json.loads(text)[0]["location"]["path"])


def test_github_writes_errors_at_once() -> None:
    out = io.StringIO()
    reporter = reporters()["github"](out)
    reporter.begin(run_info())
    reporter.add(FileReport("/data/a.dcm", "instance", shown=[found(severity="note"), found()]))
    assert [each.level for each in annotations(out.getvalue())] == ["error"]
