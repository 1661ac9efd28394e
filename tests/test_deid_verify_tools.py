"""`dcmlint deid verify` on outputs of other tools: what it once overlooked, and what it once blamed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from dcmlint.deid_verify.identifiers import Identifiers
from dcmlint.deid_verify.run import Verification, verify
from dcmlint.model import Finding, Raw
from dcmlint.read.encode import part10

_UUID_UID = "2.25.281821656492584880365678271074145532563"
_FOREIGN_UID = "1.2.826.0.1.3680043.9.7.9"
_DICOMDIR = "1.2.840.10008.1.3.10"
_DONE = {
    "PatientIdentityRemoved": "YES",
    "DeidentificationMethodCodeSequence": [
        {"CodeValue": "113100", "CodingSchemeDesignator": "DCM", "CodeMeaning": "Basic"}
    ],
}


def scan(number: int, **attributes: Any) -> dict[str, Any]:
    """Return a CT image; images of two numbers differ in pixels and UIDs."""
    return {
        "SOPClassUID": "1.2.840.10008.5.1.4.1.1.2",
        "SOPInstanceUID": f"1.2.826.0.1.3680043.9.7.{number}.1",
        "StudyInstanceUID": f"1.2.826.0.1.3680043.9.7.{number}.2",
        "SeriesInstanceUID": f"1.2.826.0.1.3680043.9.7.{number}.3",
        "Modality": "CT",
        "Rows": 16,
        "Columns": 16,
        "SamplesPerPixel": 1,
        "BitsAllocated": 8,
        "PixelData": Raw("OB", bytes((number,)) * 256),
        **attributes,
    }


def done(original: Mapping[str, Any], number: int, **attributes: Any) -> dict[str, Any]:
    """Return what a tool made of an image: new UIDs, the record of the method, and `attributes`."""
    uids = ("SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID")
    new = {keyword: f"1.2.826.0.1.3680043.8.498.{number}.{at}" for at, keyword in enumerate(uids)}
    return {**original, **_DONE, **new, **attributes}


def verified(
    tmp_path: Path, *pairs: tuple[Mapping[str, Any], Mapping[str, Any]], meta: Mapping[str, Any] | None = None
) -> list[Finding]:
    """Return what is found in outputs; `pairs` are (original, output), `meta` is of both."""
    for number, pair in enumerate(pairs):
        for folder, attributes in zip(("in", "out"), pair, strict=True):
            path = tmp_path / folder / f"{number}.dcm"
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(part10(attributes, meta=meta))
    asked = Verification(str(tmp_path / "out"), "basic", str(tmp_path / "in"))
    return [found for report in verify(asked) for found in report.findings]


def told(found: list[Finding]) -> list[tuple[str, int | None]]:
    return sorted((each.rule.removeprefix("deid/"), each.tag) for each in found)


@pytest.mark.parametrize("uid", [_UUID_UID, "1.2.3", "20241218160000"])
def test_a_uid_of_any_form_is_told_where_it_stays(tmp_path: Path, uid: str) -> None:
    before = scan(1, FrameOfReferenceUID=uid)
    assert told(verified(tmp_path, (before, done(before, 1)))) == [("uid-not-replaced", 0x00200052)]


def test_a_uid_of_a_uuid_is_found_in_text() -> None:
    sought = Identifiers()
    sought.uids.add(_UUID_UID)
    assert sought.kinds_in((f"series {_UUID_UID}, slice 3",), frozenset()) == {"UID"}
    assert sought.kinds_in((_UUID_UID + "1", "2.25.2"), frozenset()) == set()


def test_a_uid_that_only_the_file_meta_information_has(tmp_path: Path) -> None:
    before = scan(1)
    meta = {"MediaStorageSOPInstanceUID": _FOREIGN_UID}
    found = verified(tmp_path, (before, done(before, 1)), meta=meta)
    assert told(found) == [("uid-not-replaced", 0x00020003)]


def test_a_file_id_of_a_dicomdir_with_the_patients_id(tmp_path: Path) -> None:
    record = {"DirectoryRecordType": "PATIENT", "ReferencedFileID": ["77654033", "CR1", "6154"]}
    before = {
        "SOPClassUID": _DICOMDIR,
        "DirectoryRecordSequence": [{**record, "PatientID": "77654033", "PatientName": "Q"}],
    }
    after = {"SOPClassUID": _DICOMDIR, "DirectoryRecordSequence": [{**record, "PatientID": "X-1"}]}
    meta = {"MediaStorageSOPClassUID": _DICOMDIR, "MediaStorageSOPInstanceUID": "1.2.840.10008.1.1"}
    found = [each for each in verified(tmp_path, (before, after), meta=meta) if each.severity == "error"]
    assert told(found) == [("text-contains-identifier", 0x00041500)]


def test_a_number_is_the_patients_even_if_software_has_it(tmp_path: Path) -> None:
    before = scan(1, PatientID="48213377", SoftwareVersions="48213377")
    found = verified(tmp_path, (before, done(before, 1, PatientID="X-1")))
    assert told(found) == [("text-contains-identifier", 0x00181020)]


def test_what_is_removed_and_there_as_it_was_is_told_so(tmp_path: Path) -> None:
    code = {"CodeValue": "I67.1", "CodingSchemeDesignator": "I10", "CodeMeaning": "Aneurysm"}
    codes = {"ReasonForRequestedProcedureCodeSequence": [code]}
    before = scan(1, OtherPatientIDs="4711", StudyDescription="Knee", **codes)
    found = verified(tmp_path, (before, done(before, 1, StudyDescription="Study 1")))
    how = {each.tag: each.args["how"] for each in found}
    same = "is there, with the value of the original (confidence high)"
    assert how == {0x00101000: same, 0x0040100A: same, 0x00081030: "is there"}


def test_a_date_of_unknown_vr_is_a_date(tmp_path: Path) -> None:
    before = scan(1, StudyDate=Raw("UN", b"20240229"))
    assert told(verified(tmp_path, (before, done(before, 1)))) == [("date-not-shifted", 0x00080020)]


def test_names_and_uids_of_unknown_vr_are_taken_from_originals(tmp_path: Path) -> None:
    name, uid = Raw("UN", b"Meierling^Ottilie "), Raw("UN", b"1.2.826.0.1.3680043.9.7.77\0\0")
    before = scan(1, PatientName=name, FrameOfReferenceUID=uid)
    after = done(before, 1, PatientName="", FrameOfReferenceUID="1.2.826.0.1.3680043.9.7.77")
    after["SeriesDescription"] = "Meierling"
    assert told(verified(tmp_path, (before, after))) == [
        ("attribute-not-removed", 0x0008103E),
        ("text-contains-identifier", 0x0008103E),
        ("uid-not-replaced", 0x00200052),
    ]
    for folder in ("in", "out"):
        (tmp_path / folder / "0.dcm").unlink()
    after = done(before, 1, PatientName=Raw("UN", b"ANONYMOUS "), FrameOfReferenceUID="1.2.3")
    assert verified(tmp_path, (before, after)) == []


@pytest.mark.parametrize(
    ("pseudonym", "expected"), [("Anonymous", []), ("", []), ("ANON-0001", [("inconsistent", 0x00100020)])]
)
def test_one_dummy_for_all_patients_merges_nobody(
    tmp_path: Path, pseudonym: str, expected: list[tuple[str, int]]
) -> None:
    first, second = scan(1, PatientID="48213377"), scan(2, PatientID="48213388")
    outputs = (done(first, 1, PatientID=pseudonym), done(second, 2, PatientID=pseudonym))
    assert told(verified(tmp_path, (first, outputs[0]), (second, outputs[1]))) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("VANCE^ALBERTO", []),
        ("MEIERLING^VANCE", [("text-contains-identifier", 0x00100010)]),
        ("QUASTEN^ALBERTO", [("text-contains-identifier", 0x00100010)]),
    ],
)
def test_an_invented_name_may_have_a_part_of_another_patients(
    tmp_path: Path, name: str, expected: list[tuple[str, int]]
) -> None:
    physician = {"OperatorsName": "Vance^Hortense", "PatientID": "48213377"}
    first = scan(1, PatientName="Meierling^Ottilie", **physician)
    second = scan(2, PatientName="Quasten^Alberto", PatientID="48213388")
    outputs = (
        done(first, 1, PatientName=name, OperatorsName="", PatientID="X-1"),
        done(second, 2, PatientName="", PatientID="X-2"),
    )
    assert told(verified(tmp_path, (first, outputs[0]), (second, outputs[1]))) == expected


@pytest.mark.parametrize("name", ["Anon", "Removed by CTP", "anonymised"])
def test_what_says_that_a_name_is_gone_is_no_name(tmp_path: Path, name: str) -> None:
    before = scan(1, PatientName=name, PatientSex="M")
    after = done(before, 1, PatientSex="ANON", ContentCreatorName="Removed by CTP")
    assert verified(tmp_path, (before, after)) == []


def test_a_dicomdir_has_no_record_of_the_method(tmp_path: Path) -> None:
    directory = {"SOPClassUID": _DICOMDIR, "FileSetID": "SET"}
    meta = {"MediaStorageSOPClassUID": _DICOMDIR, "MediaStorageSOPInstanceUID": "1.2.840.10008.1.1"}
    found = verified(tmp_path, (directory, directory), meta=meta)
    assert not [each for each in found if "method" in each.rule]
