"""`dcmlint scan` of a generated archive: `python -m benchmarks.scan [--reduced]`.

The first scan beside bare pydicom opens in two processes, the second, what a change of 1 % costs, SIGKILL at
random moments, and PostgreSQL beside SQLite. `--instances N` sets the size. What is compared runs one after
the other on the same files; rates are of wall time, as two processes are what is compared, and CPU is printed
beside them.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from benchmarks.archive import FAULTS, Made, make_archive
from benchmarks.limits import Figures
from benchmarks.process import Cost, dcmlint_command, run, run_watched

__all__ = ["main"]

_OPENS = """
import sys, warnings, logging
from multiprocessing import Pool
warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)
import numpy
from pydicom import dcmread
def opened(file):
    dcmread(file, force=True, stop_before_pixels=True)
def walked(top):
    import os
    for folder, below, names in os.walk(top):
        below.sort()
        for name in sorted(names):
            yield os.path.join(folder, name)
with Pool(2) as pool:
    for _ in pool.imap(opened, walked(sys.argv[1]), chunksize=64):
        pass
"""

_SETTLED_S = 2.5
"""Time that files rest before they are scanned: what has just changed is read again."""

_RULES = {
    "birth date": ("value/invalid-da",),
    "sex": ("module/value-not-enumerated",),
    "rows": ("pixel/", "module/", "value/"),
    "name": ("consistency/",),
    "duplicate": ("uid/duplicate-instance",),
    "gap": ("geometry/",),
}
"""What each fault of the archive is found as: beginnings of rule ids."""


class Size(NamedTuple):
    """How much is measured."""

    instances: int
    rounds: int
    kills: int
    killed_instances: int


_FULL = Size(instances=200_000, rounds=1, kills=20, killed_instances=20_000)
_REDUCED = Size(instances=3_000, rounds=2, kills=4, killed_instances=1_000)


def scan_command(folder: Path, store: str, *options: str) -> list[str]:
    """Return the command of a scan with two jobs."""
    common = ("--store", store, "--isolated", "--no-nice", "--quiet", "--fail-on", "never", "--jobs", "2")
    return [*dcmlint_command(), "scan", str(folder), *common, *options]


def _done(cost: Cost) -> Cost:
    if cost.status != 0:
        raise SystemExit(f"dcmlint scan ended with status {cost.status}")
    return cost


def exported(store: str) -> bytes:
    """Return the findings of a store in canonical JSON."""
    command = [*dcmlint_command(), "store", "export", "--canonical", "--store", store]
    return subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout


def last_run(store: Path) -> tuple[int, int, int]:
    """Return what the last run met, read, and found to be gone."""
    import sqlite3

    database = sqlite3.connect(store)
    row = database.execute("SELECT visited, changed, removed FROM runs ORDER BY id DESC LIMIT 1").fetchone()
    database.close()
    return row[0], row[1], row[2]


def remove(store: Path) -> None:
    """Delete a store."""
    for ending in ("", "-wal", "-shm", ".lock"):
        Path(f"{store}{ending}").unlink(missing_ok=True)


def first_scan(figures: Figures, made: Made, store: Path, rounds: int) -> Cost:
    """Measure the first scan beside bare opens, and its memory; return its cost."""
    scans: list[Cost] = []
    opens: list[Cost] = []
    for _ in range(rounds):
        opens.append(run([sys.executable, "-c", _OPENS, str(made.folder)]))
        remove(store)
        scans.append(_done(run_watched(scan_command(made.folder, str(store)))))
    scan, bare = min(scans, key=lambda each: each.wall_s), min(opens, key=lambda each: each.wall_s)
    note = (
        f"{made.instances} instances, {made.instances / scan.wall_s:.0f} and "
        f"{made.instances / bare.wall_s:.0f} in a second; CPU {scan.cpu_s:.1f} and {bare.cpu_s:.1f} s"
    )
    figures.add("scan rate", bare.wall_s / scan.wall_s, note)
    figures.add("scan parent", scan.peaks_mb[0], "the largest of all its processes")
    return scan


def faults_found(figures: Figures, made: Made, store: Path) -> None:
    """Count the known faults that are found at their file, or in its group."""
    import json

    told: dict[str, set[str]] = {}
    for line in exported(str(store)).splitlines():
        said = json.loads(line)
        told.setdefault(said["file"], set()).add(said["rule"])
    missed = 0
    for fault in FAULTS:
        for file in made.faulty[fault]:
            near = {file} if fault in ("birth date", "sex", "rows") else set(_beside(file))
            rules = {rule for each in near for rule in told.get(each, ())}
            missed += not any(rule.startswith(_RULES[fault]) for rule in rules)
    number = sum(len(files) for files in made.faulty.values())
    figures.add("scan faults", missed, f"of {number}")


def _beside(file: str) -> list[str]:
    return [str(path) for path in Path(file).parent.iterdir()]


def second_scan(figures: Figures, made: Made, store: Path, first: Cost) -> None:
    """Measure a scan of what has not changed, then one of what has changed by 1 %."""
    costs = [_done(run(scan_command(made.folder, str(store)))) for _ in range(3)]
    cost = min(costs, key=lambda each: each.wall_s)
    figures.add(
        "scan unchanged",
        cost.wall_s / first.wall_s,
        f"{cost.wall_s:.2f} of {first.wall_s:.2f} s of wall time",
    )
    changed, removed = _change(made, random.Random(7))
    cost = _done(run(scan_command(made.folder, str(store))))
    visited, read, gone = last_run(store)
    wrong = abs(read - changed) + abs(gone - removed) + abs(visited - made.instances + removed)
    figures.add("scan changes", wrong, f"{read} of {changed} changed, {gone} of {removed} removed")
    print(f"wall of that scan / the first: {cost.wall_s / first.wall_s:.3f}")


def _change(made: Made, source: random.Random) -> tuple[int, int]:
    """Change 1 % of the files and remove 0.1 %; return how many."""
    files = sorted(made.folder.rglob("*.dcm"))
    chosen = source.sample(files, len(files) // 100 + max(1, len(files) // 1000))
    changed, removed = chosen[: len(files) // 100], chosen[len(files) // 100 :]
    for path in changed:
        content = bytearray(path.read_bytes())
        place = content.index(b"Operator^One")
        content[place : place + 12] = b"Operator^Two"
        path.write_bytes(content)
    for path in removed:
        path.unlink()
    time.sleep(_SETTLED_S)
    return len(changed), len(removed)


def killed(figures: Figures, work: Path, size: Size) -> Path:
    """Kill scans at random moments, let one end, and compare; return the folder that was scanned."""
    made = make_archive(work / "killed", size.killed_instances, seed=9)
    time.sleep(_SETTLED_S)
    whole, store = work / "whole.db", work / "killed.db"
    cost = _done(run(scan_command(made.folder, str(whole))))
    source = random.Random(13)
    moments = 0
    for number in range(size.kills):
        if number % 5 == 0:
            remove(store)
        process = subprocess.Popen(scan_command(made.folder, str(store)), stderr=subprocess.DEVNULL)
        time.sleep(source.uniform(0.2, 0.5 * cost.wall_s))
        moments += process.poll() is None
        process.send_signal(signal.SIGKILL)
        process.wait()
        if number % 5 == 4 or number == size.kills - 1:
            _done(_after_kill(made.folder, store))
            if exported(str(store)) != exported(str(whole)):
                figures.add("scan killed", 1, f"after {number + 1} kills")
                return made.folder
    figures.add("scan killed", 0, f"{moments} of {size.kills} scans were killed before their end")
    return made.folder


def _after_kill(folder: Path, store: Path) -> Cost:
    """Run a scan to its end, once the workers of the killed one have noticed."""
    time.sleep(0.2)
    return run(scan_command(folder, str(store)))


def on_postgresql(figures: Figures, folder: Path, whole: Path) -> None:
    """Compare a store on PostgreSQL with one in SQLite."""
    sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
    import archive_sample as sample

    if sample.postgresql_programs() is None:
        print("PostgreSQL is not installed: not measured")
        return
    for server in sample.postgresql_server():
        url = sample.new_database(server, "benchmark")
        cost = _done(run(scan_command(folder, url)))
        second = _done(run(scan_command(folder, url)))
        equal = exported(url) == exported(str(whole))
        note = f"first scan {cost.wall_s:.1f} s, second {second.wall_s:.1f} s"
        figures.add("scan postgresql", 0 if equal else 1, note)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the figures; return 1 if one misses its limit."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scan", description=__doc__)
    parser.add_argument("--reduced", action="store_true", help="small enough for CI")
    parser.add_argument("--instances", type=int, default=0, help="size of the archive")
    options = parser.parse_args(arguments)
    size = _REDUCED if options.reduced else _FULL
    if options.instances:
        size = size._replace(instances=options.instances)
    figures = Figures(reduced=options.reduced)
    work = Path(tempfile.mkdtemp(prefix="dcmlint-scan-"))
    try:
        start = time.perf_counter()
        made = make_archive(work / "archive", size.instances)
        print(
            f"{made.instances} instances made in {time.perf_counter() - start:.0f} s; {os.cpu_count()} cores"
        )
        time.sleep(_SETTLED_S)
        store = work / "first.db"
        first = first_scan(figures, made, store, size.rounds)
        faults_found(figures, made, store)
        second_scan(figures, made, store, first)
        folder = killed(figures, work, size)
        on_postgresql(figures, folder, work / "whole.db")
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return figures.status()


if __name__ == "__main__":
    sys.exit(main())
