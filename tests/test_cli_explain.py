"""`dcmlint explain FILE`: what a file is checked against, and why."""

from __future__ import annotations

from pathlib import Path

import pytest
from command_line import CLEAN, CT, FAULTY, Command, dcmlint

from dcmlint.read.encode import part10

__all__ = ["dcmlint"]


def line(text: str, start: str) -> str:
    """Return the one line of a table that has this in it."""
    (found,) = [each for each in text.splitlines() if start in each]
    return found


@pytest.mark.parametrize("path", sorted(CLEAN.glob("*.dcm")), ids=lambda path: path.stem)
def test_clean_files_are_explained(dcmlint: Command, path: Path) -> None:
    result = dcmlint("explain", path)
    assert result.status == 0
    assert "Modules" in result.out
    assert "+ M  SOP Common " in result.out
    number = int(line(result.out, "Conditions that stayed unknown").rpartition(" ")[2])
    listed = result.out.partition("stayed unknown")[2].splitlines()[1:]
    assert len(listed) <= number
    assert bool(listed) == bool(number)


def test_heading_and_modules(dcmlint: Command) -> None:
    out = dcmlint("explain", CT).out
    assert "CT Image Storage (1.2.840.10008.5.1.4.1.1.2)" in line(out, "SOP Class ")
    assert "PS3.3 A.3" in line(out, "IOD ")
    assert "Explicit VR Little Endian" in line(out, "Transfer Syntax ")
    assert line(out, "+ M  Image Plane ").endswith("applies: mandatory")
    assert line(out, "- U  Specimen ").endswith("not there")


def test_conditional_module_says_which_condition(dcmlint: Command) -> None:
    out = dcmlint("explain", CLEAN / "enhanced_ct.dcm").out
    assert "MultienergyCTAcquisition is YES" in line(out, "C  Enhanced Multi-energy CT Acquisition")
    assert "shared" in line(out, "+ M  Pixel Measures")
    assert "in 2 of 2 frames" in line(out, "+ M  Plane Position (Patient)")


def test_declared_transfer_syntax_that_is_not_the_real_one(dcmlint: Command) -> None:
    heading = line(dcmlint("explain", FAULTY / "declared_explicit.dcm").out, "Transfer Syntax ")
    assert "Implicit VR Little Endian" in heading
    assert "declared: Explicit VR Little Endian" in heading


def test_sop_class_without_tables(dcmlint: Command, tmp_path: Path) -> None:
    path = tmp_path / "private.dcm"
    path.write_bytes(part10({"SOPClassUID": "1.2.3.4.5", "SOPInstanceUID": "1.2.3.4.6"}))
    result = dcmlint("explain", path)
    assert result.status == 0
    assert "1.2.3.4.5" in result.out
    assert "no tables" in result.out


def test_what_stands_in_the_place_of_a_uid_is_not_shown(dcmlint: Command, tmp_path: Path) -> None:
    path = tmp_path / "odd.dcm"
    path.write_bytes(part10({"SOPClassUID": b"DOE^JANE"}, meta={"MediaStorageSOPClassUID": "1.2"}))
    assert "DOE" not in dcmlint("explain", path).out


@pytest.mark.parametrize("content", [None, b"", b"no DICOM here"])
def test_what_cannot_be_explained_exits_2(dcmlint: Command, tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "bad.dcm"
    if content is not None:
        path.write_bytes(content)
    result = dcmlint("explain", path)
    assert result.status == 2
    assert result.out == ""
    assert "bad.dcm" in result.err
