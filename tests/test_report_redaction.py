"""No attribute value that may be PHI reaches a report."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from report_sample import run_info, written

from dcmlint.model import Finding, InstanceReport
from dcmlint.report import reporters
from dcmlint.report.redaction import HIDDEN, MAX_LENGTH, shown_value
from dcmlint.rule import Rule
from dcmlint.standard.compile import compile_deid_attributes
from dcmlint.standard.deid import is_identifying
from dcmlint.standard.dictionary import entry, tag_of, vr_by_tag

ROOT = Path(__file__).parents[1]

_TEXT = {
    "AE",
    "AS",
    "DA",
    "DT",
    "LO",
    "LT",
    "PN",
    "SH",
    "ST",
    "TM",
    "UC",
    "UR",
    "UT",
    "OB",
    "OW",
    "UN",
    "OD",
    "OF",
}
TEXT_TAGS = sorted(tag for tag, vr in vr_by_tag().items() if vr in _TEXT)
LISTED_TAGS = sorted(tag for tag in vr_by_tag() if is_identifying(tag))
values = st.text() | st.binary() | st.integers() | st.floats() | st.lists(st.text() | st.integers())


def shown(keyword: str, value: object, location: tuple[int, ...] = ()) -> str:
    return shown_value(value, location, tag_of(keyword))


@pytest.mark.parametrize(
    ("keyword", "value", "text"),
    [
        ("Modality", "CT", '"CT"'),
        ("Modality", "ct scan ", '"ct scan"'),
        ("ImageType", ("ORIGINAL", "PRIMARY", ""), '"ORIGINAL\\PRIMARY\\"'),
        ("ImageType", b"ORIGINAL\\PRIMARY ", '"ORIGINAL\\PRIMARY"'),
        ("Modality", "", '""'),
        ("Modality", (), '""'),
        ("Modality", None, '""'),
        ("Rows", 512, "512"),
        ("Rows", (512, 513), "512\\513"),
        ("SmallestImagePixelValue", -3, "-3"),
        ("PixelSpacing", (0.5, 0.25), "0.5\\0.25"),
        ("PixelSpacing", "0,5\\0.25", '"0,5\\0.25"'),
        ("SliceThickness", "nan", '"nan"'),
        ("ImagePlanePixelSpacing", (1e-05, float("inf")), "1e-05\\inf"),
        ("FrameIncrementPointer", 0x00181063, "(0018,1063)"),
        ("SOPClassUID", "1.2.826.1", '"1.2.826.1"'),
        ("ReferencedSOPClassUID", "1.2.826.1", '"1.2.826.1"'),
        ("MediaStorageSOPClassUID", b"1.2.826.1\0", '"1.2.826.1"'),
        ("TransferSyntaxUID", "1.2.840.10008.1.2", '"1.2.840.10008.1.2"'),
        ("CodingSchemeUID", "1.2.840.10008.2.16.4", '"1.2.840.10008.2.16.4"'),
    ],
)
def test_shown(keyword: str, value: object, text: str) -> None:
    assert shown(keyword, value) == text


@pytest.mark.parametrize(
    ("keyword", "value"),
    [
        ("PatientName", "A"),
        ("PatientAge", "042Y"),
        ("StudyDate", "20200101"),
        ("StudyInstanceUID", "1.2.3"),
        ("ReferencedSOPInstanceUID", "1.2.3"),
        ("SOPClassUID", "DOE^JOHN"),
        ("PatientSex", "M"),
        ("PatientWeight", 70.0),
        ("PregnancyStatus", 2),
        ("Modality", "DOE^JOHN"),
        ("Modality", "KNEE OF JOHN DOE, LEFT"),
        ("Modality", "19700102"),
        ("ImageType", ("ORIGINAL", "DOE^JOHN")),
        ("SliceThickness", "DOE"),
        ("SliceThickness", "1.2.840.1"),
        ("Modality", "1.2.840.1"),
        ("Rows", "DOE"),
        ("Rows", b"\x01\x02"),
        ("PixelData", 1),
        ("Modality", {"a": 1}),
        ("Modality", [["a"]]),
    ],
)
def test_hidden(keyword: str, value: object) -> None:
    assert shown(keyword, value) == HIDDEN


def test_numbers_of_identifying_sequences_are_hidden_and_codes_are_not() -> None:
    content = (tag_of("ContentSequence"), 1)
    assert shown("NumericValue", 70.0, content) == HIDDEN
    assert shown("NumericValue", 70.0, (*content, tag_of("MeasuredValueSequence"), 1)) == HIDDEN
    assert shown("ValueType", "NUM", content) == '"NUM"'
    assert shown("NumericValue", 70.0, (tag_of("MeasuredValueSequence"), 1)) == "70"


def test_private_unknown_and_absent_tags_are_hidden() -> None:
    for tag in (0x00291010, 0x00090010, 0x00081234, None):
        assert shown_value("CT", (), tag) == HIDDEN


def test_long_values_are_clipped() -> None:
    text = shown("ImageType", ["ABCDEFGHIJ"] * 16)
    assert len(text) == MAX_LENGTH + 2 and text.endswith('…"')
    assert shown("Rows", list(range(17))).endswith("…")


@given(st.sampled_from(TEXT_TAGS), values)
def test_values_of_text_dates_and_bytes_are_never_shown(tag: int, value: object) -> None:
    assert shown_value(value, (), tag) == HIDDEN


@given(st.sampled_from(LISTED_TAGS), values)
def test_values_that_the_profile_lists_are_never_shown(tag: int, value: object) -> None:
    assert shown_value(value, (), tag) == HIDDEN


@given(st.integers(0, 0x7FFF).map(lambda half: half << 1 | 1), st.integers(0, 0xFFFF), values)
def test_private_values_are_never_shown(group: int, element: int, value: object) -> None:
    assert shown_value(value, (), group << 16 | element) == HIDDEN


def test_a_name_is_shown_nowhere() -> None:
    for tag in vr_by_tag():
        assert shown_value("Doe^John", (), tag) == HIDDEN, hex(tag)


def test_an_instance_uid_is_shown_for_classes_only() -> None:
    shown_for = {tag for tag in vr_by_tag() if shown_value("1.2.276.0.1.2.3", (), tag) != HIDDEN}
    assert all(
        "SOPClass" in row.keyword or "TransferSyntax" in row.keyword for row in map(entry, shown_for) if row
    )
    assert {tag_of("SOPClassUID"), tag_of("TransferSyntaxUID")} <= shown_for


@pytest.mark.parametrize("name", ["text", "json", "jsonl", "sarif", "github-sarif"])
@pytest.mark.parametrize("arg", ["value", "value_data_set", "values"])
def test_no_reporter_shows_a_hidden_value(name: str, arg: str) -> None:
    assert name in reporters()
    rule = Rule("error", "value", "PS3.5", f"{{attribute}} is '{{{arg}}}'", id="value/x")
    findings = tuple(
        Finding("value/x", "error", (), tag_of(keyword), 1, 2, {arg: secret})
        for keyword in ("PatientName", "Modality", "StudyInstanceUID", "PatientBirthDate")
        for secret in ("Secret^Name", b"Secret^Name", ("CT", "Secret^Name"), ["Secret^Name"])
    )
    report = InstanceReport("f.dcm", "instance", "", "Secret^Name", "x", findings)
    text = written(name, run_info(rules={"value/x": rule}), [report])
    assert "Secret" not in text
    assert text.count(HIDDEN) >= (len(findings) if name != "text" else 1)


def test_the_table_is_what_its_source_gives() -> None:
    source = (ROOT / "standard" / "deid_attributes.tsv").read_text()
    shipped = ROOT / "dcmlint" / "standard" / "data" / "deid_attributes.json"
    assert compile_deid_attributes(source) == shipped.read_bytes()


@pytest.mark.parametrize("tag", [0x00100010, 0x00080018, 0x50021234, 0x60023000, 0x00290010])
def test_identifying(tag: int) -> None:
    assert is_identifying(tag)


@pytest.mark.parametrize("tag", [0x00080060, 0x00280010, 0x60020010, 0x00080016])
def test_not_identifying(tag: int) -> None:
    assert not is_identifying(tag)
