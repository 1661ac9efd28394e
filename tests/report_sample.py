"""Hand-made reports of instances, and what each reporter makes of them: `python tests/report_sample.py`."""

from __future__ import annotations

import io
from collections.abc import Iterable
from pathlib import Path

from dcmlint.model import Finding, InstanceReport
from dcmlint.report import RunInfo, Summary, reporters
from dcmlint.report.protocol import Count
from dcmlint.report.render import Renderer
from dcmlint.report.shown import FileReport, Shown
from dcmlint.rule import Fix, Rule

EXPECTED = Path(__file__).parent / "report_data"
FORMATS = {
    "json": "findings.json",
    "jsonl": "findings.jsonl",
    "sarif": "findings.sarif",
    "github-sarif": "findings.github.sarif",
    "text": "findings.txt",
    "github": "findings.github.txt",
    "gitlab": "findings.gitlab.json",
    "junit": "findings.junit.xml",
    "csv": "findings.csv",
    "markdown": "findings.md",
}

_DOC = """An Attribute of Type 1 has no value.

## What it does
Looks for it.

## Why this matters
Receivers rely
on the value.

## Example
None.

## Fix
Add a value.
"""


def _rules(*rules: Rule) -> dict[str, Rule]:
    return {rule.id: rule for rule in rules}


RULES = _rules(
    Rule(
        "error",
        "table",
        "PS3.5 7.4.1",
        "{attribute} is empty in {module}",
        id="module/empty-type-1",
        doc=_DOC,
    ),
    Rule(
        "error",
        "table",
        "PS3.3 A.1",
        "{attribute} has the value '{value}', which is none of {expected}",
        id="module/value-not-enumerated",
        doc="A value is not among the Enumerated Values.",
    ),
    Rule(
        "note",
        "table",
        "PS3.4 B.3.2",
        "{attribute} is not in the IOD",
        id="module/attribute-not-in-iod",
        doc="An Attribute is not in the IOD.",
    ),
    Rule(
        "error",
        "file",
        "PS3.5 7.1",
        "{attribute} comes after {last:tag}",
        id="encoding/out-of-order",
        doc="Data Elements are out of order.",
        fix=Fix(True, lambda faulty: (), "Puts them in order."),
    ),
    Rule("error", "file", "PS3.10 7.1", "{attribute} has no {what}", id="file/missing-preamble"),
    Rule("note", "file", "PS3.10 7.1", "Not a DICOM file: {what}", id="file/not-dicom"),
    Rule("error", "file", "PS3.10 7.1", "Cannot be read: {reason}", id="file/unreadable"),
    Rule(
        "error",
        "value",
        "PS3.5 6.2",
        "{attribute} holds {value}: not a date",
        id="value/invalid-da",
        fix=Fix(False, lambda faulty: (), "Removes it."),
    ),
)

_MEASURES = (0x52009229, 1, 0x00289110, 1)
_CT = "1.2.840.10008.5.1.4.1.1.2"


def enhanced() -> InstanceReport:
    """Return a report with findings of every shape, out of order."""
    return InstanceReport(
        "/data/scan/a b#ü.dcm",
        "instance",
        _CT,
        "1.2.3.4",
        "1.2.3.4",
        (
            Finding(
                "module/value-not-enumerated",
                "error",
                (),
                0x00080060,
                812,
                2,
                {"value": ("XX",), "expected": ("CT", "MR")},
                "General Series",
                citation="PS3.3 C.7.3.1.1.1",
                edition="2025b",
            ),
            Finding(
                "module/empty-type-1",
                "error",
                _MEASURES,
                0x00280030,
                None,
                None,
                {},
                "Pixel Measures",
                citation="PS3.3 C.7.6.16.2.1",
                edition="2025b",
            ),
            Finding("module/empty-type-1", "error", (), 0x00100020, 700, 0, {}, "Patient", edition="2025b"),
            Finding("encoding/out-of-order", "error", (), 0x00291010, 400, 0xFFFFFFFF, {"last": 0x7FE00010}),
            Finding("value/invalid-da", "error", (), 0x00100030, 300, 8, {"value": "19991399"}),
            Finding("module/attribute-not-in-iod", "note", (), 0x00180050, 500, 4, {}),
            Finding("module/attribute-not-in-iod", "note", (), 0x00180060, 510, 4, {}),
            *(
                Finding(
                    "module/value-not-enumerated",
                    "warning",
                    (0x52009230, frame, 0x00189301, 1),
                    None,
                    4000 + frame,
                    8,
                    {"expected": ()},
                    attributes=(0x00180050, 0x00291010),
                )
                for frame in (1, 2, 3)
            ),
        ),
    )


def reports() -> list[InstanceReport]:
    """Return reports of every kind of input."""
    return [
        enhanced(),
        InstanceReport("/data/scan/clean.dcm", "instance", _CT, "1.2.3.5", "1.2.3.5", ()),
        InstanceReport(
            "/elsewhere/bare.dcm",
            "instance",
            "",
            "DOE^JOHN",
            "8f",
            (
                Finding("file/missing-preamble", "error", (), None, 0, 0, {"what": "preamble"}),
                Finding("encoding/out-of-order", "error", (), 0x00080016, 20, 8, {"last": 0x00080018}),
                Finding("encoding/out-of-order", "error", (), 0x00080016, 90, 8, {"last": 0x00080018}),
            ),
        ),
        InstanceReport(
            "/data/notes.txt",
            "not-dicom",
            "",
            "",
            "9a",
            (Finding("file/not-dicom", "note", (), None, None, None, {"what": "text"}),),
        ),
        InstanceReport(
            "/data/locked.dcm",
            "unreadable",
            "",
            "",
            "",
            (Finding("file/unreadable", "error", (), None, None, None, {"reason": "permission denied"}),),
        ),
    ]


def run_info(**options: object) -> RunInfo:
    """Return a run in /data with the sample's rules."""
    run = RunInfo("1.2.3", "2025b+2026a", RULES, "/data")
    return run._replace(**options)  # type: ignore[arg-type]


SUMMARY = Summary(5, 3, 1, 1, 8, 3, 3, 1.23456, fixable=3, fixable_unsafe=1)
STATISTICS = {
    "rule": (
        Count("encoding/out-of-order", "error", 3),
        Count("module/attribute-not-in-iod", "note", 2),
        Count("module/empty-type-1", "error", 2),
    ),
    "manufacturer": (Count("ACME | \x1b", "error", 5), Count("", "note", 1)),
    "module": (),
}


def shown(report: InstanceReport, run: RunInfo) -> FileReport:
    """Return a report as reporters are given it."""
    return Renderer(run.rules, run.cwd).report(report)


def written(name: str, run: RunInfo, inputs: Iterable[InstanceReport], summary: Summary = SUMMARY) -> str:
    """Return what the reporter `name` writes."""
    return report_of(name, (shown(report, run) for report in inputs), run, summary)


def written_by(name: str, run: RunInfo, inputs: Iterable[FileReport], summary: Summary = SUMMARY) -> str:
    """Return what the reporter `name` writes of reports in a run."""
    return report_of(name, inputs, run, summary)


def report_of(
    name: str, inputs: Iterable[FileReport], run: RunInfo | None = None, summary: Summary = SUMMARY
) -> str:
    """Return what the reporter `name` writes of reports as it is given them."""
    out = io.StringIO(newline="")
    reporter = reporters()[name](out)
    reporter.begin(run or run_info())
    for report in inputs:
        reporter.add(report)
    reporter.end(summary)
    return out.getvalue()


def found(**changes: object) -> Shown:
    """Return a finding."""
    plain = Shown(
        "module/empty-type-1",
        "error",
        "PatientID is empty",
        "PatientID",
        "(0010,0020)",
        "PatientID",
        "PatientID",
        "Patient",
        (),
        700,
        0,
        "PS3.5 7.4.1",
        "2025b",
        "9104d0bd1251b365e76265a0c33b5d42",
    )
    return plain._replace(**changes)  # type: ignore[arg-type]


def told(message: str, **changes: object) -> Shown:
    """Return a finding of the Data Set as a whole that says this."""
    nowhere = {"path": None, "tag": None, "keyword": None, "label": "the Data Set", "offset": None}
    return found(message=message, **{**nowhere, "citation": "", **changes})


def one_file(*findings: Shown, file: str = "/data/a.dcm", kind: str = "instance") -> FileReport:
    """Return the report of a file with these findings."""
    return FileReport(file, kind, _CT if kind == "instance" else "", shown=findings)


def sample(name: str) -> str:
    """Return the sample's report as compared with the expected one."""
    return written(name, run_info(show_files=True), reports(), SUMMARY._replace(statistics=STATISTICS))


if __name__ == "__main__":
    for each, file in FORMATS.items():
        (EXPECTED / file).write_bytes(sample(each).encode())
