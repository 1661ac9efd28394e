"""`dcmlint scan` into PostgreSQL: the same as into SQLite, on a server that the tests start."""

from __future__ import annotations

import random
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from archive_sample import (
    exported,
    make_archive,
    new_database,
    postgresql_programs,
    postgresql_server,
    rows,
    run_scan,
    settle,
)
from test_source_archives import tarred, zipped

from dcmlint.errors import UsageError
from dcmlint.store.lock import scan_lock
from dcmlint.store.open import open_store
from dcmlint.store.upkeep import forget, info, vacuum

pytestmark = pytest.mark.skipif(
    postgresql_programs() is None, reason="PostgreSQL is not installed: apt-get install postgresql"
)


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    yield from postgresql_server()


@pytest.fixture
def url(server: str, request: pytest.FixtureRequest) -> str:
    return new_database(server, f"t{abs(hash(request.node.name))}")


def test_findings_are_those_of_sqlite_through_changes(url: str, tmp_path: Path) -> None:
    root, file = make_archive(tmp_path / "archive", 24), tmp_path / "a.db"
    for number in range(3):
        shutil.copytree(root / "study0", root / f"A-more{number}", copy_function=shutil.copy2)
    odd = root / "study0" / "ü name.dcm"
    shutil.copyfile(next(root.rglob("*.dcm")), odd)
    settle(odd)
    source = random.Random(2)
    for step in range(3):
        statuses = {run_scan(root, place, jobs=2) for place in (url, file)}
        assert len(statuses) == 1
        assert exported(url) == exported(file)
        counts = "SELECT visited, changed, removed, new_findings, resolved_findings, errors, state FROM runs"
        assert rows(url, counts + " ORDER BY id") == rows(file, counts + " ORDER BY id")
        files = sorted(root.rglob("*.dcm"))
        for path in source.sample(files, 3):
            path.unlink()
        for path in source.sample([each for each in files if each.exists()], 3):
            settle(path, ago=step + 1)
        shutil.rmtree(root / f"A-more{step}")
    assert len(exported(url)) > 10


def test_archives_are_those_of_sqlite_through_changes(url: str, tmp_path: Path) -> None:
    root, file = make_archive(tmp_path / "archive"), tmp_path / "a.db"
    members = {
        f"{name}.dcm": path.read_bytes() for name, path in zip("aZüb", root.rglob("*.dcm"), strict=False)
    }
    for step, make in enumerate((zipped, tarred, zipped)):
        members.popitem()
        for place in (root / "x-y.zip", root / "x" / "y.zip", root / "x.tar"):
            place.parent.mkdir(exist_ok=True)
            place.write_bytes(make(members))
            settle(place, ago=step)
        for each in (url, file):
            run_scan(root, each)
            assert run_scan(root, each) == 0
        assert exported(url) == exported(file)
        counts = "SELECT visited, changed, removed, new_findings, resolved_findings FROM runs ORDER BY id"
        assert rows(url, counts) == rows(file, counts)
        (root / "x.tar").unlink()
    assert len([line for line in exported(url) if "!/" in line]) > 2


def test_a_second_scan_writes_no_row(url: str, tmp_path: Path) -> None:
    root = make_archive(tmp_path / "archive")
    run_scan(root, url)
    before = [
        rows(url, f"SELECT * FROM {table} ORDER BY 1, 2") for table in ("instances", "findings", "members")
    ]
    assert run_scan(root, url) == 0
    after = [
        rows(url, f"SELECT * FROM {table} ORDER BY 1, 2") for table in ("instances", "findings", "members")
    ]
    assert before == after


def test_a_killed_scan_gives_the_lock_back_and_goes_on(url: str, tmp_path: Path) -> None:
    from benchmarks.archive import make_archive as generated

    root = generated(tmp_path / "large", 400).folder
    run_scan(root, tmp_path / "a.db")
    for _ in range(3):
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "dcmlint", "scan", str(root), "--store", url),
                *("--isolated", "--no-nice", "--quiet", "--jobs", "2"),
            ],
            stderr=subprocess.DEVNULL,
        )
        time.sleep(random.Random(len(url)).uniform(0.8, 2.0))
        process.kill()
        process.wait()
    _wait_for_lock(url)
    run_scan(root, url)
    assert exported(url) == exported(tmp_path / "a.db")


def _wait_for_lock(url: str) -> None:
    """Wait until the server has noticed that the connection of a killed process is gone."""
    store = open_store(url, create=True)
    for _ in range(100):
        try:
            with scan_lock(store):
                break
        except UsageError:
            time.sleep(0.1)
    store.close()


def test_one_scan_at_a_time(url: str) -> None:
    store, other = open_store(url, create=True), open_store(url, create=True)
    with scan_lock(store), pytest.raises(UsageError, match="Another scan"), scan_lock(other):
        pass
    with scan_lock(other):
        pass
    store.close()
    other.close()


def test_upkeep(url: str, tmp_path: Path) -> None:
    run_scan(make_archive(tmp_path / "archive"), url)
    store = open_store(url)
    assert info(store).instances == 12
    assert forget(store, 30) == (0, 0, 0)
    assert vacuum(store)[1] > 0
    store.close()


def test_a_database_of_something_else_is_refused(server: str, url: str) -> None:
    import psycopg

    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute("CREATE TABLE runs (id INTEGER)")
    with pytest.raises(UsageError, match="something else"):
        open_store(url, create=True)
    with pytest.raises(UsageError, match="does not exist"):
        open_store(server + "nowhere")


def test_a_table_of_others_is_no_hindrance(url: str) -> None:
    import psycopg

    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute("CREATE TABLE orders (id INTEGER)")
    open_store(url, create=True).close()
