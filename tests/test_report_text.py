"""Text output: what is listed, folded, coloured and left out (its layout is a snapshot)."""

from __future__ import annotations

import io

import pytest
from report_sample import STATISTICS, SUMMARY, enhanced, reports, run_info, shown, written

from dcmlint.model import Finding, InstanceReport
from dcmlint.report import Summary, reporters
from dcmlint.report.protocol import Count


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def on_terminal(**options: object) -> str:
    out = Terminal()
    reporter = reporters()["text"](out)
    reporter.begin(run_info(**options))
    for report in reports():
        reporter.add(shown(report, run_info()))
    reporter.end(Summary(5, 3, 1, 1, 8, 3, 3, 1.2))
    return out.getvalue()


def test_color_on_a_terminal_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    assert "\033[1;31merror" in on_terminal()
    assert "\033" not in written("text", run_info(), reports())
    assert "\033" not in on_terminal(color=False)
    assert "\033[1;31merror" in written("text", run_info(color=True), reports())
    monkeypatch.setenv("TERM", "dumb")
    assert "\033" not in on_terminal()
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\033" not in on_terminal()


def test_files_without_findings_are_listed_on_request() -> None:
    text = written("text", run_info(), reports())
    assert "clean.dcm" not in text and "notes.txt" not in text and "locked.dcm" in text
    text = written("text", run_info(show_files=True), reports())
    assert "scan/clean.dcm  no findings\n" in text
    assert "notes.txt  skipped, not DICOM\n" in text


def test_a_file_named_by_the_user_that_is_not_dicom_is_always_listed() -> None:
    skipped = reports()[3]
    error = skipped._replace(findings=(skipped.findings[0]._replace(severity="error"),))
    assert "Not a DICOM file: text" in written("text", run_info(), [error])


def test_quiet_is_the_summary_alone() -> None:
    text = written("text", run_info(quiet=True, show_files=True), reports())
    checked, _, found = text.partition(": ")
    assert checked == "3 SOP Instances in 5 files checked in 1.2 s"
    assert found.splitlines() == [
        "8 errors, 3 warnings, 3 notes (1 unreadable, 1 not DICOM)",
        "3 findings may be fixed by dcmlint fix, 1 more with --unsafe-fixes",
    ]


@pytest.mark.parametrize(
    ("safe", "unsafe", "said"),
    [
        (0, 0, []),
        (1, 0, ["1 finding may be fixed by dcmlint fix"]),
        (1234, 0, ["1,234 findings may be fixed by dcmlint fix"]),
        (0, 1, ["1 finding may be fixed by dcmlint fix --unsafe-fixes"]),
        (2, 1000, ["2 findings may be fixed by dcmlint fix, 1,000 more with --unsafe-fixes"]),
    ],
)
def test_the_last_line_says_what_may_be_fixed(safe: int, unsafe: int, said: list[str]) -> None:
    summary = SUMMARY._replace(fixable=safe, fixable_unsafe=unsafe)
    assert written("text", run_info(quiet=True), [], summary).splitlines()[1:] == said


def test_summary_of_a_clean_run() -> None:
    summary = Summary(1, 1, 0, 0, 0, 0, 0, 0.04)
    assert (
        written("text", run_info(), [], summary) == "1 SOP Instance in 1 file checked in 0.0 s: no findings\n"
    )
    assert "1,234 SOP Instances in 10,000 files" in written(
        "text", run_info(), [], summary._replace(instances=1234, files=10000)
    )


def test_statistics_count_by_rule_most_frequent_first() -> None:
    summary = SUMMARY._replace(statistics=STATISTICS)
    lines = written("text", run_info(quiet=True), reports(), summary).splitlines()
    assert lines[0] == "3  error    encoding/out-of-order  Data Elements are out of order."
    assert [int(line.split()[0]) for line in lines[:3]] == [3, 2, 2]


def test_other_statistics_have_a_heading() -> None:
    counts = {"manufacturer": (Count("ACME", "error", 12), Count("", "note", 3))}
    lines = written("text", run_info(quiet=True), [], SUMMARY._replace(statistics=counts)).splitlines()
    assert lines[:3] == ["By manufacturer", "12  error    ACME", " 3  note     (none)"]


def test_extension_attributes_are_one_line() -> None:
    findings = tuple(
        Finding("module/attribute-not-in-iod", "note", (), 0x00180000 + each, each, 2, {})
        for each in range(0x1000, 0x1020)
    )
    text = written("text", run_info(), [enhanced()._replace(findings=findings)])
    assert text.count("module/attribute-not-in-iod") == 1
    assert "32 attributes are not in the IOD: DeviceSerialNumber, (0018,1001)" in text
    listed = findings[0]._replace(attributes=(0x00180050, 0x00180060), tag=None)
    text = written("text", run_info(), [enhanced()._replace(findings=(listed,))])
    assert "2 attributes are not in the IOD: SliceThickness, KVP\n" in text


def test_findings_that_differ_in_item_numbers_are_folded() -> None:
    findings = tuple(
        Finding("module/empty-type-1", "error", (0x52009230, each, 0x00289110, 1), 0x00280030, None, None, {})
        for each in range(1, 201)
    )
    text = written("text", run_info(), [enhanced()._replace(findings=findings)])
    assert text.count("PixelSpacing is empty") == 1
    assert "and 199 more like it, the last at PerFrameFunctionalGroupsSequence[200]." in text


def test_modules_head_their_findings() -> None:
    lines = written("text", run_info(), [enhanced()]).splitlines()
    at = lines.index("  General Series")
    assert lines[at + 1].strip().startswith("error    Modality has the value")
    assert lines[at + 2].strip() == "(0008,0060) · byte 812 · PS3.3 C.7.3.1.1.1 · module/value-not-enumerated"


def test_names_cannot_steer_the_terminal() -> None:
    report = InstanceReport("/data/\x1b[2J\n.dcm", "instance", "", "", "x", enhanced().findings[:1])
    text = written("text", run_info(), [report])
    assert "\x1b" not in text and "\\x1b[2J\\n.dcm" in text


def test_a_narrow_encoding_is_no_error() -> None:
    raw = io.BytesIO()
    out = io.TextIOWrapper(raw, encoding="ascii")
    reporter = reporters()["text"](out)
    reporter.begin(run_info())
    reporter.add(shown(enhanced(), run_info()))
    reporter.end(Summary(1, 1, 0, 0, 5, 3, 2, 0.1))
    out.flush()
    assert b"scan/a b#\\xfc.dcm  CT Image Storage - 5 errors" in raw.getvalue()
