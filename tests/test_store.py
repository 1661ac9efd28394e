"""Stores: what is refused and how, versions of tables, the lock, upkeep."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from archive_sample import exported, make_archive, rows, run_scan, settle
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, text

from dcmlint.errors import UsageError
from dcmlint.store import migrate
from dcmlint.store.lock import scan_lock
from dcmlint.store.open import open_store
from dcmlint.store.rows import path_of_text, text_of_path
from dcmlint.store.schema import METADATA, VERSION
from dcmlint.store.upkeep import forget, info, vacuum


def refused(url: str | Path, **options: bool) -> str:
    with pytest.raises(UsageError) as told:
        open_store(str(url), **options)
    return str(told.value)


def test_a_new_store_has_all_tables_and_is_its_owner_s(tmp_path: Path) -> None:
    store = open_store(str(tmp_path / "a.db"), create=True)
    with store.reading() as connection:
        tables = connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'table'")).scalars()
        assert set(METADATA.tables) <= set(tables)
        assert connection.execute(text("PRAGMA journal_mode")).scalar() == "wal"
        assert connection.execute(text("PRAGMA foreign_keys")).scalar() == 1
        assert int(connection.execute(text("PRAGMA busy_timeout")).scalar() or 0) >= 1000
    store.close()
    assert (tmp_path / "a.db").stat().st_mode & 0o777 == 0o600


def test_what_is_no_store_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    foreign = tmp_path / "foreign.db"
    with sqlite3.connect(foreign) as database:
        database.execute("CREATE TABLE orders (id INTEGER)")
    database.close()
    prose = tmp_path / "prose.db"
    prose.write_text("this is no database at all, and it is longer than a header of SQLite is " * 20)
    before = foreign.read_bytes(), prose.read_bytes()
    assert "something else" in refused(foreign, create=True)
    assert "no SQLite database" in refused(prose, create=True)
    assert (foreign.read_bytes(), prose.read_bytes()) == before


def test_a_database_with_a_table_meta_of_something_else_is_refused(tmp_path: Path) -> None:
    foreign = tmp_path / "foreign.db"
    with sqlite3.connect(foreign) as database:
        database.execute("CREATE TABLE meta (key TEXT, value TEXT)")
        database.execute("INSERT INTO meta VALUES ('schema', '1')")
    database.close()
    assert "something else" in refused(foreign, create=True)


def test_a_corrupt_store_is_told(tmp_path: Path) -> None:
    file = tmp_path / "a.db"
    open_store(str(file), create=True).close()
    content = bytearray(file.read_bytes())
    content[100:8192] = b"\xa5" * (8192 - 100)
    file.write_bytes(content)
    for ending in ("-wal", "-shm"):
        Path(f"{file}{ending}").unlink(missing_ok=True)
    assert "it is corrupt" in refused(file, create=True)


def test_a_newer_store_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "a.db"
    open_store(str(file), create=True).close()
    with sqlite3.connect(file) as database:
        database.execute("UPDATE meta SET value = ? WHERE key = 'schema'", (str(VERSION + 1),))
    database.close()
    assert f"version {VERSION + 1}" in refused(file)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("", "There is no store"),
        ("mysql://host/base", "not mysql"),
        ("sqlite://", "not sqlite"),
        ("nowhere/there/a.db", "does not exist"),
        ("://", "no URL"),
    ],
)
def test_urls_that_cannot_be_used(url: str, said: str) -> None:
    assert said in refused(url, create=True)


def test_a_store_that_is_not_there_is_not_made_by_readers(tmp_path: Path) -> None:
    assert "There is no store" in refused(tmp_path / "a.db")
    assert not (tmp_path / "a.db").exists()
    (tmp_path / "empty.db").touch()
    assert "is empty" in refused(tmp_path / "empty.db")
    assert "is a folder" in refused(tmp_path)


def test_a_password_is_in_no_message() -> None:
    said = refused("postgresql://someone:very-secret@127.0.0.1:1/base")
    assert "cannot be reached" in said
    assert "very-secret" not in said


def test_steps_run_once_in_order_and_all_or_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = open_store(str(tmp_path / "a.db"), create=True)

    def second(connection: Connection) -> None:
        connection.execute(text("CREATE TABLE extra (id INTEGER)"))

    def broken(connection: Connection) -> None:
        connection.execute(text("CREATE TABLE more (id INTEGER)"))
        raise RuntimeError

    monkeypatch.setattr(migrate, "VERSION", 3)
    with pytest.raises(RuntimeError), store.writing() as connection:
        migrate.migrate(connection, (*migrate.STEPS, second, broken))
    assert _version(tmp_path / "a.db") == ("1", {"extra": False, "more": False})
    with store.writing() as connection:
        assert migrate.migrate(connection, (*migrate.STEPS, second)) == 1
    with store.writing() as connection:
        assert migrate.migrate(connection, (*migrate.STEPS, second)) == 2
    assert _version(tmp_path / "a.db") == ("2", {"extra": True, "more": False})
    store.close()


def _version(file: Path) -> tuple[str, dict[str, bool]]:
    with sqlite3.connect(file) as database:
        tables = {row[0] for row in database.execute("SELECT name FROM sqlite_master")}
        (version,) = database.execute("SELECT value FROM meta WHERE key = 'schema'").fetchone()
    database.close()
    return version, {name: name in tables for name in ("extra", "more")}


def test_the_number_of_steps_is_the_version() -> None:
    assert len(migrate.STEPS) == VERSION


_HOLDS = """
import sys, time
from dcmlint.store.lock import scan_lock
from dcmlint.store.open import open_store
with scan_lock(open_store(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


def test_the_lock_keeps_others_out_and_its_holder_s_death_gives_it_back(tmp_path: Path) -> None:
    store = open_store(str(tmp_path / "a.db"), create=True)
    holder = subprocess.Popen(
        [sys.executable, "-c", _HOLDS, str(tmp_path / "a.db")], stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    with pytest.raises(UsageError, match="Another scan"), scan_lock(store):
        pass
    holder.kill()
    holder.wait()
    holder.stdout.close()
    with scan_lock(store):
        pass
    store.close()


@given(st.binary(max_size=12).map(lambda raw: raw.replace(b"\0", b"")), st.text("a\uf700\\ü", max_size=5))
def test_paths_go_into_text_and_back(raw: bytes, more: str) -> None:
    path = os.fsdecode(raw) + more
    text_ = text_of_path(path)
    text_.encode()
    assert path_of_text(text_) == path


@given(st.binary(max_size=4), st.binary(max_size=4))
def test_different_paths_have_different_texts(one: bytes, other: bytes) -> None:
    assert (one == other) == (text_of_path(os.fsdecode(one)) == text_of_path(os.fsdecode(other)))


def test_retention_forgets_what_ended_long_ago_and_nothing_else(tmp_path: Path) -> None:
    root, file = make_archive(tmp_path / "archive"), tmp_path / "a.db"
    run_scan(root, file)
    victim = next(path for path in sorted(root.rglob("*.dcm")) if path.name in str(exported(file)))
    victim.unlink()
    run_scan(root, file)
    kept = exported(file)
    store = open_store(str(file))
    before = info(store)
    assert before.removed == 1
    assert before.resolved_findings > 0
    assert forget(store, 30) == (0, 0, 0)
    gone = forget(store, 30, datetime.now(UTC) + timedelta(days=31))
    assert gone.findings == before.resolved_findings
    assert gone.instances == 1
    after = info(store)
    assert (after.resolved_findings, after.removed) == (0, 0)
    assert exported(file) == kept
    assert rows(file, "SELECT count(*) FROM runs WHERE state = 'complete'") != [(0,)]
    was, now = vacuum(store)
    assert now <= was
    store.close()
    assert run_scan(root, file) == 0
    assert exported(file) == kept


def test_vacuum_waits_for_no_scan(tmp_path: Path) -> None:
    store = open_store(str(tmp_path / "a.db"), create=True)
    held = subprocess.Popen(
        [sys.executable, "-c", _HOLDS, str(tmp_path / "a.db")], stdout=subprocess.PIPE, text=True
    )
    assert held.stdout is not None
    held.stdout.readline()
    with pytest.raises(UsageError, match="Another scan"):
        vacuum(store)
    with pytest.raises(UsageError, match="Another scan"):
        forget(store, 1)
    held.kill()
    held.wait()
    held.stdout.close()
    store.close()


def test_names_that_are_no_text_are_scanned(tmp_path: Path) -> None:
    root, file = make_archive(tmp_path / "archive", 2), tmp_path / "a.db"
    source = next(root.rglob("*.dcm"))
    odd = Path(os.fsdecode(os.fsencode(root) + b"/odd\xff.dcm"))
    odd.write_bytes(source.read_bytes())
    settle(odd)
    run_scan(root, file)
    run_scan(root, file)
    assert rows(file, "SELECT changed FROM runs ORDER BY id") == [(3,), (0,)]
