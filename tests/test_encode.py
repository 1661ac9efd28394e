"""The encoder against pydicom's reader and against the scanner."""

from __future__ import annotations

import io
import struct
from typing import Any

import pydicom
import pytest

from dcmlint.model import Raw
from dcmlint.read.encode import ABSENT, encode_data_set, encode_value, part10
from dcmlint.read.opener import read_instance

SYNTAXES = ["1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2", "1.2.840.10008.1.2.1.99"]

ATTRIBUTES: dict[str, Any] = {
    "SOPClassUID": "1.2.840.10008.5.1.4.1.1.2",
    "SOPInstanceUID": "1.2.3",
    "PatientName": "Buc^Jérôme",
    "SpecificCharacterSet": "ISO_IR 100",
    "ImageType": ["ORIGINAL", "PRIMARY", "AXIAL"],
    "PixelSpacing": [0.5, 1 / 3],
    "Rows": 2,
    "Columns": 3,
    "PixelRepresentation": 1,
    "SmallestImagePixelValue": -7,
    "FrameIncrementPointer": "FrameTime",
    "StudyDate": None,
    "ReferencedStudySequence": [{"ReferencedSOPInstanceUID": "1.2"}, {}],
    "FloatPixelData": Raw("OF", struct.pack("<2f", 1, 2)),
    "00091001": Raw("LO", b"AB"),
    "00090010": "ACME",
}


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_pydicom_reads_what_is_written(syntax: str) -> None:
    ds = pydicom.dcmread(io.BytesIO(part10(ATTRIBUTES, syntax=syntax)))
    assert ds.file_meta.TransferSyntaxUID == syntax
    assert ds.file_meta.MediaStorageSOPInstanceUID == ds.SOPInstanceUID == "1.2.3"
    assert str(ds.PatientName) == "Buc^Jérôme"
    assert list(ds.ImageType) == ["ORIGINAL", "PRIMARY", "AXIAL"]
    assert [float(value) for value in ds.PixelSpacing] == pytest.approx([0.5, 1 / 3])
    assert (ds.Rows, ds.Columns, ds.SmallestImagePixelValue) == (2, 3, -7)
    assert ds.FrameIncrementPointer == 0x00181063
    assert ds["StudyDate"].is_empty
    assert [len(item) for item in ds.ReferencedStudySequence] == [1, 0]


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_the_scanner_finds_nothing_irregular(syntax: str) -> None:
    instance = read_instance(part10(ATTRIBUTES, syntax=syntax))
    assert instance.faults == []
    assert instance.syntax == instance.declared_syntax == syntax
    assert len(instance.root.elements) == len(ATTRIBUTES)


def test_elements_ascend_and_have_even_lengths() -> None:
    content = encode_data_set({"PatientID": "1", "AccessionNumber": "2", "StudyInstanceUID": "1.3"})
    assert content == (
        b"\x08\x00\x50\x00SH\x02\x002 \x10\x00\x20\x00LO\x02\x001 \x20\x00\x0d\x00UI\x04\x001.3\0"
    )


def test_bytes_and_raw_stay_as_they_are() -> None:
    assert encode_value("LO", b"odd") == b"odd"
    assert encode_data_set({"PatientID": Raw("XY", b"1")}).endswith(b"XY\x01\x001")


def test_a_list_of_bytes_is_encapsulated() -> None:
    content = part10({"PixelData": [b"", b"\xff\xd8\xff\xd9"]}, syntax="1.2.840.10008.1.2.4.50")
    instance = read_instance(content)
    assert instance.faults == []
    [(_, tag, found)] = instance.fragments
    assert tag == 0x7FE00010
    assert [content[offset : offset + length] for offset, length in found] == [b"", b"\xff\xd8\xff\xd9"]


def test_meta_attributes_are_replaced_and_left_out() -> None:
    ds = pydicom.dcmread(
        io.BytesIO(
            part10({}, meta={"ImplementationClassUID": ABSENT, "SourceApplicationEntityTitle": "ACME"})
        )
    )
    assert "ImplementationClassUID" not in ds.file_meta
    assert ds.file_meta.SourceApplicationEntityTitle == "ACME"


@pytest.mark.parametrize(
    ("charset", "name"),
    [
        (["", "ISO 2022 IR 87"], "Yamada^Tarou=山田^太郎"),
        (["", "ISO 2022 IR 149"], "Hong^Gildong=洪^吉洞=홍^길동"),
        ("ISO_IR 192", "Wang^XiaoDong=王^小东"),
        ("GB18030", "Wang^XiaoDong=王^小东"),
        ("ISO_IR 144", "Люксембург"),
        (["ISO 2022 IR 100", "ISO 2022 IR 144"], "Jérôme=Люк"),
    ],
)
def test_names_in_character_sets(charset: Any, name: str) -> None:
    ds = pydicom.dcmread(io.BytesIO(part10({"SpecificCharacterSet": charset, "PatientName": name})))
    assert str(ds.PatientName) == name


def test_a_decimal_string_has_at_most_16_characters() -> None:
    for value in (1 / 3, -1 / 3, 1e-300 / 3, -1e-300 / 3, 123456789.123456789):
        text = encode_value("DS", value)
        assert len(text) <= 16
        assert float(text) == pytest.approx(value)
