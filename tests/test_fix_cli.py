"""`dcmlint fix` as a user runs it: where results go, what is said, how it ends."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from command_line import CLEAN, CT, FAULTY, Command, dcmlint

from dcmlint.model import Raw
from dcmlint.read.encode import part10
from dcmlint.read.opener import read_instance

__all__ = ["dcmlint"]

NAME = "Doe^John^^^^^MD"
OBJECT = {"SOPClassUID": "1.2.840.10008.5.1.4.1.1.66", "SOPInstanceUID": "1.2.3", "Modality": "OT"}


def written(path: Path, **attributes: object) -> Path:
    path.write_bytes(part10({**OBJECT, **attributes}))
    return path


def test_results_go_to_the_output_folder_and_sources_stay(dcmlint: Command, tmp_path: Path) -> None:
    source = tmp_path / "in" / "study"
    source.mkdir(parents=True)
    for path in (FAULTY / "odd_length.dcm", CT):
        shutil.copy(path, source)
    (source / "notes.txt").write_text("no DICOM")
    before = {path.name: path.read_bytes() for path in source.iterdir()}
    result = dcmlint("fix", tmp_path / "in", "--output", tmp_path / "out")
    assert result.status == 0
    assert "fixed: encoding/odd-length" in result.err
    assert "1 finding fixed in 1 of 3 files" in result.err
    assert {path.name: path.read_bytes() for path in source.iterdir()} == before
    out = tmp_path / "out" / "study"
    assert sorted(path.name for path in out.iterdir()) == ["ct.dcm", "odd_length.dcm"]
    assert (out / "ct.dcm").read_bytes() == before["ct.dcm"]
    assert dcmlint("check", out).status == 0


def test_in_place_keeps_a_backup(dcmlint: Command, tmp_path: Path) -> None:
    path = Path(shutil.copy(FAULTY / "odd_length.dcm", tmp_path / "a.dcm"))
    before = path.read_bytes()
    refused = dcmlint("fix", path, "--in-place")
    assert refused.status == 2
    assert path.read_bytes() == before
    result = dcmlint("fix", path, "--in-place", "--backup", tmp_path / "kept")
    assert result.status == 0
    assert path.read_bytes() != before
    assert [kept.read_bytes() for kept in (tmp_path / "kept").rglob("*.dcm")] == [before]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ((), "Where should the results go?"),
        (("--output", "o", "--in-place", "--backup", "b"), "two places"),
        (("--backup", "b", "--diff"), "go together"),
        (("--output", "{folder}/below"), "is inside of"),
        (("--output", "o", "--select", "no/such-rule"), "Unknown rule"),
        (("--output", "o", "--fail-on", "never-ever"), "Unknown severity"),
    ],
)
def test_what_cannot_be_done(
    dcmlint: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...], words: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "in").mkdir()
    result = dcmlint("fix", "in", *(each.format(folder="in") for each in options))
    assert result.status == 2
    assert words in result.err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in"]


def test_a_file_is_never_written_over_itself(dcmlint: Command, tmp_path: Path) -> None:
    path = Path(shutil.copy(FAULTY / "odd_length.dcm", tmp_path / "a.dcm"))
    before = path.read_bytes()
    result = dcmlint("fix", path, "--output", tmp_path)
    assert result.status == 2
    assert "over itself" in result.err
    assert path.read_bytes() == before


def test_two_inputs_of_one_name(dcmlint: Command, tmp_path: Path) -> None:
    result = dcmlint("fix", CT, CLEAN / ".." / "clean" / "ct.dcm", "--output", tmp_path / "out")
    assert result.status == 2
    assert "would both become" in result.err


def test_a_diff_shows_each_attribute_and_writes_nothing(dcmlint: Command, tmp_path: Path) -> None:
    path = written(
        tmp_path / "a.dcm",
        StudyID=Raw("UN", b"1 "),
        Manufacturer=Raw("LO", b"ACM\0"),
        ReferencedStudySequence=[{"00080000": 4, "ReferencedSOPInstanceUID": "1.2"}],
    )
    before = path.read_bytes()
    result = dcmlint("fix", path, "--diff")
    assert result.status == 1
    assert result.out.splitlines()[2:-1] == [
        "@@ Manufacturer (0008,0070) @@",
        '-LO "ACM\\0"',
        '+LO "ACM "',
        "@@ ReferencedStudySequence[1].(0008,0000) @@",
        "-UL 4",
        "@@ StudyID (0020,0010) @@",
        "-UN 31 20",
        '+SH "1 "',
    ]
    assert path.read_bytes() == before
    assert [each.name for each in tmp_path.iterdir()] == ["a.dcm"]
    assert dcmlint("fix", CT, "--diff").status == 0


def test_a_dry_run_says_what_would_be_done(dcmlint: Command, tmp_path: Path) -> None:
    result = dcmlint("fix", FAULTY / "odd_length.dcm", "--output", tmp_path / "out", "--dry-run")
    assert result.status == 0
    assert "would be fixed: encoding/odd-length" in result.err
    assert not result.out
    assert not (tmp_path / "out").exists()


def test_unsafe_fixes_are_asked_for_and_recorded(dcmlint: Command, tmp_path: Path) -> None:
    path = written(tmp_path / "a.dcm", PatientName=NAME)
    safe = dcmlint("fix", path, "--output", tmp_path / "safe")
    assert (tmp_path / "safe" / "a.dcm").read_bytes() == path.read_bytes()
    assert "person-name" not in safe.err
    result = dcmlint("fix", path, "--output", tmp_path / "out", "--unsafe-fixes")
    assert "MD" not in result.err + result.out
    instance = read_instance((tmp_path / "out" / "a.dcm").read_bytes())
    assert instance.first("PatientName") == "Doe^John^^^MD"
    (item,) = instance.items("OriginalAttributesSequence") or ()
    (kept,) = item.items("ModifiedAttributesSequence") or ()
    assert kept.get("PatientName") == ()
    (value,) = item.items("NonconformingModifiedAttributesSequence") or ()
    assert value.first("SelectorAttribute") == 0x00100010
    assert value.raw("NonconformingDataElementValue") == b"Doe^John^^^^^MD "
    assert item.first("ModifyingSystem") == "dcmlint"
    assert item.first("ReasonForTheAttributeModification") == "CORRECT"
    again = dcmlint("fix", tmp_path / "out" / "a.dcm", "--output", tmp_path / "again", "--unsafe-fixes")
    assert "0 findings fixed" in again.err


def test_a_second_item_is_added_to_original_attributes(dcmlint: Command, tmp_path: Path) -> None:
    path = written(
        tmp_path / "a.dcm",
        PatientName=NAME,
        OriginalAttributesSequence=[
            {
                "ModifiedAttributesSequence": [{"PatientID": "7"}],
                "AttributeModificationDateTime": "20200101",
                "ModifyingSystem": "PACS",
                "SourceOfPreviousValues": None,
                "ReasonForTheAttributeModification": "COERCE",
            }
        ],
    )
    dcmlint("fix", path, "--output", tmp_path / "out", "--unsafe-fixes")
    items = read_instance((tmp_path / "out" / "a.dcm").read_bytes()).items("OriginalAttributesSequence") or ()
    assert [each.first("ModifyingSystem") for each in items] == ["PACS", "dcmlint"]


@pytest.mark.parametrize("attribute", ["MACParametersSequence", "DigitalSignaturesSequence"])
def test_signed_objects_are_refused(dcmlint: Command, tmp_path: Path, attribute: str) -> None:
    path = written(tmp_path / "a.dcm", StudyID=Raw("SH", b"1\0"), **{attribute: [{"MACIDNumber": 1}]})
    result = dcmlint("fix", path, "--output", tmp_path / "out")
    assert result.status == 1
    assert "digitally signed" in result.err
    assert (tmp_path / "out" / "a.dcm").read_bytes() == path.read_bytes()
    dcmlint("fix", path, "--output", tmp_path / "out", "--break-signatures")
    assert read_instance((tmp_path / "out" / "a.dcm").read_bytes()).raw("StudyID") == b"1 "


def test_a_signed_object_without_a_fault_is_no_problem(dcmlint: Command, tmp_path: Path) -> None:
    path = written(tmp_path / "a.dcm", MACParametersSequence=[{"MACIDNumber": 1}])
    result = dcmlint("fix", path, "--output", tmp_path / "out", "--fail-on", "never")
    assert (result.status, "signed" in result.err) == (0, False)


def test_a_dicomdir_stays_as_it_is(dcmlint: Command, tmp_path: Path) -> None:
    records = [{"OffsetOfTheNextDirectoryRecord": 0, "DirectoryRecordType": Raw("CS", b"PATIENT\0")}]
    path = written(tmp_path / "a.dcm", FileSetID=Raw("CS", b"A\0\0\0"), DirectoryRecordSequence=records)
    result = dcmlint("fix", path, "--output", tmp_path / "out")
    assert result.status == 1
    assert "DICOMDIR" in result.err
    assert (tmp_path / "out" / "a.dcm").read_bytes() == path.read_bytes()


def test_references_stay_whole_over_files(dcmlint: Command, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    written(tmp_path / "in" / "a.dcm", SOPInstanceUID="1.2.03")
    written(tmp_path / "in" / "b.dcm", ReferencedImageSequence=[{"ReferencedSOPInstanceUID": "1.2.03"}])
    dcmlint("fix", tmp_path / "in", "--output", tmp_path / "out", "--unsafe-fixes")
    one = read_instance((tmp_path / "out" / "a.dcm").read_bytes())
    other = read_instance((tmp_path / "out" / "b.dcm").read_bytes())
    (reference,) = other.items("ReferencedImageSequence") or ()
    assert one.sop_instance_uid.startswith("2.25.")
    assert one.meta is not None
    assert one.meta.first("MediaStorageSOPInstanceUID") == one.sop_instance_uid
    assert reference.first("ReferencedSOPInstanceUID") == one.sop_instance_uid


def test_selection_and_waivers_hold(dcmlint: Command, tmp_path: Path) -> None:
    path = written(tmp_path / "a.dcm", StudyID=Raw("SH", b"1\0"), StationName=b"123")
    dcmlint("fix", path, "--output", tmp_path / "one", "--select", "encoding/padding")
    one = read_instance((tmp_path / "one" / "a.dcm").read_bytes())
    assert (one.raw("StudyID"), one.raw("StationName")) == (b"1 ", b"123")
    dcmlint("fix", path, "--output", tmp_path / "other", "--ignore", "encoding/padding")
    other = read_instance((tmp_path / "other" / "a.dcm").read_bytes())
    assert (other.raw("StudyID"), other.raw("StationName")) == (b"1\0", b"123 ")
    settings = tmp_path / "dcmlint.yaml"
    settings.write_text("waivers: waivers.yaml\n")
    waiver = "  - rule: encoding/padding\n    reason: they are so\n    owner: us\n    expires: 2099-01-01\n"
    (tmp_path / "waivers.yaml").write_text("waivers:\n" + waiver)
    result = dcmlint("fix", path, "--output", tmp_path / "waived", "--config", settings)
    waived = read_instance((tmp_path / "waived" / "a.dcm").read_bytes())
    assert (waived.raw("StudyID"), waived.raw("StationName")) == (b"1\0", b"123 "), result.err


def test_what_is_not_dicom_or_cannot_be_read(dcmlint: Command, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("text")
    result = dcmlint("fix", tmp_path / "a.txt", tmp_path / "gone.dcm", "--output", tmp_path / "out")
    assert result.status == 1
    assert "not DICOM" in result.err
    assert "gone.dcm: left as it is" in result.err


def test_large_files_are_kept_on_disk_between_passes(
    dcmlint: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dcmlint.fix.held._HELD_IN_MEMORY", 1024)
    path = written(
        tmp_path / "a.dcm", StudyID=Raw("SH", b"1\0"), PixelData=Raw("OW", bytes(range(256)) * 400)
    )
    dcmlint("fix", path, "--output", tmp_path / "out")
    expected = path.read_bytes().replace(b"SH\x02\0001\0", b"SH\x02\0001 ")
    assert (tmp_path / "out" / "a.dcm").read_bytes() == expected
    assert [each.name for each in (tmp_path / "out").iterdir()] == ["a.dcm"]
