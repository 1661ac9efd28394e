"""The spool: what is kept once, kept whole, and what happens where there is no room."""

from __future__ import annotations

import errno
import os
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from dcmlint_pacs.gate import incoming as incoming_module
from dcmlint_pacs.gate.content import content_digest, has_same_content
from dcmlint_pacs.gate.meta import file_meta
from dcmlint_pacs.gate.model import Arrival, NoRoomError, TooLargeError
from dcmlint_pacs.gate.spool import Spool
from gates import small_disk

from dcmlint.errors import UsageError

UID = "1.2.3.4"
EXPLICIT, IMPLICIT = "1.2.840.10008.1.2.1", "1.2.840.10008.1.2"


def meta(calling: str = "ONE", syntax: str = EXPLICIT) -> bytes:
    return file_meta(
        Arrival("1.2.840.10008.5.1.4.1.1.2", UID, syntax, calling, "127.0.0.1", "C-STORE", "", 0)
    )


def put(spool: Spool, content: bytes, uid: str = UID, head: bytes | None = None) -> tuple[str, bool, bool]:
    with spool.incoming() as file:
        file.write((meta() if head is None else head) + content)
        file.close()
        return tuple(spool.keep(file.path, uid, "accepted"))  # type: ignore[return-value]


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[Spool]:
    spool = Spool(str(tmp_path / "spool"))
    yield spool
    spool.close()


def files(spool: Spool) -> list[Path]:
    return [path for path in spool.folder.rglob("*") if path.is_file() and path.name != "lock"]


def test_an_object_is_kept_under_its_uid(spool: Spool) -> None:
    place, is_duplicate, is_conflict = put(spool, b"content")
    path = spool.folder / place
    assert path.name == "1.2.3.4.dcm"
    assert path.read_bytes().endswith(b"content")
    assert (is_duplicate, is_conflict) == (False, False)
    assert files(spool) == [path]
    assert list(spool.places("accepted")) == [place]
    assert path.stat().st_mode & 0o077 == 0


def test_file_and_folder_are_flushed_before_keep_returns(
    spool: Spool, monkeypatch: pytest.MonkeyPatch
) -> None:
    flushed: list[str] = []
    fsync = os.fsync

    def noted(descriptor: int) -> None:
        flushed.append(str(Path(f"/proc/self/fd/{descriptor}").readlink()))
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", noted)
    place, *_ = put(spool, b"content")
    folder = (spool.folder / place).parent
    assert (flushed[0], Path(flushed[1]).parent) == (str(folder.parent), folder)  # a folder that is new
    assert flushed[1].startswith(str(spool.folder / place))
    assert flushed[2:] == [str(folder)]
    del flushed[:]
    put(spool, b"changed")
    assert len(flushed) == 2


def test_what_a_crash_left_before_it_had_its_name_is_kept_if_it_is_whole(tmp_path: Path) -> None:
    spool = Spool(str(tmp_path))
    whole, *_ = put(spool, b"content")
    half, *_ = put(spool, b"content", "1.2.3.5")
    spool.close()
    for place in (whole, half):
        content = (tmp_path / place).read_bytes()
        unproven = tmp_path / f"{place}.{len(content)}-{zlib.crc32(content):08x}.new"
        (tmp_path / place).rename(unproven)
    unproven.write_bytes(content[:-3] + bytes(3))  # a crash of the system, before it was flushed
    again = Spool(str(tmp_path))
    assert again.left == 1
    assert files(again) == [tmp_path / whole]
    again.close()


def test_the_same_content_is_kept_once(spool: Spool) -> None:
    first = put(spool, b"content")
    again = put(spool, b"content", head=meta("OTHER"))  # another sender: another File Meta Information
    assert again == (first[0], True, False)
    assert len(files(spool)) == 1


@pytest.mark.parametrize(("content", "head"), [(b"changed", None), (b"content", meta(syntax=IMPLICIT))])
def test_other_content_is_kept_beside_it(spool: Spool, content: bytes, head: bytes | None) -> None:
    first = put(spool, b"content")
    second = put(spool, content, head=head)
    assert second[0] != first[0]
    assert second[1:] == (False, True)
    assert put(spool, content, head=head) == (second[0], True, True)
    assert len(files(spool)) == 2
    assert (spool.folder / first[0]).read_bytes().endswith(b"content")


@pytest.mark.parametrize("uid", ["../../etc/passwd", "", ".", "..", "1.2/3", "1.2\n", "a" * 300])
def test_what_is_no_uid_cannot_lead_out_of_the_shelf(spool: Spool, uid: str) -> None:
    place, *_ = put(spool, b"content", uid)
    assert (spool.folder / place).resolve().parents[1] == spool.folder / "accepted"
    assert (spool.folder / place).is_file()


def test_an_object_moves_to_another_shelf_with_its_name(spool: Spool) -> None:
    put(spool, b"content")
    place, *_ = put(spool, b"changed")
    moved = spool.moved(place, "undeliverable")
    assert Path(moved).name == Path(place).name
    assert moved.startswith("undeliverable/")
    assert not (spool.folder / place).exists()
    assert (spool.folder / moved).read_bytes().endswith(b"changed")


def test_what_has_not_come_to_its_end_is_deleted_at_the_next_start(tmp_path: Path) -> None:
    spool = Spool(str(tmp_path))
    place, *_ = put(spool, b"content")
    spool.incoming().write(b"half of")
    spool.close()
    again = Spool(str(tmp_path))
    assert again.left == 1
    assert files(again) == [again.folder / place]
    again.close()


def test_one_process_has_a_spool(spool: Spool) -> None:
    with pytest.raises(UsageError, match="Another process has the spool"):
        Spool(str(spool.folder))


def test_a_spool_that_cannot_be_made_is_a_usage_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="cannot be used: Not a directory"):
        Spool(str(tmp_path / "file" / "spool"))


def test_a_block_that_fails_leaves_nothing(spool: Spool) -> None:
    with pytest.raises(ZeroDivisionError), spool.incoming() as file:
        file.write(b"content")
        raise ZeroDivisionError
    assert files(spool) == []


def test_an_object_has_a_bound(tmp_path: Path) -> None:
    spool = Spool(str(tmp_path), most=10)
    with pytest.raises(TooLargeError), spool.incoming() as file:
        file.write(b"0123456789")
        file.write(b"0")
    assert files(spool) == []
    spool.close()


@pytest.mark.parametrize("fault", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_while_writing(spool: Spool, monkeypatch: pytest.MonkeyPatch, fault: int) -> None:
    write = os.write

    def full(descriptor: int, part: bytes) -> int:
        if len(part) > 100:
            raise OSError(fault, "no room")
        return write(descriptor, part)

    monkeypatch.setattr(incoming_module.os, "write", full)
    with pytest.raises(NoRoomError), spool.incoming() as file:
        file.write(b"few bytes")
        file.write(bytes(1000))
    assert files(spool) == []
    monkeypatch.undo()
    assert put(spool, b"content")[1:] == (False, False)


def test_a_full_disk_that_is_noticed_when_flushing(spool: Spool, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "no room")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(NoRoomError):
        put(spool, b"content")
    assert files(spool) == []


def test_the_reserve_is_kept_free(tmp_path: Path) -> None:
    spool = Spool(str(tmp_path), reserve=1 << 60)
    assert not spool.has_room()
    with pytest.raises(NoRoomError):
        spool.incoming()
    spool.close()


def test_a_disk_that_is_really_full(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk") as disk:
        fill(disk / "spool")


def fill(folder: Path) -> None:
    spool = Spool(str(folder))
    kept = [put(spool, bytes(200_000), "1.2.1")[0]]
    with pytest.raises(NoRoomError):
        for number in range(2, 20):
            kept.append(put(spool, bytes(200_000), f"1.2.{number}")[0])
    assert 2 <= len(kept) < 19
    assert {str(path.relative_to(spool.folder)) for path in files(spool)} == set(kept)
    spool.dropped(kept[0])
    assert put(spool, bytes(200_000), "1.2.99")[1:] == (False, False)
    spool.close()


def test_content_is_compared_without_file_meta_information(tmp_path: Path) -> None:
    contents = {
        "one": meta() + b"content",
        "two": meta("OTHER") + b"content",
        "three": meta() + b"contents",
        "four": meta(syntax=IMPLICIT) + b"content",
        "five": b"content",
    }
    paths = {name: str(tmp_path / name) for name in contents}
    for name, content in contents.items():
        Path(paths[name]).write_bytes(content)
    same = {name for name in contents if has_same_content(paths["one"], paths[name])}
    assert same == {"one", "two"}
    digests = {content_digest(path) for path in paths.values()}
    assert len(digests) == 4
    assert content_digest(paths["one"]) == content_digest(paths["two"])
