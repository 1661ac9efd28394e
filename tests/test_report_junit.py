"""JUnit XML: structure, counts and states as the readers of Jenkins and GitLab take them."""

from __future__ import annotations

import io
from collections import Counter
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from report_sample import (
    SUMMARY,
    enhanced,
    found,
    one_file,
    report_of,
    reports,
    run_info,
    shown,
    told,
    written,
)

from dcmlint.model import Severity
from dcmlint.report import Renders, reporters
from dcmlint.report.protocol import TakesLate

CHILDREN = {
    "testsuites": {"testsuite"},
    "testsuite": {"properties", "testcase", "system-out", "system-err", "testsuite"},
    "testcase": {"skipped", "error", "failure", "system-out", "system-err"},
    "properties": {"property"},
}
"""What may be in what, as the schema of Jenkins' xUnit plugin (junit-10) has it."""

ATTRIBUTES = {
    "testsuites": {"name", "time", "tests", "failures", "errors"},
    "testsuite": {"name", "time", "tests", "failures", "errors", "skipped"},
    "testcase": {"name", "classname", "time"},
    "property": {"name", "value"},
    "failure": {"message", "type"},
    "error": {"message", "type"},
    "skipped": {"message", "type"},
}

STATES = ("failure", "error", "skipped")


def valid(text: str) -> ElementTree.Element:
    """Return the root of a document whose structure, counts and names are as readers want them."""
    assert text.isascii()
    root = ElementTree.fromstring(text)
    assert root.tag == "testsuites"
    for element in root.iter():
        assert {child.tag for child in element} <= CHILDREN.get(element.tag, set())
        assert set(element.attrib) <= ATTRIBUTES.get(element.tag, set())
    (suite,) = root
    cases = suite.findall("testcase")
    states = Counter(child.tag for case in cases for child in case)
    assert all(sum(child.tag in STATES for child in case) <= 1 for case in cases), "readers take one"
    for each in (root, suite):
        assert float(each.attrib["time"]) >= 0
        assert int(each.attrib["tests"]) == len(cases)
        assert int(each.attrib["failures"]) == states["failure"]
        assert int(each.attrib["errors"]) == states["error"]
    assert int(suite.attrib["skipped"]) == states["skipped"]
    keys = [(case.attrib["classname"], case.attrib["name"]) for case in cases]
    assert len(set(keys)) == len(keys), "of testcases with one name GitLab takes one"
    return root


def states(text: str) -> dict[str, str]:
    """Return what each testcase came to."""
    return {
        case.attrib["name"]: next((child.tag for child in case if child.tag in STATES), "passed")
        for case in valid(text).iter("testcase")
    }


def test_a_testcase_for_each_input() -> None:
    text = written("junit", run_info(), reports())
    assert states(text) == {
        "scan/a b#ü.dcm": "failure",
        "scan/clean.dcm": "passed",
        "/elsewhere/bare.dcm": "failure",
        "notes.txt": "skipped",
        "locked.dcm": "error",
    }
    groups = [case.attrib["classname"] for case in valid(text).iter("testcase")]
    assert groups == [
        *["dcmlint.CT Image Storage"] * 2,
        "dcmlint.no SOP Class",
        "dcmlint.not DICOM",
        "dcmlint.unreadable",
    ]


def test_a_run_without_inputs_is_valid() -> None:
    assert states(report_of("junit", [])) == {}


def test_properties_tell_the_version_and_what_fails() -> None:
    properties = {
        each.attrib["name"]: each.attrib["value"] for each in valid(report_of("junit", [])).iter("property")
    }
    assert properties == {"version": "1.2.3", "edition": "2025b+2026a", "fail-on": "error"}


@pytest.mark.parametrize(
    ("fail_on", "severity", "state"),
    [
        ("error", "error", "failure"),
        ("error", "warning", "passed"),
        ("warning", "warning", "failure"),
        ("warning", "note", "passed"),
        ("note", "note", "failure"),
        ("never", "error", "passed"),
    ],
)
def test_what_fails_the_run_fails_the_testcase(fail_on: str, severity: Severity, state: str) -> None:
    text = report_of("junit", [one_file(found(severity=severity))], run_info(fail_on=fail_on))
    assert states(text) == {"a.dcm": state}
    assert "PatientID (0010,0020) is empty (byte 700; PS3.5 7.4.1; module/empty-type-1)" in text


def test_the_rest_is_in_system_out() -> None:
    text = report_of(
        "junit", [one_file(found(), found(severity="warning", offset=9), found(severity="note"))]
    )
    (failure, out) = valid(text).find(".//testcase") or ()
    assert (failure.text or "").count("\n") == 1 and "error: " in (failure.text or "")
    assert [line.partition(":")[0] for line in (out.text or "").strip().split("\n")] == ["warning", "note"]


def test_the_message_is_the_finding_or_counts_them() -> None:
    one, two = found(), found(severity="warning")
    messages = [
        each.attrib["message"]
        for each in valid(
            report_of(
                "junit",
                [one_file(one), one_file(one, two, two, file="/data/b.dcm")],
                run_info(fail_on="warning"),
            )
        ).iter("failure")
    ]
    assert messages == ["PatientID (0010,0020) is empty", "1 error, 2 warnings"]


def test_waived_findings_do_not_fail() -> None:
    text = report_of("junit", [one_file(found(waived="known to\nthe vendor"))])
    assert states(text) == {"a.dcm": "passed"}
    out = valid(text).findtext(".//system-out") or ""
    assert out.strip().startswith("waived error: PatientID (0010,0020) is empty")
    assert out.endswith(" - known to\nthe vendor")


def test_what_could_not_be_checked_is_an_error_whatever_fails_the_run() -> None:
    failed = told("a check failed", rule="internal/check-failed")
    inputs = [
        one_file(failed, found(severity="note")),
        one_file(told("permission denied", rule="file/unreadable"), file="/data/b.dcm", kind="unreadable"),
    ]
    for fail_on in ("error", "never"):
        text = report_of("junit", inputs, run_info(fail_on=fail_on))
        assert states(text) == {"a.dcm": "error", "b.dcm": "error"}
        errors = list(valid(text).iter("error"))
        assert [each.attrib["type"] for each in errors] == ["check-failed", "unreadable"]
        assert [each.attrib["message"] for each in errors] == ["a check failed", "permission denied"]


def test_what_was_passed_over_is_skipped() -> None:
    """With --skip-non-dicom, or with the rules about such files ignored, nothing is found in them."""
    inputs = [one_file(kind="not-dicom"), one_file(file="/data/b.dcm", kind="unreadable")]
    text = report_of("junit", inputs)
    assert states(text) == {"a.dcm": "skipped", "b.dcm": "skipped"}
    assert [each.attrib["message"] for each in valid(text).iter("skipped")] == [
        "not DICOM",
        "could not be read",
    ]


def test_a_file_that_was_named_and_is_not_dicom_fails() -> None:
    text = report_of("junit", [one_file(told("Not a DICOM file", rule="file/not-dicom"), kind="not-dicom")])
    assert states(text) == {"a.dcm": "failure"}


def test_settings_have_their_line() -> None:
    waiver = told("the waiver has expired", rule="internal/expired-waiver", severity="warning", line=7)
    text = report_of("junit", [one_file(waiver, file="/data/waivers.yaml", kind="settings")])
    assert "the waiver has expired (line 7; internal/expired-waiver)" in text
    assert valid(text).find(".//testcase").attrib["classname"] == "dcmlint.settings"  # type: ignore[union-attr]


@pytest.mark.parametrize("in_worker", [True, False])
def test_findings_that_come_up_later_join_their_input(in_worker: bool) -> None:
    """The second instance with a UID is told of it after it was checked alone."""
    out = io.StringIO()
    reporter = reporters()["junit"](out)
    assert isinstance(reporter, Renders) and isinstance(reporter, TakesLate)
    reporter.begin(run_info())
    late_reports = []
    late = told("StudyID is that of b.dcm")
    for first, second in ((found(severity="note"), late), (found(), late), (found(), found(severity="note"))):
        file = f"/data/{first.severity}{second.severity}.dcm"
        report = one_file(first, file=file)
        if in_worker:
            reporter.add_rendered(reporter.render(report))
        else:
            reporter.add(report)
        late_reports.append(one_file(second, file=file))
    for report in late_reports:
        reporter.add_late(report)
    reporter.end(SUMMARY)
    text = out.getvalue()
    assert states(text) == {
        "noteerror.dcm": "failure",
        "errorerror.dcm": "failure",
        "errornote.dcm": "failure",
    }
    messages = [each.attrib["message"] for each in valid(text).iter("failure")]
    assert messages == [
        "StudyID is that of b.dcm",
        "PatientID (0010,0020) is empty; StudyID is that of b.dcm",
        "PatientID (0010,0020) is empty",
    ]
    assert [(each.text or "").count("\n") for each in valid(text).iter("failure")] == [1, 2, 1]


ODD = st.text(st.characters(), max_size=40)


def expected(text: str) -> str:
    """Return what a reader gets of a text: what XML 1.0 cannot hold is written out."""
    allowed = (0x9, 0xA, 0xD)
    return "".join(
        each.encode("unicode_escape").decode()
        if (ord(each) < 0x20 and ord(each) not in allowed)
        or 0xD800 <= ord(each) <= 0xDFFF
        or ord(each) in (0xFFFE, 0xFFFF)
        else each
        for each in text
    )


@given(message=ODD.map(lambda text: "x" + text), reason=ODD)
def test_whatever_is_told_comes_back(message: str, reason: str) -> None:
    inputs = [one_file(told(message), found(waived="y" + reason))]
    root = valid(report_of("junit", inputs))
    failure, out = root.find(".//testcase") or ()
    assert failure.attrib["message"] == expected(message)
    assert failure.text == f"\nerror: {expected(message)} (module/empty-type-1)"
    assert (out.text or "").endswith(f" - y{expected(reason)}")


@pytest.mark.parametrize(
    "name", ["a&b<c>\"d'.dcm", "]]>.dcm", "\x01\x7f\x85\u2028\n\t.dcm", "\U0001f600.dcm"]
)
def test_odd_names(name: str) -> None:
    assert list(states(report_of("junit", [one_file(found(), file=f"/data/{name}")]))) == [expected(name)]


def test_classes_have_no_dot_where_jenkins_ends_the_package() -> None:
    private = shown(enhanced()._replace(sop_class_uid="1.2.3.4"), run_info())
    (case,) = valid(report_of("junit", [private])).iter("testcase")
    assert case.attrib["classname"] == "dcmlint.1_2_3_4"
