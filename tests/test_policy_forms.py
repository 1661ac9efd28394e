"""The short forms of policy rules."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from policies import found_by, instance, policy, report, site_findings

TODAY = date.today()


@pytest.mark.parametrize(
    ("rule", "good", "bad"),
    [
        ("required: [PatientID]", [{"PatientID": "1"}], [{}, {"PatientID": ""}, {"PatientID": " "}]),
        ("required: {attributes: PatientID, may_be_empty: true}", [{"PatientID": ""}], [{}]),
        ("required: PatientName", [{"PatientName": "Doe"}], [{"PatientName": "^^"}]),
        (
            "required: RequestAttributesSequence.RequestedProcedureID",
            [{}, {"RequestAttributesSequence": [{"RequestedProcedureID": "7"}]}],
            [{"RequestAttributesSequence": [{"RequestedProcedureID": "7"}, {}]}],
        ),
        (
            'required: "(0029,xx05,ACME 1.1)"',
            [{"00290010": "ACME 1.1", "00291005": b"x "}],
            [{}, {"00290010": "ACME 1.1"}, {"00290010": "ACME 2", "00291005": b"x "}],
        ),
        ("required: TransferSyntaxUID", [{"Modality": "CT"}], []),
        ("forbidden: PatientAddress", [{}, {"PatientAddress": ""}], [{"PatientAddress": "x"}]),
        ("forbidden: {attributes: [PatientAddress], even_if_empty: true}", [{}], [{"PatientAddress": ""}]),
        (
            "pattern: {AccessionNumber: '[A-Z]{2}[0-9]{6}'}",
            [{}, {"AccessionNumber": ""}, {"AccessionNumber": "AB123456"}],
            [{"AccessionNumber": "AB123456 7"}, {"AccessionNumber": "ab123456"}],
        ),
        (
            "pattern: {OtherPatientIDs: '[0-9]+'}",
            [{"OtherPatientIDs": ["1", "2"]}],
            [{"OtherPatientIDs": ["1", "x"]}],
        ),
        (
            "one_of: {BurnedInAnnotation: [NO], Modality: CT}",
            [{}, {"BurnedInAnnotation": "NO", "Modality": "CT"}],
            [{"BurnedInAnnotation": "YES"}, {"Modality": "MR"}],
        ),
        ("one_of: {BitsAllocated: [8, 16]}", [{"BitsAllocated": 16}], [{"BitsAllocated": 32}]),
        ("one_of: {SliceThickness: [1.5, 3]}", [{"SliceThickness": "3.0"}], [{"SliceThickness": "2"}]),
        ("max_length: {StudyID: 5}", [{"StudyID": "CHEST"}], [{"StudyID": "CHESTS"}]),
        (
            "uid_root: {StudyInstanceUID: ['1.2.826.7', 2.25.]}",
            [{"StudyInstanceUID": "1.2.826.7.1"}, {"StudyInstanceUID": "2.25.9"}],
            [{"StudyInstanceUID": "1.2.826.71.1"}, {"StudyInstanceUID": "1.2.826.7"}],
        ),
        (
            "date_range: {StudyDate: {from: 2000-01-01, to: today}}",
            [{"StudyDate": f"{TODAY:%Y%m%d}"}, {"StudyDate": "20000101"}, {"StudyDate": "x"}, {}],
            [{"StudyDate": "19991231"}, {"StudyDate": f"{TODAY + timedelta(days=2):%Y%m%d}"}],
        ),
        ("date_range: {SeriesDate: {to: 2000-01-01}}", [{}], [{"SeriesDate": "20000102"}]),
        (
            "check: Rows == Columns\nmessage: not square",
            [{}, {"Rows": 2}, {"Rows": 2, "Columns": 2}],
            [{"Rows": 2, "Columns": 3}],
        ),
        (
            "when: Modality == 'CT'\nrequired: KVP",
            [{"Modality": "MR"}, {}, {"Modality": "CT", "KVP": "120"}],
            [{"Modality": "CT"}],
        ),
    ],
)  # fmt: skip
def test_form(rule: str, good: list[dict[str, object]], bad: list[dict[str, object]], tmp_path: Path) -> None:
    for attributes in good:
        assert not found_by(tmp_path, rule, instance(**attributes)), attributes
    for attributes in bad:
        assert found_by(tmp_path, rule, instance(**attributes)), attributes


@pytest.mark.parametrize(
    ("template", "file", "passes"),
    [
        ("{PatientID}.dcm", "/data/P7.dcm", True),
        ("{PatientID}.dcm", "/data/p7.dcm", False),
        ("{PatientID}/{InstanceNumber:4}.dcm", "/x/P7/0012.dcm", True),
        ("{PatientID}/{InstanceNumber:4}.dcm", "/x/P8/0012.dcm", False),
        ("{StudyID}.dcm", "/data/x.dcm", True),  # StudyID is absent: nothing can be said
        ("{PatientID}.dcm", "", True),  # not from a file
    ],
)
def test_matches_file_name(template: str, file: str, passes: bool, tmp_path: Path) -> None:
    subject = instance(file=file, PatientID="P7", InstanceNumber=12)
    assert found_by(tmp_path, f"matches_file_name: '{template}'", subject) is not passes


def test_file_names_may_differ_in_case(tmp_path: Path) -> None:
    rule = "matches_file_name: {name: '{PatientID}.dcm', ignore_case: true}"
    assert not found_by(tmp_path, rule, instance(file="/data/p7.DCM", PatientID="P7"))


def test_messages_have_the_name_and_not_the_value(tmp_path: Path) -> None:
    from dcmlint.policy.site import as_rule
    from dcmlint.report.render import message

    rule = (
        "rules:\n  - id: it\n    one_of: {StationName: [A]}\n"
        "    message: '{attribute} is {value}, not {expected}'\n"
    )
    subject = instance(StationName="SECRET")
    for shown, said in (("", "(value not shown)"), ("    show_value: true\n", "SECRET")):
        what = policy(tmp_path, rule + shown)
        (finding,) = report(what, subject).findings
        assert message(finding, as_rule(what.rules[0])) == f"StationName is {said}, not A"


def test_a_finding_is_where_the_attribute_is(tmp_path: Path) -> None:
    rule = "rules:\n  - id: it\n    pattern: {RequestAttributesSequence.RequestedProcedureID: x}\n"
    (finding,) = report(
        policy(tmp_path, rule), instance(RequestAttributesSequence=[{"RequestedProcedureID": "y"}])
    ).findings
    assert finding.location == (0x00400275, 1)
    assert finding.tag == 0x00401001 and finding.offset


def test_a_rule_that_mixes_types_says_so_and_others_go_on(tmp_path: Path) -> None:
    text = (
        "rules:\n  - {id: a, check: 'private(\"ACME\", 0x0029, 5) > 3 || Rows > 3', message: x}\n"
        "  - {id: b, required: PatientID}\n"
    )
    subject = instance(**{"00290010": "ACME", "00291005": b"x "})  # type: ignore[arg-type]
    assert site_findings(policy(tmp_path, text), subject) == ["site/b"]


def test_unique_over_a_run(tmp_path: Path) -> None:
    from command_line import process

    from dcmlint.read.encode import part10

    (tmp_path / "data").mkdir()
    for name, uid, number in (("a", "1.2.1", 1), ("b", "1.2.2", 1), ("c", "1.2.1", 2)):
        content = part10({"SOPInstanceUID": uid, "SeriesInstanceUID": "1.9", "InstanceNumber": number})
        (tmp_path / "data" / f"{name}.dcm").write_bytes(content)
    (tmp_path / "dcmlint.yaml").write_text(
        "rules:\n  - {id: uid, unique: SOPInstanceUID}\n"
        "  - {id: number, unique: {attributes: InstanceNumber, within: SeriesInstanceUID}}\n"
    )
    for jobs in ("1", "2"):
        done = process("check", tmp_path / "data", "--select", "site", "--format", "jsonl", "-j", jobs)
        lines = [line for line in done.out.splitlines() if '"rule"' in line]
        assert [
            ("uid" if "site/uid" in line else "number", "c.dcm" in line, "b.dcm" in line) for line in lines
        ] == [
            ("number", False, True),
            ("uid", True, False),
        ]
        assert "a.dcm" in lines[0] and done.status == 1
