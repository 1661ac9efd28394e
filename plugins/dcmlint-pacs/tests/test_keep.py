"""Objects that are kept: their files have their UIDs as names, or a hash of what is none."""

from __future__ import annotations

from pathlib import Path

import pytest
from dcmlint_pacs.keep import keep
from dcmlint_pacs.uid import file_name, is_uid, is_usable_uid

from dcmlint.errors import UnreadableError


def test_an_object_is_whole_under_its_uids(tmp_path: Path) -> None:
    keep(str(tmp_path), ("1.2", "1.3", "1.4"), b"first")
    keep(str(tmp_path), ("1.2", "1.3", "1.4"), b"second")
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert files == [tmp_path / "1.2" / "1.3" / "1.4.dcm"]
    assert files[0].read_bytes() == b"second"


@pytest.mark.parametrize(
    "uid", ["", ".", "..", "1..2", "../1", "/etc", "a" * 300, "1.2\0", "1.2\n", "\udcff"]
)
def test_what_is_no_uid_never_is_a_name(tmp_path: Path, uid: str) -> None:
    keep(str(tmp_path / "kept"), (uid, uid, uid), b"content")
    (path,) = [each for each in tmp_path.rglob("*") if each.is_file()]
    assert path == tmp_path / "kept" / file_name(uid) / file_name(uid) / f"{file_name(uid)}.dcm"
    assert not is_uid(file_name(uid)) and not is_uid(uid)


def test_what_cannot_be_kept_is_said_and_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "1.2").write_text("in the way")
    with pytest.raises(UnreadableError, match="it cannot be kept"):
        keep(str(tmp_path), ("1.2", "1.3", "1.4"), b"content")
    (tmp_path / "2" / "3" / "4.dcm").mkdir(parents=True)
    with pytest.raises(UnreadableError, match="it cannot be kept"):
        keep(str(tmp_path), ("2", "3", "4"), b"content")
    assert list((tmp_path / "2" / "3").iterdir()) == [tmp_path / "2" / "3" / "4.dcm"]


@pytest.mark.parametrize(
    ("text", "is_one", "is_usable"),
    [
        ("1.2.840.10008.1.1", True, True),
        ("1.02", True, True),
        ("1" * 64, True, True),
        ("1" * 65, False, True),
        ("1.2.3a-b_c", False, True),
        ("1.2.", False, True),
        ("1.2/3", False, False),
        ("..", False, False),
        ("1" * 129, False, False),
        ("", False, False),
    ],
)
def test_uids_and_what_may_stand_for_one(text: str, is_one: bool, is_usable: bool) -> None:
    assert (is_uid(text), is_usable_uid(text)) == (is_one, is_usable)
