"""The public API: the same findings from a file, from a Data Set in memory and from DICOM JSON."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import pydicom
import pytest
from command_line import CLEAN, CT, FAULTY

import dcmlint
from dcmlint.testing import assert_conformant

MISSING = FAULTY / "missing_type_1.dcm"
FILES = sorted([*CLEAN.glob("*.dcm"), *FAULTY.glob("*.dcm")])

IN_THE_BYTES = {
    "group_length": "pydicom drops group lengths",
    "invalid_vr": "pydicom reads past the VR that is none",
    "truncated": "the value that is cut short has a length of its own in memory",
}
"""Fixtures whose fault pydicom's reader changes."""

NOT_IN_JSON = {
    "comma_in_decimal": "no JSON number",
    "frame_count": "needs the pixel data",
    "malformed_uid": "pydicom drops it",
    "number_range": "no JSON number",
    "three_samples_grey": "needs the Transfer Syntax",
    "one_row_more": "needs the pixel data",
    "too_long": "pydicom drops it",
}
"""Fixtures whose fault the DICOM JSON of pydicom does not have."""


def test_clean_file_has_no_findings() -> None:
    assert dcmlint.lint(CT) == []
    assert dcmlint.lint(str(CT)) == []


def test_finding_tells_all() -> None:
    (finding,) = [each for each in dcmlint.lint(MISSING) if each.rule == "module/missing-type-1"]
    assert isinstance(finding, dcmlint.Finding)
    assert finding.severity == "error"
    assert finding.keyword is not None
    assert finding.keyword in finding.message
    assert finding.path == finding.keyword
    assert finding.tag is not None
    assert finding.tag[0] + finding.tag[5] + finding.tag[-1] == "(,)"
    assert finding.citation.startswith("PS3.3")
    assert finding.offset is not None
    assert finding.fingerprint
    assert finding.rule in str(finding)
    assert pickle.loads(pickle.dumps(finding)) == finding


def test_fingerprint_is_the_same_elsewhere(tmp_path: Path) -> None:
    copy = tmp_path / "other name"
    copy.write_bytes(MISSING.read_bytes())
    assert [each.fingerprint for each in dcmlint.lint(copy)] == [
        each.fingerprint for each in dcmlint.lint(MISSING)
    ]


def test_selection() -> None:
    every = dcmlint.lint(MISSING)
    assert dcmlint.lint(MISSING, select="uid") == []
    assert dcmlint.lint(MISSING, ignore=["module/missing-type-1"]) != every
    with pytest.raises(dcmlint.UsageError):
        dcmlint.lint(MISSING, select=["no/such-rule"])


@pytest.mark.parametrize("name", ["gone.dcm", "text.dcm", "."])
def test_what_cannot_be_checked_is_a_finding(tmp_path: Path, name: str) -> None:
    (tmp_path / "text.dcm").write_text("no DICOM")
    (finding,) = dcmlint.lint(tmp_path / name)
    assert finding.rule in ("file/unreadable", "file/not-dicom")
    assert finding.severity == "error"
    assert finding.path is None


def comparable(findings: list[dcmlint.Finding]) -> list[tuple[Any, ...]]:
    """Return what must be the same wherever the Data Set is from: all but what concerns bytes."""
    from dcmlint.catalogue import catalogue

    rules = catalogue()
    return sorted(
        (each.rule, each.severity, each.path or "", each.message, each.module, each.attributes)
        for each in findings
        if not rules[each.rule].on_bytes
    )


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_same_findings_from_file_and_dataset(path: Path) -> None:
    if path.stem in IN_THE_BYTES:
        pytest.skip(IN_THE_BYTES[path.stem])
    assert comparable(dcmlint.lint_dataset(pydicom.dcmread(path, force=True))) == comparable(
        dcmlint.lint(path)
    )


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_same_findings_from_file_and_json(path: Path) -> None:
    """Pixel data is left out, as it is in the metadata that DICOMweb gives."""
    if path.stem in IN_THE_BYTES | NOT_IN_JSON:
        pytest.skip((IN_THE_BYTES | NOT_IN_JSON)[path.stem])
    dataset = pydicom.dcmread(path, force=True)
    content = dataset.to_json_dict(bulk_data_threshold=0, bulk_data_element_handler=lambda element: "uri")
    assert comparable(dcmlint.lint_json(content)) == comparable(dcmlint.lint(path))


def test_dataset_in_memory_has_no_offsets() -> None:
    dataset = pydicom.dcmread(MISSING)
    found = dcmlint.lint_dataset(dataset)
    assert found
    assert {(each.offset, each.length) for each in found} == {(None, None)}


def test_dataset_is_left_as_it_is() -> None:
    dataset = pydicom.dcmread(CT)
    before = dataset.to_json()
    dcmlint.lint_dataset(dataset)
    assert dataset.to_json() == before


def test_conformant_dataset_passes() -> None:
    assert_conformant(pydicom.dcmread(CT))
    assert_conformant(CT)
    assert_conformant(pydicom.dcmread(CT).to_json_dict())


def test_failure_names_each_fault() -> None:
    dataset = pydicom.dcmread(CT)
    del dataset.PixelSpacing
    dataset.BitsStored = 17
    dataset.PatientName = "Doe^Jane"
    with pytest.raises(AssertionError) as failed:
        assert_conformant(dataset)
    text = str(failed.value)
    assert "PixelSpacing" in text
    assert "module/missing-type-1" in text
    assert "pixel/bits-stored-exceeds-allocated" in text
    assert "Doe" not in text
    assert len(text.splitlines()) == 1 + int(text.split()[0])


def test_ignored_faults_do_not_fail() -> None:
    dataset = pydicom.dcmread(CT)
    del dataset.PixelSpacing
    assert_conformant(dataset, ignore=["module/missing-type-1"])
    assert_conformant(dataset, select=["uid"])


def test_severity_that_fails_can_be_chosen(tmp_path: Path) -> None:
    dataset = pydicom.dcmread(CT)
    dataset.Occupation = " loud "
    found = dcmlint.lint_dataset(dataset)
    assert found
    assert {each.severity for each in found} <= {"note", "warning"}
    assert_conformant(dataset)
    with pytest.raises(AssertionError):
        assert_conformant(dataset, fail_on="note")
    with pytest.raises(dcmlint.UsageError):
        assert_conformant(dataset, fail_on="fatal")  # type: ignore[arg-type]
