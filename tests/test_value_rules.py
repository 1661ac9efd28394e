"""One fault of a value has one finding: which rule speaks, and which others keep silent."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcmlint.catalogue import catalogue
from dcmlint.check import check_instance
from dcmlint.model import Finding
from dcmlint.plan import Plans
from dcmlint.read.cut import cut_sign
from dcmlint.read.datetime_forms import date_fault, datetime_fault, time_fault
from dcmlint.read.encode import part10
from dcmlint.read.forms import form
from dcmlint.read.opener import read_instance
from dcmlint.read.placeholder import is_placeholder
from dcmlint.read.uid_form import uid_fault
from dcmlint.rule import Raw
from dcmlint.standard.dictionary import keyword_of

RULES = {
    rule_id: rule
    for rule_id, rule in catalogue().items()
    if rule.group == "value" or rule_id in ("encoding/padding", "uid/malformed", "uid/reserved-root")
}
PLANS = Plans(RULES)
UTF_8 = {"SpecificCharacterSet": "ISO_IR 192"}
LATIN_1 = {"SpecificCharacterSet": "ISO_IR 100"}
JAPANESE = {"SpecificCharacterSet": ["", "ISO 2022 IR 87"]}


def findings(attributes: dict[str, Any], syntax: str = "1.2.840.10008.1.2.1") -> list[Finding]:
    content = part10(attributes, syntax=syntax, meta={"MediaStorageSOPInstanceUID": "2.25.1"})
    return check_instance(read_instance(content), PLANS)


def ids(attributes: dict[str, Any]) -> list[tuple[str, str]]:
    return [(keyword_of(found.tag or 0), found.rule) for found in findings(attributes)]


ONE_FAULT = [
    ({"BodyPartExamined": "LEFTUPPEREXTREMITY"}, "value/too-long"),
    ({"BodyPartExamined": "Chest"}, "value/invalid-cs"),
    ({"SliceThickness": "0.12345678901234567"}, "value/too-long"),
    ({"SliceThickness": "1,5"}, "value/invalid-ds"),
    ({"SeriesNumber": "99999999999"}, "value/number-range"),
    ({"SeriesNumber": "0000000000001"}, "value/too-long"),
    ({"SeriesNumber": "1.5"}, "value/invalid-is"),
    ({"SeriesDescription": Raw("LO", b"a\x01b ")}, "value/control-character"),
    ({"SeriesDescription": Raw("LO", b"a\nb ")}, "value/invalid-lo"),
    ({"SeriesDescription": Raw("LO", b"a\0\1b")}, "value/invalid-lo"),
    ({"SeriesDescription": "a\\b"}, "value/vm"),
    ({"SeriesDescription": Raw("LO", b" a")}, "value/surrounding-space"),
    ({"SeriesDescription": Raw("LO", b"a\0")}, "encoding/padding"),
    ({"SeriesDescription": Raw("LO", b"M\xfcller")}, "value/charset-undeclared"),
    ({**UTF_8, "SeriesDescription": Raw("LO", b"M\xfcller")}, "value/charset-undecodable"),
    ({**UTF_8, "SeriesDescription": "MÃ¼ller"}, "value/mojibake"),
    ({**UTF_8, "SeriesDescription": "Ã\x96l"}, "value/mojibake"),
    ({**LATIN_1, "SeriesDescription": Raw("LO", "Öl".encode())}, "value/charset-undeclared"),
    ({**LATIN_1, "SeriesDescription": Raw("LO", "Häl".encode())}, "value/mojibake"),
    ({**UTF_8, "SeriesDescription": "line\x85"}, "value/control-character"),
    ({**UTF_8, "SeriesDescription": Raw("LO", b"x y " * 15 + b"ab \xc3")}, "value/truncated"),
    ({**UTF_8, "SeriesDescription": Raw("LO", b"short\xc3")}, "value/charset-undecodable"),
    ({**JAPANESE, "PatientName": Raw("PN", b"A=\x1b$B;3ED")}, "value/charset-escape"),
    ({**JAPANESE, "PatientName": Raw("PN", b"Y^T=\x1b$B" + b";3ED" * 14 + b"B")}, "value/truncated"),
    ({"PatientName": Raw("PN", b"A\x1b$B;3\x1b(B ")}, "value/charset-escape"),
    ({"SpecificCharacterSet": "latin1", "PatientName": Raw("PN", b"M\xfcller")}, "value/charset-unknown"),
    ({"PatientName": "A^B^C^D^E^F"}, "value/person-name-components"),
    ({"PatientName": "A=B=C=D"}, "value/person-name-groups"),
    ({"PatientName": "UNKNOWN"}, "value/placeholder"),
    ({"PatientName": "M?ller"}, "value/mojibake"),
    ({"PatientBirthDate": "19000101"}, "value/placeholder"),
    ({"PatientBirthDate": "00000000"}, "value/invalid-da"),
    ({"PatientBirthDate": Raw("DA", bytes(8))}, "encoding/padding"),
    ({"PatientBirthDate": Raw("DA", b"        ")}, "value/invalid-da"),
    ({"StudyTime": "11:20"}, "value/invalid-tm"),
    ({"PatientAge": "56Y"}, "value/invalid-as"),
    ({"AcquisitionDateTime": "2024-01-31"}, "value/invalid-dt"),
    ({"StationAETitle": "THISTITLEISTOOLONG"}, "value/too-long"),
    ({"StationAETitle": Raw("AE", b"                \x13 ")}, "value/invalid-ae"),
    ({"StudyInstanceUID": "1.2.x"}, "value/invalid-ui"),
    ({"StudyInstanceUID": "x" * 70}, "value/invalid-ui"),
    ({"StudyInstanceUID": "1.2." + "3" * 70}, "uid/malformed"),
    ({"StudyInstanceUID": "1.2.03"}, "uid/malformed"),
    ({"StudyInstanceUID": "1.2.840.10008.7"}, "uid/reserved-root"),
    ({"StudyInstanceUID": Raw("UI", b"1.2.3 ")}, "encoding/padding"),
    ({"StudyInstanceUID": ["1.2.3", "1.2.4"]}, "value/vm"),
    ({"RetrieveURL": "a b"}, "value/invalid-ur"),
    ({"Rows": [1, 2]}, "value/vm"),
    ({"TagAngleFirstAxis": float("nan")}, "value/number-range"),
    ({"TagAngleFirstAxis": Raw("FD", bytes(12))}, "value/vm"),
    ({"InstitutionAddress": Raw("ST", b"a\0b ")}, "value/invalid-st"),
    ({"StationName": "LARGE TABLE STAT"}, "value/truncated"),
]


@pytest.mark.parametrize(("attributes", "rule_id"), ONE_FAULT, ids=lambda part: str(part)[:60])
def test_one_fault_one_finding(attributes: dict[str, Any], rule_id: str) -> None:
    keyword = list(attributes)[-1] if rule_id != "value/charset-unknown" else "SpecificCharacterSet"
    assert ids(attributes) == [(keyword, rule_id)]


def test_clean_values_have_no_finding() -> None:
    clean = {
        **UTF_8,
        "PatientName": "Müller^Jürgen^^Dr.^M.Sc.=山田^太郎",
        "PatientID": "4711",
        "AccessionNumber": "3599305798462538",
        "PatientBirthDate": "20000229",
        "StudyTime": "235960.999999",
        "AcquisitionDateTime": "20240229+0100",
        "PatientAge": "000D",
        "PixelSpacing": ["0.5", "5e-1"],
        "ImagePositionPatient": [-1.5, 0, "+2."],
        "InstitutionAddress": "1 Main St.\r\n\tTown\\Country",
        "SeriesDescription": "T2 * (90°) \u2013 “fat sat” & more?",
        "SOPClassUID": "1.2.840.10008.5.1.4.1.1.2",
        "FrameOfReferenceUID": "1.2.840.10008.1.4.1.1",
        "ReferencedStudySequence": [{"ReferencedSOPInstanceUID": "2.25.7", "StudyDescription": "Öl"}],
    }
    for syntax in ("1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2"):
        assert findings(clean, syntax) == []


def test_spaces_only_are_a_warning_where_a_form_is_asked_for() -> None:
    for keyword, vr in (
        ("StudyDate", "DA"),
        ("StudyTime", "TM"),
        ("PatientAge", "AS"),
        ("SliceThickness", "DS"),
    ):
        (found,) = findings({keyword: Raw(vr, b"        ")})
        assert (found.rule, found.severity) == (f"value/invalid-{vr.lower()}", "warning")


def test_a_big_endian_number_is_looked_at_in_its_byte_order() -> None:
    big = "1.2.840.10008.1.2.2"
    assert findings({"TagAngleFirstAxis": 1e-300}, big) == []
    assert [found.rule for found in findings({"TagAngleFirstAxis": float("inf")}, big)] == [
        "value/number-range"
    ]


@given(st.from_regex(r"[0-9]{1,9}", fullmatch=True).map(str.encode))
def test_dates_are_those_of_the_calendar(part: bytes) -> None:
    from datetime import date

    try:
        date(int(part[:4]), int(part[4:6]), int(part[6:]))
        exists = len(part) == 8
    except ValueError:
        exists = False
    assert (date_fault(part) == "") is exists


@given(st.dates().map(lambda day: day.strftime("%Y%m%d").zfill(8).encode()))
def test_every_day_is_a_date(part: bytes) -> None:
    assert date_fault(part) == ""
    assert form("DA").fullmatch(part) or part.endswith(b"0229")


@given(st.from_regex(form("TM"), fullmatch=True))
def test_what_the_time_form_takes_has_no_fault(part: bytes) -> None:
    assert time_fault(part) == ""


@given(st.from_regex(form("DT"), fullmatch=True))
def test_what_the_date_time_form_takes_has_no_fault(part: bytes) -> None:
    assert datetime_fault(part) == ""


@given(st.text(alphabet="0123456789:.+-", max_size=22).map(str.encode))
def test_form_and_fault_agree(part: bytes) -> None:
    assert (time_fault(part) == "") is bool(form("TM").fullmatch(part))
    if form("DT").fullmatch(part) is None and b"0229" not in part:
        assert datetime_fault(part)


@given(st.uuids())
def test_every_uuid_makes_a_uid(uuid: Any) -> None:
    assert uid_fault(f"2.25.{uuid.int}") is None


@pytest.mark.parametrize(
    ("uid", "certain"),
    [
        ("1.2.840.113619", None),
        ("1", True),
        ("1..2", True),
        ("1.2.00", True),
        ("3.1", True),
        ("1.40", True),
        ("0.0.0.0", True),
        ("1.9.5", False),
        ("0.0.0.5", False),
        ("0.0.20.5", None),
        ("0.9.2342", None),
        (f"2.25.{1 << 128}", False),
    ],
)
def test_uid_fault(uid: str, certain: bool | None) -> None:
    fault = uid_fault(uid)
    assert (None if fault is None else fault.certain) is certain


@pytest.mark.parametrize(
    ("value", "keyword", "expected"),
    [
        ("Unknown", "PatientName", True),
        ("TEST^TEST^^", "PatientName", True),
        ("Patient^Test", "PatientName", True),
        ("Patient", "PatientName", False),
        ("Test^Bob", "PatientName", False),
        ("Nullmeyer", "PatientName", False),
        ("Doe^XXX", "PatientName", False),
        ("...", "ReferringPhysicianName", True),
        ("0", "PatientID", True),
        ("00001", "PatientID", False),
        ("99999", "PatientID", True),
        ("9999", "PatientID", False),
        ("18991231", "PatientBirthDate", True),
        ("19000102", "PatientBirthDate", False),
        ("19700101", "PatientBirthDate", False),
        ("19700101", "StudyDate", True),
    ],
)
def test_is_placeholder(value: str, keyword: str, expected: bool) -> None:
    assert is_placeholder(value, keyword) is expected


@pytest.mark.parametrize(
    ("text", "vr", "keyword", "others", "cut"),
    [
        ("LARGE BOWTIE FIL", "SH", "FilterType", [], True),
        ("3599305798462538", "SH", "AccessionNumber", [], False),
        ("MR20191203101257", "SH", "PerformedProcedureStepID", [], False),
        ("WEDGE_PREPATIENT", "SH", "FilterType", [], False),
        ("NeurosurgeryPlan", "SH", "HangingProtocolName", [], False),
        ("CHEST PA AND LAT", "SH", "StationName", ["LATERAL"], False),
        ("CHEST PELVIS ABD", "SH", "StationName", ["ABDOMEN"], False),
        ("CT PELVIS ABDOME", "SH", "StationName", ["ABDOMEN"], True),
        ("THREE BIG ROOM A", "SH", "StationName", [], False),
        ("CT (WITHOUT CONT", "SH", "StationName", [], True),
        ("MAIN HOSPITAL ST", "SH", "StationName", ["MAIN HOSPITAL STREET 5"], True),
        ("a " * 31 + "ab", "LO", "CodeMeaning", [], False),
    ],
)
def test_cut_sign(text: str, vr: str, keyword: str, others: list[str], cut: bool) -> None:
    assert bool(cut_sign(text, vr, keyword, others)) is cut
