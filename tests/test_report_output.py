"""The report's file: complete, or what was there before."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from dcmlint.report.output import open_output


def test_writes_a_new_file_with_the_usual_mode(tmp_path: Path) -> None:
    target = tmp_path / "report.json"
    with open_output(target) as out:
        out.write("Müller\n")
        assert not target.exists()
    assert target.read_bytes() == "Müller\n".encode()
    (tmp_path / "plain").touch()
    assert target.stat().st_mode == (tmp_path / "plain").stat().st_mode
    assert sorted(each.name for each in tmp_path.iterdir()) == ["plain", "report.json"]


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_a_failure_leaves_what_was_there(tmp_path: Path, error: type[BaseException]) -> None:
    target = tmp_path / "report.json"
    target.write_text("before")
    with pytest.raises(error), open_output(target) as out:
        out.write("half")
        raise error
    assert target.read_text() == "before"
    assert [each.name for each in tmp_path.iterdir()] == ["report.json"]


def test_replaces_in_one_step_and_keeps_the_mode(tmp_path: Path) -> None:
    target = tmp_path / "report.json"
    target.write_text("before")
    target.chmod(0o640)
    with open_output(target) as out:
        out.write("after")
        out.flush()
        assert target.read_text() == "before"
    assert target.read_text() == "after"
    assert stat.S_IMODE(target.stat().st_mode) == 0o640


def test_follows_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    link = tmp_path / "link.json"
    link.symlink_to(tmp_path / "real" / "report.json")
    with open_output(link) as out:
        out.write("x")
    assert link.is_symlink() and (tmp_path / "real" / "report.json").read_text() == "x"


def test_writes_to_a_device_directly() -> None:
    with open_output(os.devnull) as out:
        out.write("x")
    assert not Path(os.devnull).is_file()


def test_a_missing_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), open_output(tmp_path / "absent" / "report.json"):
        pytest.fail("must not open")


def test_a_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(IsADirectoryError), open_output(tmp_path):
        pytest.fail("must not open")
