"""A DICOMDIR that is named: it and the files that it refers to are checked."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from command_line import CT, FAULTY, Command, dcmlint

from dcmlint.read.encode import part10
from dcmlint.source.paths import Paths

__all__ = ["dcmlint"]

BAD = FAULTY / "missing_type_1.dcm"
MEDIA_STORAGE_DIRECTORY = "1.2.840.10008.1.3.10"


def directory(*file_ids: str | None) -> bytes:
    """Return a DICOMDIR with one record for each Referenced File ID."""
    records = [
        {"DirectoryRecordType": "IMAGE", **({} if each is None else {"ReferencedFileID": each.split("\\")})}
        for each in file_ids
    ]
    return part10(
        {
            "MediaStorageSOPClassUID": MEDIA_STORAGE_DIRECTORY,
            "FileSetID": "DISC",
            "DirectoryRecordSequence": records,
        }
    )


def medium(folder: Path, *file_ids: str | None) -> Path:
    path = folder / "DICOMDIR"
    path.write_bytes(directory(*file_ids))
    return path


def visited(path: Path) -> list[tuple[str, str]]:
    base = path.parent
    return [
        (Path(entry.path).relative_to(base).as_posix(), entry.problem) for entry in Paths().entries(str(path))
    ]


def test_the_files_are_visited_once_and_in_order(tmp_path: Path) -> None:
    (tmp_path / "IMG" / "S1").mkdir(parents=True)
    for name in ("A", "B", "C"):
        (tmp_path / "IMG" / "S1" / name).write_bytes(CT.read_bytes())
    (tmp_path / "OTHER").write_bytes(CT.read_bytes())
    path = medium(tmp_path, None, "IMG\\S1\\B", "IMG\\S1\\A", "IMG\\S1\\B", "")
    assert visited(path) == [("DICOMDIR", ""), ("IMG/S1/B", ""), ("IMG/S1/A", "")]


def test_findings_of_the_directory_and_its_files(dcmlint: Command, tmp_path: Path) -> None:
    (tmp_path / "BAD").write_bytes(BAD.read_bytes())
    path = medium(tmp_path, "BAD", "GONE")
    result = dcmlint("check", "--isolated", "--no-cache", "-f", "json", path)
    report = json.loads(result.out)
    found = {(Path(each["file"]).name, each["rule"]) for each in report["findings"]}
    assert ("BAD", "module/missing-type-1") in found
    assert ("DICOMDIR", "dicomdir/missing-file") in found
    assert not any(name == "GONE" for name, _ in found), "it is said once"
    assert any(name == "DICOMDIR" for name, _ in found)
    assert report["summary"]["files"] == 2


@pytest.mark.parametrize(
    "file_id", ["..\\..\\etc\\passwd", "\\etc\\passwd", "A\\..\\..\\x", "/etc/passwd", "A/../../x", "."]
)
def test_a_file_id_that_leads_out_of_the_medium_is_not_followed(
    dcmlint: Command, tmp_path: Path, file_id: str
) -> None:
    disc = tmp_path / "disc"
    disc.mkdir()
    (tmp_path / "x").write_bytes(BAD.read_bytes())
    path = medium(disc, file_id)
    result = dcmlint("check", "--isolated", "--no-cache", "-f", "json", path)
    findings = json.loads(result.out)["findings"]
    assert [each["message"] for each in findings if each["rule"] == "file/unreadable"] == [
        "Cannot be read: the Referenced File ID is no path on the medium (PS3.10 8.2)"
    ]
    assert not [
        each for each in findings if each["rule"].startswith("module/missing-type-1") and each["file"] == "x"
    ]
    assert all(each["file"].startswith(str(disc)) for each in findings)


def test_a_link_out_of_the_medium_is_not_followed(tmp_path: Path) -> None:
    disc = tmp_path / "disc"
    disc.mkdir()
    (tmp_path / "outside").write_bytes(CT.read_bytes())
    (disc / "LINK").symlink_to(tmp_path / "outside")
    assert visited(medium(disc, "LINK"))[1] == ("LINK", "a symbolic link in it leads out of the medium")


def test_names_in_other_letters_are_found(tmp_path: Path) -> None:
    (tmp_path / "img").mkdir()
    (tmp_path / "img" / "im000001.;1").write_bytes(CT.read_bytes())
    path = medium(tmp_path, "IMG\\IM000001")
    assert visited(path)[1] == ("img/im000001.;1", "")
    assert visited(path.rename(tmp_path / "dicomdir"))[1] == ("img/im000001.;1", "")


def test_what_is_no_dicomdir_is_checked_as_it_is(dcmlint: Command, tmp_path: Path) -> None:
    path = tmp_path / "DICOMDIR"
    for content in (b"", b"text", CT.read_bytes(), directory("A")[:300], CT.read_bytes()[:200]):
        path.write_bytes(content)
        assert visited(path)[0] == ("DICOMDIR", "")
        assert dcmlint("check", "--isolated", "--no-cache", path).err == ""
    path.unlink()
    assert visited(path) == [("DICOMDIR", "")]


def test_in_a_folder_a_dicomdir_is_one_of_the_files(tmp_path: Path) -> None:
    (tmp_path / "A").write_bytes(CT.read_bytes())
    medium(tmp_path, "A", "GONE")
    assert [Path(entry.path).name for entry in Paths().entries(str(tmp_path))] == ["A", "DICOMDIR"]
