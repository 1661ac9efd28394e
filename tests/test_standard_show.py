from __future__ import annotations

from pathlib import Path

import pytest

from dcmlint.errors import UsageError
from dcmlint.standard.show import list_editions, show


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DCMLINT_DATA_DIR", str(tmp_path))
    return tmp_path


def test_the_embedded_edition_is_listed_and_in_use() -> None:
    lines = list_editions().splitlines()
    assert len(lines) == 1
    assert lines[0].split() == ["*", "embedded", "2025b+2026a", "175", "IODs"]


def test_half_written_editions_are_not_listed(home: Path) -> None:
    (home / "editions" / ".2031b-x").mkdir(parents=True)
    (home / "editions" / ".2031b-x" / "rows.index.json").write_text('{"editions": {"structure": "2031b"}}')
    assert len(list_editions().splitlines()) == 1


def test_a_name_of_an_iod_and_a_module_shows_both() -> None:
    text = show("CT Image")
    assert "CT Image IOD  (ct-image)  PS3.3 A.3.3" in text
    assert "CT Image Module  (ct-image)" in text
    assert "SOP Class 1.2.840.10008.5.1.4.1.1.2 CT Image Storage" in text


@pytest.mark.parametrize("name", ["ct-image", "CT Image IOD", "1.2.840.10008.5.1.4.1.1.2", "CT Image Module"])
def test_spellings_of_a_name(name: str) -> None:
    assert "ct-image" in show(name)


def test_an_iod_lists_its_functional_groups() -> None:
    text = show("enhanced-ct-image")
    assert "Functional Groups" in text
    line = next(line for line in text.splitlines() if "Frame Content" in line)
    assert line.split()[0] == "M" and line.endswith("per-frame only")


def test_a_module_shows_types_conditions_values_and_nested_rows() -> None:
    lines = show("VOI LUT Module").splitlines()
    assert any("1C  WindowWidth" in line and line.endswith("if WindowCenter is present") for line in lines)
    assert any("VOILUTFunction" in line and "[terms LINEAR LINEAR_EXACT SIGMOID]" in line for line in lines)
    assert any(line.split()[1:] == ["1", ">LUTDescriptor"] for line in lines)


def test_coded_entries_are_not_listed_at_each_code_sequence() -> None:
    assert "CodeMeaning" not in show("CT Image Module")
    assert "CodeMeaning" in show("CodeMeaning")


@pytest.mark.parametrize("name", ["PixelSpacing", "(0028,0030)", "00280030", "0028,0030"])
def test_an_attribute_shows_vr_vm_and_where_it_is_used(name: str) -> None:
    text = show(name)
    assert text.startswith("(0028,0030)  PixelSpacing  VR DS  VM 2")
    assert "1   Image Plane Module" in text


def test_an_attribute_that_ps3_6_lacks() -> None:
    assert show("0099,0010") == "(0099,0010)  (0099,0010)  not in PS3.6"


def test_every_iod_and_module_can_be_shown() -> None:
    from dcmlint.standard.shards import iod_keys, record_ids

    for key in [*iod_keys(), *(name[2:] for name in record_ids() if name[:2] in ("m:", "g:"))]:
        assert key in show(key)


def test_a_typing_error_gets_a_hint() -> None:
    with pytest.raises(UsageError) as raised:
        show("PixelSpacin")
    assert "PixelSpacing" in raised.value.hint
