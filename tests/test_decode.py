"""Decoded values: by VR, by byte order, never an exception; what pydicom reads from real files."""

from __future__ import annotations

import logging
import struct
import warnings
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.corpus import find_corpus
from dcmlint.read.encode import part10
from dcmlint.read.item import Instance, Item
from dcmlint.read.opener import read_instance
from dcmlint.read.vr import BINARY_SIZE, VRS
from dcmlint.rule import Raw

IMPLICIT_LE, EXPLICIT_LE, EXPLICIT_BE = "1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2"

VALUES: list[tuple[str, Any, tuple[Any, ...]]] = [
    ("ImageType", ["ORIGINAL", "PRIMARY"], ("ORIGINAL", "PRIMARY")),
    ("SeriesDescription", "a\\b", ("a", "b")),
    ("InstitutionAddress", "a\\b", ("a\\b",)),
    ("PatientName", "Doe^John=A=B", ("Doe^John=A=B",)),
    ("PixelSpacing", [0.5, "5E-1"], (0.5, 0.5)),
    ("SeriesNumber", "12", (12,)),
    ("SeriesNumber", "1_2", ("1_2",)),
    ("SeriesNumber", "1.5", ("1.5",)),
    ("SliceThickness", "thin", ("thin",)),
    ("StudyDate", "20240131", ("20240131",)),
    ("StudyInstanceUID", "1.2.3", ("1.2.3",)),
    ("Rows", 512, (512,)),
    ("TagAngleFirstAxis", 1.5, (1.5,)),
    ("DimensionIndexPointer", 0x00209056, (0x00209056,)),
    ("SimpleFrameList", [1, 2], (1, 2)),
    ("ReferencePixelX0", -5, (-5,)),
    ("SelectorSVValue", -(2**40), (-(2**40),)),
    ("RetrieveURL", "http://a\\b", ("http://a\\b",)),
    ("PatientID", "", ()),
]


@pytest.mark.parametrize("syntax", [IMPLICIT_LE, EXPLICIT_LE, EXPLICIT_BE])
@pytest.mark.parametrize(("keyword", "value", "expected"), VALUES)
def test_values(keyword: str, value: Any, expected: tuple[Any, ...], syntax: str) -> None:
    instance = read_instance(part10({keyword: value}, syntax=syntax))
    assert instance.get(keyword) == expected
    assert [type(found) for found in instance.get(keyword) or ()] == [type(found) for found in expected]


def test_absent_and_empty_differ() -> None:
    instance = read_instance(part10({"PatientID": ""}))
    assert instance.get("PatientID") == ()
    assert instance.get("PatientName") is None
    assert instance.first("PatientID") is None


def test_padding_is_no_part_of_text() -> None:
    content = {
        "StudyDescription": Raw("LO", b"  text \0"),
        "InstitutionAddress": Raw("ST", b"  text  "),
        "ImageType": Raw("CS", b"A \\ B  "),
    }
    instance = read_instance(part10(content))
    assert instance.get("StudyDescription") == ("text",)
    assert instance.get("InstitutionAddress") == ("  text",)
    assert instance.get("ImageType") == ("A", "B")


def test_sequence_gives_its_items() -> None:
    instance = read_instance(
        part10({"ReferencedStudySequence": [{"Modality": "CT"}], "DerivationCodeSequence": []})
    )
    items = instance.get("ReferencedStudySequence")
    assert items is not None
    assert items[0].first("Modality") == "CT"
    assert instance.get("DerivationCodeSequence") == ()


def test_bulk_data_is_one_bytes_object() -> None:
    instance = read_instance(part10({"PixelData": Raw("OW", b"\1\0\2\0")}))
    assert instance.get("PixelData") == (b"\1\0\2\0",)


def test_encapsulated_pixel_data_is_not_read() -> None:
    instance = read_instance(part10({"PixelData": [b"", b"\xff\xd8"]}, syntax="1.2.840.10008.1.2.4.50"))
    assert instance.get("PixelData") == (b"",)


def test_text_follows_the_character_set() -> None:
    content = {"SpecificCharacterSet": "GB18030", "PatientName": "王^小东", "SeriesDescription": "一\\二"}
    instance = read_instance(part10(content))
    assert instance.get("PatientName") == ("王^小东",)
    assert instance.get("SeriesDescription") == ("一", "二")


def test_unreadable_values_come_as_latin_1() -> None:
    content = {
        "SpecificCharacterSet": "ISO_IR 192",
        "PatientName": Raw("PN", b"M\xfc"),
        "Rows": Raw("US", b"\1\0\2"),
        "StudyTime": Raw("TM", b"\xfc1"),
    }
    instance = read_instance(part10(content))
    assert instance.get("PatientName") == ("Mü",)
    assert instance.get("StudyTime") == ("ü1",)


def test_unknown_vr_of_a_known_attribute_is_decoded_as_implicit_little_endian() -> None:
    content = {"Rows": Raw("UN", b"\0\2"), "PatientID": Raw("UN", b"4711"), "00091001": Raw("UN", b"\1\2")}
    for syntax in (EXPLICIT_LE, EXPLICIT_BE):
        instance = read_instance(part10(content, syntax=syntax))
        assert instance.get("Rows") == (512,)
        assert instance.get("PatientID") == ("4711",)
        assert instance.get("00091001") == (b"\1\2",)


@pytest.mark.parametrize(("representation", "expected"), [(0, 0xFFFF), (1, -1)])
def test_pixel_representation_signs_what_implicit_vr_leaves_open(representation: int, expected: int) -> None:
    item = {"PixelPaddingValue": b"\xff\xff"}
    content = {"PixelRepresentation": representation, **item, "ModalityLUTSequence": [item]}
    instance = read_instance(part10(content, syntax=IMPLICIT_LE))
    assert instance.first("PixelPaddingValue") == expected
    assert (instance.items("ModalityLUTSequence") or ())[0].first("PixelPaddingValue") == expected


def test_lut_descriptor_counts_entries_without_sign() -> None:
    content = {"PixelRepresentation": 1, "LUTDescriptor": struct.pack("<HhH", 65535, -1024, 16)}
    assert read_instance(part10(content, syntax=IMPLICIT_LE)).get("LUTDescriptor") == (65535, -1024, 16)


@given(st.sampled_from(sorted(VRS - {"SQ"})), st.binary(max_size=40), st.booleans(), st.booleans())
def test_never_raises(vr: str, raw: bytes, big_endian: bool, explicit: bool) -> None:
    instance = Instance()
    instance.big_endian, instance.explicit = big_endian, explicit
    item = instance.root = Item(instance, raw, 0, None, 0, 0, 0)
    for tag in (0x00091001, 0x00280106, 0x00283002, 0x00081140):
        item.elements[tag] = (vr, 0, len(raw), None)
        found = item.get(tag)
        assert isinstance(found, tuple)
        assert bool(found) == bool(raw)
        size = BINARY_SIZE.get(vr)
        if size and vr[0] != "O" and raw and not len(raw) % size:
            assert len(found) == len(raw) // size


@pytest.fixture
def quiet() -> Iterator[None]:
    logging.disable(logging.CRITICAL)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
    logging.disable(logging.NOTSET)


def test_values_of_real_files_are_those_of_pydicom(quiet: None) -> None:
    import pydicom

    compared, different = 0, []
    for path in find_corpus().files:
        content = path.read_bytes()
        try:
            dataset = pydicom.dcmread(path, force=True, stop_before_pixels=True)
            pairs = list(_pairs(read_instance(content).root, dataset))
        except Exception:  # pydicom cannot read the file or one of its values
            continue
        for ours, theirs, element in pairs:
            compared += 1
            if ours != theirs and not (ours and ours[0] != ours[0]):
                different.append((path.name, element.tag, ours, theirs))
    assert compared > 1_000
    assert different == []


def _pairs(item: Item, dataset: Any) -> Iterator[tuple[tuple[Any, ...], tuple[Any, ...], Any]]:
    """Yield what we and pydicom decode of each Attribute; pydicom knows private ones that are UN here."""
    for element in dataset:
        known = item.elements.get(int(element.tag))
        if known is None or known[2] == 0xFFFFFFFF:
            continue
        if known[3] is not None:
            for nested, other in zip(known[3], element.value, strict=True):
                yield from _pairs(nested, other)
        elif known[0] != "UN" and element.VR not in ("SQ", "UN"):
            yield _same_kind(item.get(int(element.tag)) or ()), _same_kind(_listed(element.value)), element


def _listed(value: Any) -> tuple[Any, ...]:
    if value is None or value == "" or value == b"":
        return ()
    return tuple(value) if isinstance(value, (list, tuple)) or hasattr(value, "append") else (value,)


def _same_kind(values: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return values without what the two name differently: PersonName, DSfloat, padding inside lists."""
    plain = [float(value) if isinstance(value, (int, float)) else value for value in values]
    plain = [value if isinstance(value, (float, bytes)) else str(value).strip(" ") for value in plain]
    return () if plain == [""] else tuple(plain)
