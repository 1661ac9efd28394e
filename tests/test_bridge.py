"""Instances from Data Sets in memory and from DICOM JSON: the same findings as from bytes."""

from __future__ import annotations

import copy
import io
import logging
import os
import warnings
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pydicom
import pytest
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, JPEGBaseline8Bit

from dcmlint.catalogue import catalogue
from dcmlint.check import check_instance
from dcmlint.model import UNDEFINED_LENGTH, Finding
from dcmlint.plan import Plans
from dcmlint.read.bridge import from_json, from_pydicom, to_pydicom
from dcmlint.read.encode import part10
from dcmlint.read.item import Instance
from dcmlint.read.opener import read_instance
from dcmlint.report.render import attribute_path

SHARED = Path(os.environ.get("DCMLINT_SHARED", Path(__file__).parents[2] / "shared"))
CORPUS = SHARED / "corpus" / "files"
RULES = catalogue()
PLANS = Plans(RULES)
SMALLEST_PIXEL_VALUE = 0x00280106  # US or SS: not in the bytes of Implicit VR

ATTRIBUTES: dict[str, Any] = {
    "SpecificCharacterSet": "ISO_IR 100",
    "SOPClassUID": "1.2.840.10008.5.1.4.1.1.7",
    "SOPInstanceUID": "1.2.3",
    "PatientName": "Buc^Jérôme",
    "PatientID": "123",
    "PixelSpacing": ["0.50", "0.50"],
    "Rows": 2,
    "Columns": 3,
    "SmallestImagePixelValue": -7,
    "PixelRepresentation": 1,
    "FrameIncrementPointer": "FrameTime",
    "StudyDate": None,
    "TagAngleFirstAxis": 0.25,
    "ReferencedStudySequence": [{"ReferencedSOPInstanceUID": "1.2"}, {"PatientName": "É"}],
    "RedPaletteColorLookupTableData": b"\0\1\2\3",
}


def read(content: bytes) -> Dataset:
    return pydicom.dcmread(io.BytesIO(content), force=True)


def found(instance: Instance) -> Counter[tuple[str, str, str]]:
    """Return what the rules that do not concern bytes find."""
    return Counter(_key(each) for each in check_instance(instance, PLANS) if not RULES[each.rule].on_bytes)


def _key(finding: Finding) -> tuple[str, str, str]:
    return finding.rule, attribute_path(finding.location, finding.tag), finding.severity


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    logging.disable(logging.CRITICAL)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
    logging.disable(logging.NOTSET)


def assert_same_values(ours: Instance, theirs: Instance) -> None:
    for mine, other in zip(ours.root.walk(), theirs.root.walk(), strict=True):
        assert mine.location == other.location
        assert list(mine.elements) == list(other.elements)
        for tag, element in mine.elements.items():
            assert element[0] == other.elements[tag][0] or tag == SMALLEST_PIXEL_VALUE
            if element[3] is None:
                assert mine.raw(tag) == other.raw(tag)
                assert mine.get(tag) == other.get(tag)


@pytest.mark.parametrize(
    "syntax", ["1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2", "1.2.840.10008.1.2.1.99"]
)
class TestDataSet:
    def test_undecoded_values_are_those_of_the_bytes(self, syntax: str) -> None:
        content = part10(ATTRIBUTES, syntax=syntax)
        instance = from_pydicom(read(content))
        assert_same_values(instance, read_instance(content))
        assert instance.syntax == syntax
        assert not instance.on_bytes

    def test_decoded_values_are_those_of_the_bytes(self, syntax: str) -> None:
        content = part10(ATTRIBUTES, syntax=syntax)
        ds = read(content)
        ds.walk(lambda _, element: element.value)
        assert not any(isinstance(each, pydicom.dataelem.RawDataElement) for each in ds.values())
        assert_same_values(from_pydicom(ds), read_instance(content))

    def test_there_and_back(self, syntax: str) -> None:
        content = part10(ATTRIBUTES, syntax=syntax)
        ds, original = to_pydicom(read_instance(content)), read(content)
        assert ds == original
        assert ds.file_meta == original.file_meta


def test_the_data_set_stays_as_it_is() -> None:
    ds = read(part10(ATTRIBUTES))
    before = copy.deepcopy(dict(ds.items()))
    from_pydicom(ds)
    assert dict(ds.items()) == before
    assert any(isinstance(each, pydicom.dataelem.RawDataElement) for each in ds.values())


def test_what_a_vr_cannot_hold_is_a_finding() -> None:
    ds = Dataset()
    with pydicom.config.disable_value_validation():
        ds.Rows = 70_000
        ds.add_new("Columns", "US", "many")
        ds.add_new("RecommendedDisplayFrameRateInFloat", "FL", 1e300)
        ds.add_new("BitsAllocated", "US", 8)
    instance = from_pydicom(ds)
    plans = Plans({"value/number-range": RULES["value/number-range"]})
    findings = check_instance(instance, plans)
    paths = [attribute_path(each.location, each.tag) for each in findings]
    assert {each.offset for each in findings} == {None}
    assert sorted(paths) == ["Columns", "RecommendedDisplayFrameRateInFloat", "Rows"]
    assert instance.get("BitsAllocated") == (8,)


def test_text_beyond_the_character_set_is_a_finding() -> None:
    ds = Dataset()
    ds.PatientName = "Jérôme"
    assert ("value/charset-undeclared", "PatientName", "error") in found(from_pydicom(ds))
    ds.SpecificCharacterSet = "ISO_IR 192"
    assert ("value/charset-undeclared", "PatientName", "error") not in found(from_pydicom(ds))


@pytest.mark.parametrize(
    "charset", [["", "ISO 2022 IR 87"], ["", "ISO 2022 IR 149"], ["ISO_IR 192"], ["GB18030"]]
)
def test_names_in_several_scripts(charset: list[str]) -> None:
    name = "Hong^Gildong=洪^吉洞" if "ISO 2022 IR 149" in charset else "Yamada^Tarou=山田^太郎"
    ds = Dataset()
    ds.SpecificCharacterSet = charset
    ds.PatientName = name
    item = Dataset()
    item.PersonName = name
    ds.ReferringPhysicianIdentificationSequence = [item]
    instance = from_pydicom(ds)
    assert instance.get("PatientName") == (name,)
    assert instance.root.items("ReferringPhysicianIdentificationSequence")[0].get("PersonName") == (name,)  # type: ignore[index]
    assert not [key for key in found(instance) if key[0].startswith("value/")]


def test_numbers_are_written_as_pydicom_writes_them() -> None:
    ds = Dataset()
    ds.PixelSpacing = [0.5, "0.50"]
    ds.InstanceNumber = 7
    ds.ImageType = ["ORIGINAL", "PRIMARY"]
    instance = from_pydicom(ds)
    assert instance.raw("PixelSpacing") == b"0.5\\0.50"
    assert instance.raw("InstanceNumber") == b"7 "
    assert instance.get("ImageType") == ("ORIGINAL", "PRIMARY")


def test_an_undecided_vr_is_chosen_by_value() -> None:
    ds = Dataset()
    ds.add_new("SmallestImagePixelValue", "US or SS", -5)
    ds.add_new("LargestImagePixelValue", "US or SS", 5)
    instance = from_pydicom(ds)
    assert instance.root.elements[0x00280106][0] == "SS"
    assert instance.root.elements[0x00280107][0] == "US"


def test_pixel_data_is_not_copied() -> None:
    ds = Dataset()
    ds.PixelData = bytes(1 << 20)
    instance = from_pydicom(ds)
    assert instance.root.elements[0x7FE00010][2] == 1 << 20
    assert len(instance.root.buf) == 0


@pytest.mark.parametrize(
    ("syntax", "length"), [(ExplicitVRLittleEndian, 4), (JPEGBaseline8Bit, UNDEFINED_LENGTH)]
)
def test_the_transfer_syntax_says_whether_pixel_data_is_encapsulated(syntax: str, length: int) -> None:
    ds = Dataset()
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = syntax
    ds["PixelData"] = pydicom.DataElement("PixelData", "OB", b"\0\0\0\0")
    assert from_pydicom(ds).root.elements[0x7FE00010][2] == length


def test_buffered_and_deferred_values(tmp_path: Path) -> None:
    ds = Dataset()
    buffer = io.BytesIO(bytes(100))
    buffer.seek(3)
    ds["PixelData"] = pydicom.DataElement("PixelData", "OB", buffer)
    assert from_pydicom(ds).root.elements[0x7FE00010][2] == 100
    assert buffer.tell() == 3
    path = tmp_path / "deferred.dcm"
    path.write_bytes(part10({"SOPInstanceUID": "1.2", "PatientComments": "x" * 2000}))
    deferred = pydicom.dcmread(path, defer_size=1000)
    assert from_pydicom(deferred).root.elements[0x00104000][2] == 2000


def test_endless_nesting_ends() -> None:
    ds = Dataset()
    ds.ContentSequence = [ds]
    assert sum(1 for _ in from_pydicom(ds).root.walk()) < 100


JSON: dict[str, Any] = {
    "00080005": {"vr": "CS", "Value": ["ISO_IR 192"]},
    "00080018": {"vr": "UI", "Value": ["1.2.3"]},
    "00100010": {"vr": "PN", "Value": [{"Alphabetic": "Yamada^Tarou", "Ideographic": "山田^太郎"}]},
    "00100020": {"vr": "LO", "Value": ["123", None]},
    "00080020": {"vr": "DA"},
    "00280030": {"vr": "DS", "Value": [0.5, 0.30000000000000004]},
    "00280010": {"vr": "US", "Value": [512]},
    "00280009": {"vr": "AT", "Value": ["00181063"]},
    "00181030": {"vr": "FD", "Value": ["NaN"]},
    "00081110": {"vr": "SQ", "Value": [{"00081155": {"vr": "UI", "Value": ["1.2"]}}, None]},
    "00281201": {"vr": "OW", "InlineBinary": "AAECAw=="},
    "7FE00010": {"vr": "OW", "BulkDataURI": "http://example.com/bulk"},
    "00020010": {"vr": "UI", "Value": ["1.2.840.10008.1.2.1"]},
}


def test_json_values() -> None:
    instance = from_json([JSON])
    assert list(instance.root.elements) == sorted(int(tag, 16) for tag in JSON if tag != "00020010")
    assert instance.get("PatientName") == ("Yamada^Tarou=山田^太郎",)
    assert instance.get("PatientID") == ("123", "")
    assert instance.get("StudyDate") == ()
    assert instance.raw("PixelSpacing") == b"0.5\\0.3 "
    assert instance.get("Rows") == (512,)
    assert instance.get("FrameIncrementPointer") == (0x00181063,)
    assert instance.raw("RedPaletteColorLookupTableData") == b"\0\1\2\3"
    assert [len(item.elements) for item in instance.items("ReferencedStudySequence") or ()] == [1, 0]
    assert instance.root.elements[0x7FE00010][2] == UNDEFINED_LENGTH
    assert instance.syntax == "1.2.840.10008.1.2.1"
    assert not instance.on_bytes


def test_json_pixel_data_has_its_length_but_not_its_bytes() -> None:
    instance = from_json({"7FE00010": {"vr": "OB", "InlineBinary": "AAECAwQ="}})
    assert instance.root.elements[0x7FE00010][2] == 5
    assert len(instance.root.buf) == 0


@pytest.mark.parametrize(
    "attribute",
    [
        {"vr": "US", "Value": ["many"]},
        {"vr": "US", "Value": [{"a": 1}]},
        {"vr": "US", "Value": [None]},
        {"vr": "OW", "InlineBinary": 5},
        {"vr": "OW", "InlineBinary": "A"},
        {"vr": "AT", "Value": ["NoSuchKeyword"]},
    ],
)
def test_json_that_a_vr_cannot_hold_is_a_finding(attribute: dict[str, Any]) -> None:
    instance = from_json({"00280010": attribute})
    assert [fault.rule for fault in instance.faults] == ["value/number-range"]


@pytest.mark.parametrize("content", [[], [{}, {}], "text", 5, [5]])
def test_json_that_is_no_data_set(content: Any) -> None:
    with pytest.raises(ValueError, match="DICOM JSON"):
        from_json(content)


IMAGE: dict[str, Any] = {
    "00280010": {"vr": "US", "Value": [2]},
    "00280011": {"vr": "US", "Value": [2]},
    "00280100": {"vr": "US", "Value": [32]},
}


@pytest.mark.parametrize(
    ("more", "tag"),
    [
        ({}, 0x7FE00008),
        ({"00280100": {"vr": "US", "Value": [64]}}, 0x7FE00009),
        ({"00280102": {"vr": "US", "Value": [31]}}, 0x7FE00010),
        ({"00280100": {"vr": "US", "Value": [16]}}, 0x7FE00010),
    ],
)
def test_metadata_need_not_mention_pixels(more: dict[str, Any], tag: int) -> None:
    icon = {"00880200": {"vr": "SQ", "Value": [{**IMAGE, **more}]}}
    instance = from_json({**IMAGE, **more, **icon}, is_metadata=True)
    for item in instance.root.walk():
        assert item.elements[tag][2] == UNDEFINED_LENGTH
        assert list(item.elements) == sorted(item.elements)
        assert sum(each >> 16 == 0x7FE0 for each in item.elements) == 1
    assert tag not in from_json({**IMAGE, **more}).root


@pytest.mark.parametrize(
    ("content", "tag"),
    [
        ({"00281101": {"vr": "US", "Value": [256, 0, 16]}}, 0x00281201),
        ({"00283002": {"vr": "US", "Value": [256, 0, 16]}}, 0x00283006),
        ({"00420012": {"vr": "LO", "Value": ["application/pdf"]}}, 0x00420011),
        ({"54001004": {"vr": "US", "Value": [16]}}, 0x54001010),
        ({"60020010": {"vr": "US", "Value": [2]}}, 0x60023000),
    ],
)
def test_metadata_need_not_mention_bulk_data(content: dict[str, Any], tag: int) -> None:
    assert tag in from_json(content, is_metadata=True).root
    assert tag not in from_json(content).root
    there = {**content, f"{tag:08X}": {"vr": "OW", "InlineBinary": "AAE="}}
    assert from_json(there, is_metadata=True).raw(tag) == b"\0\1"


def test_pixels_that_metadata_leave_out_are_not_missing() -> None:
    path = Path(__file__).parents[1] / "fixtures" / "clean" / "ct.dcm"
    ds = pydicom.dcmread(path)
    model = {tag: each for tag, each in ds.to_json_dict().items() if tag != "7FE00010"}
    missing = ("module/missing-type-1c", "PixelData", "error")
    assert missing in found(from_json(model))
    assert found(from_json(model, is_metadata=True)) == found(read_instance(path.read_bytes()))


def test_json_text_is_padded_as_a_writer_pads_it() -> None:
    content = {
        "00080018": {"vr": "UI", "Value": ["1.2"]},
        "00080060": {"vr": "CS", "Value": ["CT", "MRI"]},
        "00100020": {"vr": "LO", "Value": ["a", None, "É"]},
        "00280030": {"vr": "DS", "Value": ["0.50", "1"]},
        "00200013": {"vr": "IS", "Value": [3]},
        "00100040": {"vr": "CS", "Value": []},
        "00100010": {"vr": "PN", "Value": [{"Alphabetic": "A^B"}]},
        "00101001": {"vr": "PN", "Value": [{"Alphabetic": "A=="}]},
        "00101005": {"vr": "PN", "Value": [{"Alphabetic": "A", "Phonetic": "B"}]},
        "00280010": {"vr": "US", "Value": [1, 65535]},
    }
    instance = from_json(content)
    assert [instance.raw(int(tag, 16)) for tag in content] == [
        b"1.2\0",
        b"CT\\MRI",
        "a\\\\É ".encode(),
        b"0.50\\1",
        b"3 ",
        b"",
        b"A^B ",
        b"A ",
        b"A==B",
        b"\1\0\xff\xff",
    ]


def test_json_of_any_shape_is_read() -> None:
    content = {
        "zz": {},
        "0008": {"vr": "CS"},
        "00080060": 5,
        "00080016": {"vr": 5, "Value": 7},
        "00080018": {"vr": ["UI"], "Value": ["1.2"]},
        "ABCDEFGH": {},
    }
    assert list(from_json(content).root.elements) == [0x00080016, 0x00080018]


def corpus() -> list[Path]:
    return sorted(path for path in CORPUS.rglob("*") if path.is_file()) if CORPUS.is_dir() else []


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus is not here")
def test_the_same_findings_on_bytes_and_on_data_sets() -> None:
    """Three files aside: pydicom drops the Data Set of one, and does not tell that two are cut off."""
    count, different = 0, {}
    for path in corpus():
        content = path.read_bytes()
        try:
            ds = read(content)
        except Exception:
            continue
        count += 1
        on_bytes, in_memory = found(read_instance(content)), found(from_pydicom(ds))
        if on_bytes != in_memory:
            different[path.name] = (on_bytes - in_memory, in_memory - on_bytes)
    assert count > 300
    assert different.pop("MR_truncated.dcm")[1] == {("pixel/length-mismatch", "PixelData", "error"): 1}
    assert different.pop("rtplan_truncated.dcm")[0] == {}
    assert different.pop("emri_small_jpeg_2k_lossless_too_short.dcm")
    assert different == {}


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus is not here")
def test_the_same_findings_on_json_and_on_data_sets() -> None:
    """pydicom writes the JSON and reads it again; what it cannot write is left out."""
    count, different = 0, {}
    for path in corpus():
        try:
            model = read(path.read_bytes()).to_json_dict(bulk_data_threshold=1 << 30)
            again = Dataset.from_json(model)
        except Exception:
            continue
        count += 1
        in_json, in_memory = found(from_json(model)), found(from_pydicom(again))
        if in_json != in_memory:
            different[path.name] = (in_json - in_memory, in_memory - in_json)
    assert count > 300
    assert different == {}
