"""`dcmlint scan` over SQLite: what is read, what is kept, what is told, and that nothing is lost."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from archive_sample import exported, make_archive, rows, run_scan, settle
from command_line import CT, FAULTY, Command, dcmlint

from dcmlint.errors import UsageError
from dcmlint.nightly import changes
from dcmlint.nightly.options import duration_s
from dcmlint.nightly.run import COMPLETE, FAILED, NEW, PARTIAL
from dcmlint.nightly.walk import roots_of, walk
from dcmlint.policy.model import Policy, Waiver
from dcmlint.scan import Session, Settings
from dcmlint.store import open as opening

__all__ = ["dcmlint"]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return make_archive(tmp_path / "archive")


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "a.db"


def counts(store: Path) -> list[tuple[Any, ...]]:
    return rows(
        store, "SELECT visited, changed, removed, new_findings, resolved_findings FROM runs ORDER BY id"
    )


def files(root: Path) -> list[Path]:
    return sorted(root.rglob("*.dcm"))


def with_findings(root: Path, store: Path) -> list[Path]:
    told = {json.loads(line)["file"] for line in exported(store)}
    return [path for path in files(root) if str(path) in told]


def contents(store: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Return everything in a store but its runs."""
    tables = ("folders", "instances", "members", "findings", "dirty", "meta")
    return {table: rows(store, f"SELECT * FROM {table} ORDER BY 1, 2") for table in tables if table != "meta"}


def test_findings_are_those_of_check(root: Path, store: Path, dcmlint: Command) -> None:
    assert run_scan(root, store) == NEW
    checked = json.loads(dcmlint("check", root, "--isolated", "--no-cache", "--format", "json").out)
    expected = {(each["file"], each["rule"], each["fingerprint"]) for each in checked["findings"]}
    found = {(said["file"], said["rule"], said["fingerprint"]) for said in map(json.loads, exported(store))}
    assert {(str(Path(file).resolve()), *rest) for file, *rest in expected} == found


def test_a_second_scan_reads_nothing_and_writes_no_row(root: Path, store: Path) -> None:
    run_scan(root, store)
    before = contents(store)
    assert run_scan(root, store) == COMPLETE
    assert contents(store) == before
    assert counts(store)[1] == (12, 0, 0, 0, 0)


def test_unchanged_objects_are_not_opened(root: Path, store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run_scan(root, store)
    monkeypatch.setattr("dcmlint.source.paths.open_blob", lambda path: pytest.fail("opened"))
    assert run_scan(root, store) == COMPLETE


def test_a_changed_object_is_read_again(root: Path, store: Path, tmp_path: Path) -> None:
    run_scan(root, store)
    faulty = with_findings(root, store)[0]
    clean = root.parent / "fixture.dcm"
    clean.write_bytes(
        next(path for path in files(root) if path not in with_findings(root, store)).read_bytes()
    )
    clean.replace(faulty)
    settle(faulty, ago=5)
    assert run_scan(root, store) in (COMPLETE, NEW)  # two files have one UID now
    visited, changed, removed, _, resolved = counts(store)[1]
    assert (visited, changed, removed) == (12, 1, 0)
    assert resolved > 0
    assert exported(store) == fresh(root, tmp_path / "fresh.db")


def test_findings_have_a_history(root: Path, store: Path) -> None:
    run_scan(root, store)
    faulty = with_findings(root, store)[0]
    kept = root.parent / "kept.dcm"
    shutil.copyfile(faulty, kept)
    faulty.unlink()
    assert run_scan(root, store) == COMPLETE
    of_it = (
        "SELECT f.first_run, last_run, resolved_run FROM findings f JOIN instances i ON i.id = f.instance_id "
    )
    of_it += f"WHERE i.name = '{faulty.name}' AND f.scope IS NULL ORDER BY f.id"
    first = rows(store, of_it)
    assert first
    assert set(first) == {(1, 1, 2)}
    shutil.copyfile(kept, faulty)
    settle(faulty)
    assert run_scan(root, store) == NEW
    assert rows(store, of_it) == [*first, *[(3, 3, None)] * len(first)]


def test_removed_files_and_folders_are_noticed(root: Path, store: Path) -> None:
    run_scan(root, store)
    gone = files(root)[0]
    gone.unlink()
    shutil.rmtree(root / "study1")
    left = len(files(root))
    run_scan(root, store)
    assert counts(store)[1][:3] == (left, 0, 12 - left)
    assert {json.loads(line)["file"] for line in exported(store)} <= {str(path) for path in files(root)}
    assert rows(store, "SELECT count(*) FROM instances WHERE removed_run IS NULL") == [(left,)]
    run_scan(root, store)
    assert counts(store)[2][:3] == (left, 0, 0)


def fresh(root: Path, place: Path) -> list[str]:
    """Return the findings of a scan into a new store."""
    place.unlink(missing_ok=True)
    run_scan(root, place)
    return exported(place)


def test_many_changes_come_to_what_a_new_store_has(root: Path, store: Path, tmp_path: Path) -> None:
    source = random.Random(11)
    pool = [path.read_bytes() for path in sorted(FAULTY.glob("*.dcm"))]
    run_scan(root, store)
    for step in range(6):
        for path in source.sample(files(root), 3):
            if source.random() < 0.4:
                path.unlink()
            else:
                path.write_bytes(source.choice(pool))
                settle(path, ago=step + 1)
        new = root / f"study{step}" / "b" / f"{step}.dcm"
        new.parent.mkdir(parents=True, exist_ok=True)
        new.write_bytes(source.choice(pool))
        settle(new)
        run_scan(root, store)
        assert exported(store) == fresh(root, tmp_path / "fresh.db")


def test_an_unreadable_folder_removes_nothing(
    root: Path, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_scan(root, store)
    before = exported(store)
    real = os.scandir

    def scandir(path: str) -> Any:
        if str(path).rstrip("/").endswith("study1"):
            raise PermissionError(13, "Permission denied")
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    assert run_scan(root, store) == NEW
    assert counts(store)[1][2] == 0
    told = [line for line in exported(store) if line not in before]
    assert [json.loads(line)["rule"] for line in told] == ["file/unreadable"]
    assert run_scan(root, store) == COMPLETE
    monkeypatch.undo()
    assert run_scan(root, store) == COMPLETE
    assert exported(store) == before


def test_an_object_that_cannot_be_read_keeps_its_findings_and_is_tried_again(
    root: Path, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_scan(root, store)
    before = exported(store)
    victim = with_findings(root, store)[0]
    settle(victim, ago=9)

    def failing(path: str) -> Any:
        from dcmlint.errors import UnreadableError

        raise UnreadableError("Input/output error")

    monkeypatch.setattr("dcmlint.source.paths.open_blob", failing)
    assert run_scan(root, store) == NEW
    told = [line for line in exported(store) if line not in before]
    assert [json.loads(line)["rule"] for line in told] == ["file/unreadable"]
    assert set(before) < set(exported(store))
    monkeypatch.undo()
    assert run_scan(root, store) == COMPLETE
    assert counts(store)[2][1] == 1
    assert exported(store) == before


def test_a_root_that_is_not_mounted_removes_nothing(root: Path, store: Path, tmp_path: Path) -> None:
    run_scan(root, store)
    before = exported(store)
    root.rename(tmp_path / "elsewhere")
    assert run_scan(root, store) == FAILED
    root.mkdir()
    assert run_scan(root, store) == FAILED
    assert exported(store) == before
    root.rmdir()
    (tmp_path / "elsewhere").rename(root)
    assert run_scan(root, store) == COMPLETE


def test_verify_finds_what_times_do_not_tell(root: Path, store: Path) -> None:
    run_scan(root, store)
    before = contents(store)
    assert run_scan(root, store, verify=True) == COMPLETE
    assert contents(store) == before
    victim = with_findings(root, store)[0]
    content = bytearray(victim.read_bytes())
    place = content.index(b"PN")  # Patient's Name or another person's
    content[place + 5] ^= 1
    stat = victim.stat()
    with victim.open("r+b") as stream:
        stream.write(content)
    os.utime(victim, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    run_scan(root, store)
    assert counts(store)[2][1] == 0
    told = root.parent / "status.json"
    run_scan(root, store, verify=True, status_file=str(told))
    assert json.loads(told.read_text())["altered"] == 1
    assert counts(store)[3][1] == 1


def test_a_sample_is_always_the_same(root: Path, store: Path, tmp_path: Path) -> None:
    run_scan(root, store, share=0.5)
    number = counts(store)[0][1]
    assert 0 < number < 12
    run_scan(root, store, share=0.5)
    assert counts(store)[1][1:3] == (0, 0)
    run_scan(root, store)
    assert counts(store)[2][1:3] == (12 - number, 0)
    assert exported(store) == fresh(root, tmp_path / "fresh.db")


def test_since_leaves_out_what_is_older(root: Path, store: Path) -> None:
    path = files(root)[3]
    os.utime(path, (1_750_000_000, 1_750_000_000))
    run_scan(root, store, since_ns=1_740_000_000 * 10**9)
    assert counts(store)[0][:3] == (12, 1, 0)


def test_a_time_budget_ends_early_and_the_next_scan_goes_on(root: Path, store: Path, tmp_path: Path) -> None:
    assert run_scan(root, store, time_budget_s=0.0) == PARTIAL
    assert rows(store, "SELECT state FROM runs") == [("partial",)]
    assert run_scan(root, store) == NEW
    assert exported(store) == fresh(root, tmp_path / "fresh.db")


def test_what_a_partial_scan_found_first_is_new_in_the_next(
    root: Path, store: Path, monkeypatch: Any
) -> None:
    monkeypatch.setattr("dcmlint.nightly.run.check_groups", _stops)
    assert run_scan(root, store, time_budget_s=30.0) == PARTIAL
    monkeypatch.undo()
    assert exported(store)
    assert run_scan(root, store) == NEW
    assert rows(store, "SELECT count(*) FROM findings WHERE first_run = 2 AND scope IS NULL") == [(0,)]
    assert run_scan(root, store) == COMPLETE


def _stops(*given: Any) -> Any:
    given[-1].reason = "time budget"
    return iter(())


def test_fail_on_decides_what_counts_as_new(root: Path, store: Path, tmp_path: Path) -> None:
    assert run_scan(root, store, fail_on="never") == COMPLETE
    assert run_scan(root, tmp_path / "b.db", fail_on="note") == NEW
    with pytest.raises(UsageError):
        run_scan(root, store, fail_on="catastrophe")


def test_another_policy_checks_everything_again(root: Path, store: Path, capsys: Any) -> None:
    run_scan(root, store)
    rules = {json.loads(line)["rule"] for line in exported(store)}
    settings = Settings(ignore=(sorted(rules)[0],))
    run_scan(root, store, settings=settings, quiet=False)
    assert "everything is checked again" in capsys.readouterr().err
    assert counts(store)[1][1] == 12
    assert {json.loads(line)["rule"] for line in exported(store)} == rules - {sorted(rules)[0]}
    run_scan(root, store, settings=settings)
    assert counts(store)[2][1] == 0
    run_scan(root, store)
    assert counts(store)[3][1] == 12


def test_waived_findings_are_not_in_the_store(root: Path, store: Path) -> None:
    run_scan(root, store)
    rule = json.loads(exported(store)[0])["rule"]
    policy = Policy(waivers=(Waiver((rule,), "known", expires="2999-01-01"),))
    run_scan(root, store, settings=Settings(policy=policy))
    assert rule not in {json.loads(line)["rule"] for line in exported(store)}


def test_two_jobs_find_what_one_does(tmp_path: Path) -> None:
    root = make_archive(tmp_path / "archive", 24)
    for number in range(4):
        shutil.copytree(root / "study0", root / f"more{number}", copy_function=shutil.copy2)
    run_scan(root, tmp_path / "one.db")
    run_scan(root, tmp_path / "two.db", jobs=2)
    assert len(exported(tmp_path / "one.db")) > 30
    assert exported(tmp_path / "one.db") == exported(tmp_path / "two.db")


def test_folders_are_compared_in_pieces(root: Path, store: Path, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(changes, "_CHUNK", 1)
    monkeypatch.setattr("dcmlint.store.known._PAGE", 1)
    run_scan(root, store)
    files(root)[4].unlink()
    shutil.rmtree(root / "study2")
    left = len(files(root))
    run_scan(root, store)
    assert counts(store)[1][:3] == (left, 0, 12 - left)
    monkeypatch.undo()
    assert exported(store) == fresh(root, tmp_path / "fresh.db")


def scan_process(root: Path, store: Path, *options: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [
            *(sys.executable, "-m", "dcmlint", "scan", str(root), "--store", str(store)),
            *("--isolated", "--no-nice", "--quiet", *options),
        ],
        stderr=subprocess.PIPE,
    )


@pytest.fixture
def large(tmp_path: Path) -> Path:
    """An archive that takes some seconds."""
    from benchmarks.archive import make_archive as generated

    return generated(tmp_path / "large", 600).folder


def test_a_killed_scan_goes_on_and_loses_nothing(large: Path, tmp_path: Path) -> None:
    expected = fresh(large, tmp_path / "fresh.db")
    store, source = tmp_path / "killed.db", random.Random(3)
    for _ in range(5):
        process = scan_process(large, store, "--jobs", "2")
        time.sleep(source.uniform(0.4, 2.5))
        process.send_signal(signal.SIGKILL)
        process.communicate()
        time.sleep(0.1)
    assert run_scan(large, store) in (COMPLETE, NEW)
    assert exported(store) == expected
    states = {state for (state,) in rows(store, "SELECT state FROM runs")}
    assert states <= {"failed", "complete"}
    doubled = "SELECT count(*) FROM findings WHERE resolved_run IS NULL "
    doubled += "GROUP BY instance_id, scope, key, fingerprint"
    assert set(rows(store, doubled)) == {(1,)}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_a_scan_between_batches(large: Path, tmp_path: Path, number: signal.Signals) -> None:
    store, told = tmp_path / "a.db", tmp_path / "status.json"
    process = scan_process(large, store, "--jobs", "2", "--status-file", str(told))
    while not told.exists():
        time.sleep(0.01)
    time.sleep(0.1)
    process.send_signal(number)
    _, err = process.communicate(timeout=60)
    assert process.returncode == PARTIAL, err
    said = json.loads(told.read_text())
    assert (said["state"], said["reason"], said["exit_status"]) == ("partial", number.name, PARTIAL)
    assert rows(store, "SELECT state FROM runs") == [("partial",)]
    run_scan(large, store)
    assert exported(store) == fresh(large, tmp_path / "fresh.db")
    assert "unreadable" not in str(exported(store))


def test_two_scans_at_once(large: Path, tmp_path: Path, dcmlint: Command) -> None:
    store, told = tmp_path / "a.db", tmp_path / "status.json"
    process = scan_process(large, store, "--status-file", str(told))
    while not told.exists():
        time.sleep(0.01)
    second = dcmlint("scan", large, "--store", store, "--isolated", "--no-nice")
    assert second.status == FAILED
    assert "Another scan is writing" in second.err
    process.communicate(timeout=60)
    assert process.returncode in (COMPLETE, NEW)
    assert exported(store) == fresh(large, tmp_path / "fresh.db")


def test_a_full_disk_is_told_and_loses_nothing(
    large: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, real = tmp_path / "a.db", opening._connected

    def small(connection: Any, record: Any) -> None:
        real(connection, record)
        connection.execute("PRAGMA max_page_count = 120")

    monkeypatch.setattr(opening, "_connected", small)
    monkeypatch.setattr("dcmlint.store.write.BATCH", 50)
    with pytest.raises(UsageError, match="the disk it is on is full"):
        run_scan(large, store)
    monkeypatch.undo()
    kept = rows(store, "SELECT count(*) FROM instances")
    assert kept != [(0,)]
    run_scan(large, store)
    assert exported(store) == fresh(large, tmp_path / "fresh.db")


def test_a_read_only_store_is_told(root: Path, store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run_scan(root, store)
    before, real = exported(store), opening._connected

    def read_only(connection: Any, record: Any) -> None:
        real(connection, record)
        connection.execute("PRAGMA query_only = ON")

    monkeypatch.setattr(opening, "_connected", read_only)
    with pytest.raises(UsageError, match="it is read-only"):
        run_scan(root, store)
    monkeypatch.undo()
    assert exported(store) == before


def test_status_and_metrics_hold_nothing_of_any_object(root: Path, store: Path, tmp_path: Path) -> None:
    told, metrics = tmp_path / "status.json", tmp_path / "dcmlint.prom"
    run_scan(root, store, status_file=str(told), metrics_file=str(metrics))
    said = json.loads(told.read_text())
    assert (said["state"], said["visited"], said["changed"], said["exit_status"]) == ("complete", 12, 12, NEW)
    assert (said["errors"], said["new_findings"]) == (
        rows(store, "SELECT errors FROM runs")[0][0],
        len(exported(store)),
    )
    for text in (told.read_text(), metrics.read_text()):
        assert "archive" not in text
        assert ".dcm" not in text
        assert "1.2." not in text
    lines = metrics.read_text().splitlines()
    assert lines[-1] == "# EOF"
    assert "dcmlint_scan_visited 12" in lines
    assert f'dcmlint_open_findings{{severity="error"}} {said["errors"]}' in lines
    assert 'dcmlint_scan_state{dcmlint_scan_state="complete"} 1' in lines
    for line in lines:
        assert line.startswith("#") or len(line.split()) == 2
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_a_status_file_that_cannot_be_written_is_told_before_anything_is_read(
    root: Path, store: Path, tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match="Cannot write"):
        run_scan(root, store, status_file=str(tmp_path / "nowhere" / "status.json"))
    assert rows(store, "SELECT state FROM runs") == [("failed",)]


def test_the_log_is_lines_of_json(root: Path, store: Path, dcmlint: Command) -> None:
    told = dcmlint("scan", root, "--store", store, "--isolated", "--no-nice", "--log-format", "json")
    (line,) = told.err.splitlines()
    said = json.loads(line)
    assert (said["event"], said["state"], said["visited"]) == ("ended", "complete", 12)
    assert str(root) not in line
    assert told.out == ""


@pytest.mark.parametrize(
    "options",
    [
        ("--log-format", "xml"),
        ("--sample", "0%"),
        ("--sample", "half"),
        ("--since", "yesterday"),
        ("--time-budget", "soon"),
        ("--jobs", "0"),
    ],
)
def test_bad_usage(root: Path, store: Path, dcmlint: Command, options: tuple[str, str]) -> None:
    told = dcmlint("scan", root, "--store", store, *options)
    assert told.status == FAILED
    assert "Traceback" not in told.err
    assert not store.exists()


def test_no_root_and_no_store(root: Path, dcmlint: Command) -> None:
    assert "Nothing to scan" in dcmlint("scan", "--store", "x.db").err
    assert "There is no store" in dcmlint("scan", root).err


@pytest.mark.parametrize(("text", "seconds"), [("6h", 21600), ("90m", 5400), ("1h30m", 5400), ("0.5s", 0.5)])
def test_durations(text: str, seconds: float) -> None:
    assert duration_s(text) == seconds


def test_roots_within_others_are_left_out(tmp_path: Path) -> None:
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    asked = [str(inner), str(tmp_path / "a"), str(tmp_path / "a-b"), str(tmp_path / "a")]
    found = roots_of(asked, Session().source)
    assert found == [f"{tmp_path}/a-b/", f"{tmp_path}/a/"]


def walked(root: Path) -> list[str]:
    start = f"{root}/"
    return [listing.path.removeprefix(start) for listing in walk(start, [start])]


def test_a_walk_is_in_the_order_of_paths(tmp_path: Path) -> None:
    for name in ("a/x", "a-b", "a.c/d", "B", "ä", "a/x/y"):
        (tmp_path / name).mkdir(parents=True)
    found = walked(tmp_path)
    assert found == sorted(found)
    assert len(found) == 9


def test_links_are_followed_once_and_loops_end(tmp_path: Path) -> None:
    root, outside = tmp_path / "root", tmp_path / "outside"
    (root / "a").mkdir(parents=True)
    (outside / "deep" / "er").mkdir(parents=True)
    (root / "loop").symlink_to(root)
    (root / "a" / "up").symlink_to(root / "a")
    (root / "out").symlink_to(outside)
    (root / "out2").symlink_to(outside / "deep")
    (outside / "back").symlink_to(root)
    (outside / "self").symlink_to(outside)
    assert walked(root) == ["", "a/", "out/", "out/deep/", "out/deep/er/"]


def test_the_store_can_be_seen_and_kept_small(root: Path, store: Path, dcmlint: Command) -> None:
    run_scan(root, store)
    assert json.loads(dcmlint("store", "info", "--store", store, "--format", "json").out)["instances"] == 12
    assert "forgotten: 0" in dcmlint("store", "retention", "--store", store, "--days", "30").out
    assert "MB after" in dcmlint("store", "vacuum", "--store", store).out
    assert dcmlint("store", "export", "--canonical", "--store", store).out.splitlines() == exported(store)
    assert dcmlint("store", "info", "--store", store.parent / "b.db").status == FAILED


def test_no_path_is_in_what_is_said_of_another_object(tmp_path: Path) -> None:
    """Reports of a store show paths only when asked, and names of folders are names of patients."""
    content = CT.read_bytes()
    for folder in ("DOE_JANE", "b"):
        (tmp_path / "root" / folder).mkdir(parents=True)
        (tmp_path / "root" / folder / "1.dcm").write_bytes(content)
    store = tmp_path / "s.db"
    run_scan(tmp_path / "root", store)
    found = [each for each in exported(store) if "uid/duplicate-copy" in each]
    assert len(found) == 1 and "another object" in found[0]
    assert not any("DOE_JANE" in str(body) for (body,) in rows(store, "SELECT body FROM findings"))
