"""A small archive to scan, stores to scan it into, and a PostgreSQL server of the tests' own."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from dcmlint.nightly.run import ScanRequest, scan
from dcmlint.store.export import canonical_lines
from dcmlint.store.open import open_store

CLEAN = Path(__file__).parents[1] / "fixtures" / "clean"
FAULTY = Path(__file__).parents[1] / "fixtures" / "faulty"

_LONG_AGO = 1_700_000_000


def make_archive(root: Path, files: int = 12) -> Path:
    """Write an archive of faulty and clean fixtures, in folders, that was modified long ago."""
    sources = [
        *sorted(FAULTY.glob("*.dcm"))[: files // 2],
        *sorted(CLEAN.glob("*.dcm"))[: files - files // 2],
    ]
    for number, source in enumerate(sources):
        target = root / f"study{number % 3}" / f"series{number % 2}" / source.name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
        settle(target)
    return root


def settle(path: Path, *, ago: int = 0) -> None:
    """Let a file look as if it was modified long ago."""
    os.utime(path, (_LONG_AGO - ago, _LONG_AGO - ago))


def run_scan(root: Path, store: str | Path, **asked: object) -> int:
    """Scan in this process and return the exit status."""
    options = {"gives_way": False, "quiet": True, **asked}
    return scan(ScanRequest((str(root),), str(store), **options))  # type: ignore[arg-type]


def exported(store: str | Path) -> list[str]:
    """Return the open findings in canonical JSON."""
    opened = open_store(str(store), read_only=True)
    try:
        with opened.snapshot() as connection:
            return list(canonical_lines(connection))
    finally:
        opened.close()


def rows(store: str | Path, query: str) -> list[tuple[object, ...]]:
    """Return the rows of a query."""
    opened = open_store(str(store), read_only=True)
    try:
        with opened.reading() as connection:
            return [tuple(row) for row in connection.exec_driver_sql(query)]
    finally:
        opened.close()


def postgresql_programs() -> Path | None:
    """Return the folder of PostgreSQL's programs, None if it is not installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return found[-1].parent if found else None


def postgresql_server() -> Iterator[str]:
    """Run a server on a free port of this host, and give the URL of it without a database's name."""
    programs = postgresql_programs()
    assert programs is not None
    folder = Path(tempfile.mkdtemp(prefix="dcmlint-pg-"))
    as_other = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    if as_other:
        shutil.chown(folder, "postgres")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    base = folder / "base"

    def run(*command: str) -> None:
        # Output is not captured: the server would keep the pipe open.
        subprocess.run(
            [*as_other, *command],
            check=True,
            cwd=folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    options = f"-p {port} -k {folder} -c fsync=off -c listen_addresses=127.0.0.1"
    try:
        run(str(programs / "initdb"), "-D", str(base), "-U", "dcmlint", "-A", "trust", "-E", "UTF8")
        run(
            str(programs / "pg_ctl"), "-D", str(base), "-o", options, "-w", "-l", str(folder / "log"), "start"
        )
        yield f"postgresql+psycopg://dcmlint@127.0.0.1:{port}/"
        run(str(programs / "pg_ctl"), "-D", str(base), "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def new_database(server: str, name: str) -> str:
    """Create a database and return its URL; its order of text is not that of bytes."""
    import psycopg

    url = server.replace("+psycopg", "") + "postgres"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE template0")  # type: ignore[arg-type]
    return server + name


def wait_until(path: Path, timeout_s: float = 20.0) -> None:
    """Wait until a file is there."""
    until = time.monotonic() + timeout_s
    while not path.exists():
        assert time.monotonic() < until, f"{path} did not appear"
        time.sleep(0.005)
