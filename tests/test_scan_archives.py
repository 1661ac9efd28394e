"""`dcmlint scan` looks into archives: members come, change and go like files, and a kill loses none."""

from __future__ import annotations

import io
import json
import random
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path
from typing import Any

import pytest
from archive_sample import FAULTY, exported, make_archive, rows, run_scan, settle
from command_line import CT, Command, dcmlint
from test_source_archives import FORMS, tarred, zipped
from test_source_dicomdir import directory

from dcmlint.nightly.run import COMPLETE, NEW, PARTIAL
from dcmlint.source import archive as source_archive
from dcmlint.store.write import Writer

__all__ = ["dcmlint"]

BAD = (FAULTY / "missing_type_1.dcm").read_bytes()
FAULTS = [path.read_bytes() for path in sorted(FAULTY.glob("*.dcm"))[:8]]
MEMBERS = {"s/ct.dcm": CT.read_bytes(), "s/bad.dcm": BAD, "other/x.dcm": FAULTS[0], "notes.txt": b"notes"}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "archive"
    root.mkdir()
    return root


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "a.db"


def put(path: Path, content: bytes, *, ago: int = 0) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    settle(path, ago=ago)
    return path


def counts(store: Path) -> list[tuple[Any, ...]]:
    return rows(store, "SELECT visited, changed, removed FROM runs ORDER BY id")


def there(store: Path) -> list[str]:
    """Return the paths of the objects that are there, but for archives themselves."""
    query = "SELECT f.path || i.name FROM instances i JOIN folders f ON f.id = i.folder_id "
    return [
        str(row[0])
        for row in rows(store, query + "WHERE removed_run IS NULL AND kind <> 'archive' ORDER BY 1")
    ]


def fresh(root: Path, place: Path) -> list[str]:
    """Return the findings of a scan into a new store."""
    place.unlink(missing_ok=True)
    run_scan(root, place)
    return exported(place)


def told(root: Path, dcmlint: Command) -> set[tuple[str, str, str]]:
    """Return the findings of `dcmlint check`."""
    found = json.loads(dcmlint("check", root, "--isolated", "--no-cache", "-f", "json").out)["findings"]
    return {(each["file"], each["rule"], each["fingerprint"]) for each in found}


def stored(store: Path) -> set[tuple[str, str, str]]:
    found = map(json.loads, exported(store))
    return {(each["file"], each["rule"], each["fingerprint"]) for each in found}


@pytest.mark.parametrize("jobs", [1, 2])
@pytest.mark.parametrize(("name", "make"), FORMS, ids=[name for name, _ in FORMS])
def test_members_have_the_findings_of_check(
    dcmlint: Command, root: Path, store: Path, name: str, make: Any, jobs: int
) -> None:
    put(root / "a" / name, make(MEMBERS))
    put(root / "a" / "b" / "ct.dcm", CT.read_bytes())
    assert run_scan(root, store, jobs=jobs) == NEW
    assert stored(store) == told(root, dcmlint)
    assert len(there(store)) == 5
    assert counts(store) == [(6, 6, 0)]


def test_broken_and_hostile_archives_have_the_findings_of_check(
    dcmlint: Command, root: Path, store: Path
) -> None:
    zip_ = zipped(MEMBERS)
    put(root / "cut.zip", zip_[: len(zip_) // 2])
    put(root / "cut.tar.gz", tarred(MEMBERS, "w:gz")[:-2000])
    put(root / "cut-inside.zip", zipped({"in.tar.gz": tarred(MEMBERS, "w:gz")[:-2000], "x.dcm": BAD}))
    put(root / "out.zip", zipped({"../x.dcm": BAD, "/etc/x.dcm": BAD}))
    put(root / "no.zip", BAD)
    put(root / "text.gz", b"no archive")
    put(root / "empty.zip", zipped({}))
    deep = zipped({"x.dcm": BAD})
    for _ in range(6):
        deep = zipped({"in.zip": deep})
    put(root / "deep.zip", deep)
    run_scan(root, store)
    # What has no content has a fingerprint by its path, which is absolute in a store.
    assert {each[:2] for each in stored(store)} == {each[:2] for each in told(root, dcmlint)}
    assert {"file/archive-damaged", "file/archive-refused", "file/archive-member-name", "file/not-dicom"} <= {
        rule for _, rule, _ in stored(store)
    }
    before = exported(store)
    run_scan(root, store)
    assert exported(store) == before
    assert rows(store, "SELECT count(*) FROM instances WHERE removed_run IS NOT NULL") == [(0,)]


def test_an_unchanged_archive_is_not_opened(root: Path, store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, make in FORMS:
        put(root / name, make(MEMBERS))
    run_scan(root, store)
    before = exported(store)
    monkeypatch.setattr(source_archive, "visit", lambda *_, **__: pytest.fail("opened"))
    assert run_scan(root, store) == COMPLETE
    assert counts(store)[1] == (counts(store)[0][0], 0, 0)
    assert exported(store) == before


def test_members_of_a_changed_archive_are_compared(root: Path, store: Path, tmp_path: Path) -> None:
    path = put(root / "x.zip", zipped(MEMBERS))
    run_scan(root, store)
    put(path, zipped({"s/ct.dcm": BAD, "s/new.dcm": FAULTS[1]}), ago=1)
    run_scan(root, store)
    assert there(store) == [f"{path}!/s/ct.dcm", f"{path}!/s/new.dcm"]
    assert counts(store)[1] == (3, 3, 3)
    assert exported(store) == fresh(root, tmp_path / "fresh.db")


def test_with_an_archive_its_members_are_gone(root: Path, store: Path, tmp_path: Path) -> None:
    """As a file in a folder that stays, and with its folder."""
    first = put(root / "a" / "x.zip", zipped(MEMBERS))
    put(root / "a" / "b" / "y.tar", tarred(MEMBERS))
    kept = put(root / "a.dcm", BAD)
    run_scan(root, store)
    first.unlink()
    run_scan(root, store)
    assert counts(store)[1][2] == 5
    assert not any("x.zip" in path for path in there(store))
    (root / "a" / "b" / "y.tar").unlink()
    (root / "a" / "b").rmdir()
    (root / "a").rmdir()
    run_scan(root, store)
    assert there(store) == [str(kept)]
    assert exported(store) == fresh(root, tmp_path / "fresh.db")
    put(first, zipped(MEMBERS))
    run_scan(root, store)
    assert exported(store) == fresh(root, tmp_path / "fresh.db")


def test_what_becomes_no_archive_loses_its_members(root: Path, store: Path, tmp_path: Path) -> None:
    path = put(root / "x.zip", zipped(MEMBERS))
    for content in (BAD, zipped({"a.dcm": BAD}), b"text", tarred(MEMBERS)):
        put(path, content, ago=len(content))
        run_scan(root, store)
        assert exported(store) == fresh(root, tmp_path / "fresh.db")


def test_a_damaged_archive_keeps_what_its_members_had(root: Path, store: Path, tmp_path: Path) -> None:
    content = tarred({**MEMBERS, "z.dcm": FAULTS[2]}, "w:gz")
    path = put(root / "x.tgz", content)
    inner = put(root / "y.zip", zipped({"in.tgz": content, "b.dcm": BAD}))
    run_scan(root, store)
    before = exported(store)
    put(path, content[: len(content) // 2], ago=1)
    put(inner, zipped({"in.tgz": content[: len(content) // 2]}), ago=1)
    run_scan(root, store)
    assert {json.loads(line)["rule"] for line in set(exported(store)) - set(before)} >= {
        "file/archive-damaged"
    }
    assert rows(store, "SELECT count(*) FROM instances WHERE removed_run IS NOT NULL") == [(1,)]
    put(path, content, ago=2)
    put(inner, zipped({"in.tgz": content, "b.dcm": BAD}), ago=2)
    run_scan(root, store)
    assert exported(store) == before == fresh(root, tmp_path / "fresh.db")


def test_behind_a_bound_nothing_is_taken_as_gone(
    root: Path, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Though it is an archive inside that is said to be too large."""
    path = put(root / "x.zip", zipped({"in.zip": zipped(MEMBERS), "z.dcm": BAD}))
    run_scan(root, store)
    before = there(store)
    settle(path, ago=1)
    monkeypatch.setattr("dcmlint.source.archive_bounds.ENTRIES", 2)
    run_scan(root, store)
    assert rows(store, "SELECT count(*) FROM instances WHERE removed_run IS NOT NULL") == [(0,)]
    assert any("in.zip" in line and "file/archive-refused" in line for line in exported(store))
    monkeypatch.undo()
    settle(path, ago=2)
    run_scan(root, store)
    assert [each for each in there(store) if not each.endswith("in.zip")] == before


def test_an_archive_that_cannot_be_opened_keeps_its_members(
    root: Path, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = put(root / "x.zip", zipped(MEMBERS))
    run_scan(root, store)
    before = exported(store)
    settle(path, ago=3)

    def failing(*_: Any) -> Any:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(source_archive, "open", failing, raising=False)
    monkeypatch.setattr("dcmlint.source.blob._content", failing)
    run_scan(root, store)
    new = [json.loads(line)["rule"] for line in exported(store) if line not in before]
    assert new == ["file/unreadable"]
    monkeypatch.undo()
    assert run_scan(root, store) == COMPLETE
    assert exported(store) == before


def test_a_member_that_could_not_be_read_is_tried_again(
    root: Path, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(root / "x.zip", zipped(MEMBERS))
    from dcmlint.errors import UnreadableError

    def failing(*_: Any) -> Any:
        raise UnreadableError("Input/output error")

    monkeypatch.setattr(source_archive, "_inflated", failing)
    run_scan(root, store)
    assert {json.loads(line)["rule"] for line in exported(store)} == {"file/unreadable"}
    monkeypatch.undo()
    run_scan(root, store)
    assert "file/unreadable" not in str(exported(store))
    monkeypatch.setattr(source_archive, "visit", lambda *_, **__: pytest.fail("opened"))
    run_scan(root, store)


def test_two_members_of_one_name_are_two_objects(root: Path, store: Path) -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive, pytest.warns(UserWarning):
        for content in (BAD, FAULTS[0], FAULTS[1]):
            archive.writestr("x.dcm", content)
    path = put(root / "x.zip", made.getvalue())
    run_scan(root, store)
    assert there(store) == [f"{path}!/x.dcm", f"{path}!/x.dcm%232", f"{path}!/x.dcm%233"]
    settle(path, ago=1)
    assert run_scan(root, store) == COMPLETE
    assert counts(store)[1] == (4, 4, 0)


def test_archives_are_left_alone_if_that_is_asked_for(root: Path, store: Path, tmp_path: Path) -> None:
    path = put(root / "x.zip", zipped(MEMBERS))
    run_scan(root, store)
    members = exported(store)
    for archives in ("none", "named"):
        run_scan(root, store, archives=archives)
        assert there(store) == [str(path)]
        assert [json.loads(line)["rule"] for line in exported(store)] == ["file/not-dicom"]
        run_scan(root, store)
        assert exported(store) == members
    run_scan(root, store)
    assert counts(store)[-1][1:] == (0, 0)


def test_the_option_and_the_setting(root: Path, store: Path, dcmlint: Command) -> None:
    put(root / "x.zip", zipped(MEMBERS))
    base = ("scan", root, "--store", store, "--no-nice", "--quiet")
    assert dcmlint(*base, "--isolated", "--archives", "none").status == COMPLETE
    assert dcmlint(*base, "--isolated", "--archives", "some").status == 2
    put(root.parent / "dcmlint.yaml", b"archives: none\n")
    assert dcmlint(*base, "--config", root.parent / "dcmlint.yaml").status == COMPLETE
    assert there(store) == [f"{root}/x.zip"]
    assert dcmlint(*base, "--isolated").status == NEW


def test_an_archive_is_in_a_sample_as_a_whole(root: Path, store: Path) -> None:
    for number in range(12):
        put(root / f"{number}.zip", zipped(MEMBERS))
    run_scan(root, store, share=0.5)
    assert 0 < len(there(store)) < 48 and len(there(store)) % 4 == 0
    run_scan(root, store)
    assert len(there(store)) == 48


def test_verify_reads_members_and_compares(root: Path, store: Path) -> None:
    path = put(root / "x.tar", tarred(MEMBERS))
    put(root / "y.tgz", tarred(MEMBERS, "w:gz"))
    run_scan(root, store)
    tables = ("instances", "findings", "members", "folders")
    before = [rows(store, f"SELECT * FROM {table} ORDER BY 1") for table in tables]
    assert run_scan(root, store, verify=True) == COMPLETE
    assert [rows(store, f"SELECT * FROM {table} ORDER BY 1") for table in tables] == before
    content = bytearray(path.read_bytes())
    content[content.index(b"PN") + 5] ^= 1
    with path.open("r+b") as stream:
        stream.write(content)
    settle(path)
    told = root.parent / "status.json"
    run_scan(root, store, verify=True, status_file=str(told))
    assert json.loads(told.read_text())["altered"] == 1
    assert counts(store)[2][1:] == (1, 0)


def test_a_folder_by_the_name_of_members_is_another_place(root: Path, store: Path, tmp_path: Path) -> None:
    path = put(root / "x.zip", zipped(MEMBERS))
    put(root / "x.zip!" / "s" / "bad.dcm", BAD)
    run_scan(root, store)
    assert len(there(store)) == 5
    path.unlink()
    run_scan(root, store)
    assert there(store) == [f"{root}/x.zip!/s/bad.dcm"]
    assert exported(store) == fresh(root, tmp_path / "fresh.db")


def test_many_changes_come_to_what_a_new_store_has(root: Path, store: Path, tmp_path: Path) -> None:
    source = random.Random(5)
    makes = [make for _, make in FORMS]
    make_archive(root / "files")
    for step in range(6):
        for name in source.sample(["a/x.zip", "a/y.tar", "b/z.tgz", "w.zip", "a/b/v.tar"], 3):
            if source.random() < 0.3:
                (root / name).unlink(missing_ok=True)
                continue
            names = source.sample([f"{folder}/{n}.dcm" for folder in "pq" for n in range(6)], 5)
            content = source.choice(makes)({each: source.choice(FAULTS) for each in names})
            put(root / name, content, ago=step)
        run_scan(root, store, jobs=1 + step % 2)
        assert exported(store) == fresh(root, tmp_path / "fresh.db")


def test_a_dicomdir_in_an_archive_has_the_findings_of_check(
    dcmlint: Command, root: Path, store: Path, tmp_path: Path
) -> None:
    listed = directory("IM1", "IM3")
    put(root / "x.zip", zipped({"cd/DICOMDIR": listed, "cd/IM1": BAD, "IM2": FAULTS[0]}))
    put(root / "y.zip", zipped({"DICOMDIR": listed, "IM1": BAD, "more/IM5": FAULTS[1]}))
    run_scan(root, store)
    assert {each[:2] for each in stored(store)} == {each[:2] for each in told(root, dcmlint)}
    assert len([line for line in exported(store) if '"rule":"dicomdir/' in line]) > 3
    put(root / "x.zip", zipped({"cd/DICOMDIR": listed, "cd/IM3": BAD}), ago=1)
    run_scan(root, store)
    assert {each[:2] for each in stored(store)} == {each[:2] for each in told(root, dcmlint)}
    assert exported(store) == fresh(root, tmp_path / "fresh.db")


@pytest.mark.parametrize("form", ["zip", "tgz"])
def test_a_killed_scan_neither_loses_nor_doubles_members(root: Path, tmp_path: Path, form: str) -> None:
    from benchmarks.archive import make_archive as generated

    files = sorted(generated(tmp_path / "large", 500).folder.rglob("*.dcm"))
    members = {str(path.relative_to(tmp_path)): path.read_bytes() for path in files}
    make = zipped if form == "zip" else lambda members: tarred(members, "w:gz")
    for number in range(2):
        put(root / f"{number}.{form}", make(dict(list(members.items())[number::2])))
    expected = fresh(root, tmp_path / "fresh.db")
    store, source = tmp_path / "killed.db", random.Random(7)
    command = [sys.executable, "-m", "dcmlint", "scan", str(root), "--store", str(store), "--isolated"]
    marks = []
    for _ in range(5):
        process = subprocess.Popen([*command, "--no-nice", "--quiet", "--jobs", "2"], stderr=subprocess.PIPE)
        time.sleep(source.uniform(0.5, 2.0))
        process.send_signal(signal.SIGKILL)
        process.communicate()
        time.sleep(0.1)
        if store.exists() and store.stat().st_size > 50_000:
            marks.append(len(there(store)))
    assert run_scan(root, store) in (COMPLETE, NEW)
    assert exported(store) == expected
    assert len(there(store)) == len(members)
    assert marks == sorted(marks), "what was written is not written again"


@pytest.mark.parametrize("form", ["zip", "tgz"])
def test_a_scan_that_ends_after_any_transaction_goes_on(
    root: Path, store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    """Of a new archive, and of one that has changed."""
    make = zipped if form == "zip" else lambda members: tarred(members, "w:gz")
    monkeypatch.setattr("dcmlint.store.write.BATCH", 3)
    contents = [
        {f"{number}.dcm": FAULTS[number % 7] for number in numbers} for numbers in (range(12), range(4, 16))
    ]
    contents += [{"1.dcm": FAULTS[3]}, {f"{number}.dcm": FAULTS[number % 3] for number in range(12)}]
    ends = 0
    for step, members in enumerate(contents):
        put(root / f"x.{form}", make(members), ago=step)
        for left in range(1, 6):
            ends += ends_after(root, store, left, monkeypatch)
        run_scan(root, store)
        assert [path.rpartition("/")[2] for path in there(store)] == sorted(members)
        assert exported(store) == fresh(root, tmp_path / "fresh.db")
    assert ends > 6


def ends_after(root: Path, store: Path, transactions: int, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Scan, and end as if killed after so many transactions; return whether it came to that."""
    real, left = Writer.flush, transactions

    def flush(writer: Writer) -> None:
        nonlocal left
        if not left:
            raise KeyboardInterrupt
        left -= 1
        real(writer)

    with monkeypatch.context() as patched:
        patched.setattr(Writer, "flush", flush)
        try:
            run_scan(root, store)
        except KeyboardInterrupt:
            return True
    return False


def test_a_time_budget_ends_within_an_archive(root: Path, store: Path, tmp_path: Path) -> None:
    put(root / "x.zip", zipped({f"{number}.dcm": BAD for number in range(3000)}))
    assert run_scan(root, store, time_budget_s=0.2) == PARTIAL
    assert len(there(store)) < 3000
    run_scan(root, store)
    assert len(there(store)) == 3000
    assert exported(store) == fresh(root, tmp_path / "fresh.db")
