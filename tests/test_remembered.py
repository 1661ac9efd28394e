"""What is remembered from one Item or Instance to the next changes no finding."""

from __future__ import annotations

import io
from typing import Any

import pydicom
import pytest
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence

from dcmlint.catalogue import catalogue
from dcmlint.check import check_instance
from dcmlint.plan import Plans, remember
from dcmlint.read import scanner
from dcmlint.read.encode import part10
from dcmlint.read.item import Instance
from dcmlint.read.opener import read_instance
from dcmlint.rule import Raw

PLANS = Plans(catalogue())
EXPLICIT = "1.2.840.10008.1.2.1"
DELIMITER = b"\xfe\xff\x0d\xe0\0\0\0\0"


def content(attributes: dict[str, Any]) -> bytes:
    return part10(attributes, syntax=EXPLICIT, meta={"MediaStorageSOPInstanceUID": "2.25.1"})


def rules(attributes: dict[str, Any]) -> set[tuple[str, int | None]]:
    return {(found.rule, found.tag) for found in check_instance(read_instance(content(attributes)), PLANS)}


def undefined_lengths(*items: Dataset) -> bytes:
    """Return a file whose Referenced Series Sequence and its Items have undefined length."""
    data_set = Dataset()
    data_set.SOPClassUID = "1.2.840.10008.5.1.4.1.1.7"
    data_set.SOPInstanceUID = "2.25.1"
    data_set.ReferencedSeriesSequence = Sequence(items)
    data_set["ReferencedSeriesSequence"].is_undefined_length = True
    for item in items:
        item.is_undefined_length_sequence_item = True
    data_set.file_meta = FileMetaDataset()
    data_set.file_meta.TransferSyntaxUID = pydicom.uid.ExplicitVRLittleEndian
    data_set.file_meta.MediaStorageSOPClassUID = data_set.SOPClassUID
    data_set.file_meta.MediaStorageSOPInstanceUID = data_set.SOPInstanceUID
    stream = io.BytesIO()
    pydicom.dcmwrite(stream, data_set, enforce_file_format=True)
    return stream.getvalue()


def elements(instance: Instance) -> list[dict[int, tuple[str, int, int, bytes]]]:
    """Return tag to (VR, offset in the file, length, bytes) of each Item."""
    return [
        {
            tag: (vr, item.base + offset, length, bytes(item.buf[offset : offset + length]))
            for tag, (vr, offset, length, _) in item.elements.items()
        }
        for item in instance.root.items("ReferencedSeriesSequence") or ()
    ]


def test_the_same_code_is_judged_for_each_sequence_that_has_it() -> None:
    code = [{"CodeValue": "410668003", "CodingSchemeDesignator": "SCT", "CodeMeaning": "Length"}]
    name = {"ValueType": "CODE", "ConceptNameCodeSequence": code}
    measured = {"ValueType": "NUM", "MeasuredValueSequence": [{"MeasurementUnitsCodeSequence": code}]}
    found = rules({"ContentSequence": [name, measured]})
    assert "sr/units" in {rule for rule, _ in found}
    assert "sr/units" not in {rule for rule, _ in rules({"ContentSequence": [name]})}


@pytest.mark.parametrize("_", range(2))
def test_the_same_bytes_are_judged_by_their_character_set(_: int) -> None:
    text = Raw("LO", "Müller".encode("latin-1") + b" ")
    declared = rules({"SpecificCharacterSet": "ISO_IR 100", "SeriesDescription": text})
    undeclared = rules({"SeriesDescription": text})
    assert ("value/charset-undeclared", 0x0008103E) in undeclared - declared


@pytest.mark.parametrize("_", range(2))
def test_a_value_is_judged_by_what_is_around_it(_: int) -> None:
    placeholder = ("value/placeholder", 0x00100010)
    assert placeholder in rules({"PatientName": "UNKNOWN"})
    assert placeholder not in rules({"PatientName": "UNKNOWN", "PatientIdentityRemoved": "YES"})


def test_equal_items_of_undefined_length_share_their_elements() -> None:
    def item(uid: str) -> Dataset:
        found = Dataset()
        found.SeriesInstanceUID = uid
        return found

    raw = undefined_lengths(item("2.25.71"), item("2.25.72"), item("2.25.71"))
    first, other, again = elements(read_instance(raw))
    assert first[0x0020000E][3] == again[0x0020000E][3] != other[0x0020000E][3]
    for found in (first, other, again):
        _, offset, length, value = found[0x0020000E]
        assert raw[offset : offset + length] == value


def test_a_delimiter_within_a_value_ends_no_item() -> None:
    item = Dataset()
    item.SeriesInstanceUID = "2.25.7"
    item.add_new(0x00420011, "OB", b"ab" + DELIMITER + b"cd")
    after = Dataset()
    after.SeriesInstanceUID = "2.25.7"
    raw = undefined_lengths(item, after, item)
    for _ in range(2):
        instance = read_instance(raw)
        assert not instance.faults
        assert [sorted(found) for found in elements(instance)] == [
            [0x0020000E, 0x00420011],
            [0x0020000E],
            [0x0020000E, 0x00420011],
        ]


def test_items_in_another_encoding_are_told_each_time() -> None:
    implicit = bytes.fromhex("20000e00 08000000") + b"2.25.71\0"
    header = bytes.fromhex("feff00e0 ffffffff")
    value = (header + implicit + DELIMITER) * 2 + bytes.fromhex("feffdde0 00000000")
    sequence = bytes.fromhex("08001511") + b"SQ\0\0\xff\xff\xff\xff" + value
    raw = content({"SOPClassUID": "1.2.840.10008.5.1.4.1.1.7", "SOPInstanceUID": "2.25.1"}) + sequence
    for _ in range(2):
        assert "file/transfer-syntax-mismatch" in {fault.rule for fault in read_instance(raw).faults}


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dcmlint.plan._MOST_VALUES", 10)
    monkeypatch.setattr("dcmlint.read.scanner._MOST_LEAVES", 10)
    monkeypatch.setattr("dcmlint.read.scanner._LEAVES", {})
    plans = Plans(catalogue())
    for number in range(40):
        series = [{"SeriesInstanceUID": f"2.25.{number}"}]
        attributes = {"PatientName": f"Doe^{number} ^^^", "ReferencedSeriesSequence": series}
        check_instance(read_instance(content(attributes)), plans)
        remember(plans.judged, (number, "", b""))
    assert len(plans.outspoken) <= 10
    assert len(plans.judged) <= 10
    assert all(len(leaves) <= 10 for leaves in scanner._LEAVES.values())
