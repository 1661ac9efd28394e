"""The executor for Dask: results of a cluster of real worker processes are those of a serial run."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from archive_sample import exported, rows
from command_line import ROOT, Result, process, timeless

from dcmlint.catalogue import catalogue
from dcmlint.errors import UsageError
from dcmlint.execute.serial import Serial
from dcmlint.policy.judge import Judge
from dcmlint.policy.model import NO_POLICY
from dcmlint.read.encode import part10
from dcmlint.scan import Session
from dcmlint.source import Entry
from dcmlint.source.paths import Paths
from dcmlint.work import Work

distributed: Any = pytest.importorskip("distributed", reason="dask[distributed] is not installed")

PLUGIN = ROOT / "plugins" / "dcmlint-dask"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with the plugin installed, on the path of this process and of those that it starts."""
    folder = tmp_path_factory.mktemp("site")
    copy = tmp_path_factory.mktemp("plugin") / "dcmlint-dask"
    shutil.copytree(PLUGIN, copy, ignore=shutil.ignore_patterns("build", "*.egg-info", "__pycache__"))
    pip = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--target"]
    subprocess.run([*pip, str(folder), str(copy)], check=True)
    before = os.environ.get("PYTHONPATH", "")
    os.environ["PYTHONPATH"] = str(folder)
    sys.path.insert(0, str(folder))
    yield folder
    os.environ["PYTHONPATH"] = before
    sys.path.remove(str(folder))


@contextmanager
def started_cluster(workers: int, **options: Any) -> Iterator[Any]:
    with distributed.LocalCluster(
        n_workers=workers,
        threads_per_worker=1,
        processes=True,
        dashboard_address=":0",
        silence_logs=50,
        **options,
    ) as cluster:
        yield cluster


@pytest.fixture(scope="module")
def cluster(site: Path) -> Iterator[Any]:
    with started_cluster(2) as started:
        yield started


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Some hundred files: the cases of all rules."""
    folder = tmp_path_factory.mktemp("files")
    number = 0
    for rule in catalogue().values():
        place = folder / rule.id.replace("/", "-")
        place.mkdir()
        for case in rule.cases:
            content = case.file() if case.file is not None else part10(case.attributes or {})
            (place / f"{number:04}.dcm").write_bytes(content)
            number += 1
    assert number > 400
    return folder


def linting() -> Work:
    session = Session()
    return Work(session, Judge(NO_POLICY, session.on), None)


def dask(cluster: Any) -> Any:
    from dcmlint_dask.cluster import connected

    return connected(cluster.scheduler_address)


def check(files: Path, *options: str, cwd: Path = ROOT) -> Result:
    done = subprocess.run(
        [sys.executable, "-m", "dcmlint", "check", str(files), "--isolated", *options],
        capture_output=True,
        cwd=cwd,
        timeout=120,
        check=False,
    )
    return Result(done.returncode, done.stdout.decode(), done.stderr.decode())


def worker_pids(cluster: Any) -> list[int]:
    with distributed.Client(cluster.scheduler_address, set_as_default=False) as client:
        return list(client.run(os.getpid).values())


def is_busy(cluster: Any) -> bool:
    with distributed.Client(cluster.scheduler_address, set_as_default=False) as client:
        return any("dcmlint-batch" in str(key) for keys in client.processing().values() for key in keys)


@pytest.mark.parametrize("form", ["jsonl", "sarif"])
def test_reports_are_those_of_a_serial_run(cluster: Any, files: Path, form: str) -> None:
    serial = check(files, "--executor", "serial", "--no-cache", "--format", form)
    options = ("--executor", "dask", "--scheduler", cluster.scheduler_address)
    shared = check(files, *options, "--format", form)
    assert serial.status == shared.status == 1
    assert not shared.err
    assert timeless(serial.out) == timeless(shared.out)
    assert len(serial.out.splitlines()) > 400


def test_relative_paths_are_of_the_folder_of_the_client(cluster: Any, files: Path) -> None:
    options = ("--executor", "dask", "--scheduler", cluster.scheduler_address, "--format", "jsonl")
    serial = check(Path("uid-malformed"), "--no-cache", "--format", "jsonl", cwd=files)
    shared = check(Path("uid-malformed"), *options, cwd=files)
    assert '"file":"uid-malformed/' in shared.out
    assert timeless(serial.out) == timeless(shared.out)


def test_policies_statistics_and_several_reports(cluster: Any, files: Path, tmp_path: Path) -> None:
    options = ("--policy", "archive-ingest", "--statistics-by", "rule,manufacturer,sop-class", "--format")
    outputs = {}
    for name, how in {
        "serial": ("--jobs", "1", "--no-cache"),
        "dask": ("--executor", "dask", "--scheduler", cluster.scheduler_address),
    }.items():
        csv = tmp_path / f"{name}.csv"
        done = check(files, *how, *options, "json", "--format", f"csv:{csv}")
        outputs[name] = (done.status, timeless(done.out), csv.read_text())
    assert outputs["serial"] == outputs["dask"]
    assert "site/" in outputs["dask"][2] or "archive" in outputs["dask"][2]


def test_the_work_is_shared_out(cluster: Any) -> None:
    # Slow enough that one worker cannot do it all before the other has its share.
    results = list(dask(cluster).run(Slow(), [Entry(f"p{index}") for index in range(64 * 12)]))
    assert [path for path, _ in results] == [f"p{index}" for index in range(64 * 12)]
    shares = {pid: sum(each == pid for _, each in results) for _, pid in results}
    assert set(shares) == set(worker_pids(cluster))
    assert min(shares.values()) >= 64 * 3


def test_a_run_keeps_no_results_in_the_cache(cluster: Any, files: Path, tmp_path: Path) -> None:
    options = ("--executor", "dask", "--scheduler", cluster.scheduler_address)
    check(files, *options, "--cache-dir", str(tmp_path / "cache"))
    assert not (tmp_path / "cache").exists()


class Slow:
    """Work that takes a while and says where it was done."""

    def __call__(self, entry: Entry) -> tuple[str, int]:
        time.sleep(0.005)
        return entry.path, os.getpid()

    def lost(self, entry: Entry, reason: str) -> tuple[str, int]:
        return f"lost {entry.path}: {reason}", 0


class Poison:
    """Work that kills the process on entries whose path says so."""

    def __call__(self, entry: Entry) -> str:
        if entry.path.startswith("die"):
            os.kill(os.getpid(), signal.SIGKILL)
        if entry.path.startswith("exit"):
            os._exit(7)
        if entry.path.startswith("raise"):
            raise MemoryError
        return entry.path.upper()

    def lost(self, entry: Entry, reason: str) -> str:
        return f"lost {entry.path}: {reason}"


def test_a_worker_killed_mid_scan_changes_nothing(site: Path, files: Path) -> None:
    entries = list(Paths().entries(str(files))) * 3
    work = linting()
    serial = list(Serial().run(work, entries))
    with started_cluster(2) as cluster:
        victim, *_ = worker_pids(cluster)
        results = dask(cluster).run(work, entries)
        shared = [next(results)]
        os.kill(victim, signal.SIGKILL)
        shared += results
        assert victim not in worker_pids(cluster)
    assert serial == shared


def test_reports_after_a_kill_are_those_of_a_serial_run(site: Path, files: Path, tmp_path: Path) -> None:
    copies = [str(files)] * 3
    serial = check(files, *copies, "--jobs", "1", "--no-cache", "--format", "json")
    with started_cluster(2) as cluster:
        options = ["--executor", "dask", "--scheduler", cluster.scheduler_address, "--format", "json"]
        victim, *_ = worker_pids(cluster)
        command = [sys.executable, "-m", "dcmlint", "check", "--isolated", str(files), *copies, *options]
        running = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT)
        until(lambda: is_busy(cluster))
        os.kill(victim, signal.SIGKILL)
        assert running.poll() is None, "it was killed while the run was going on"
        out, _ = running.communicate(timeout=120)
    assert running.returncode == serial.status == 1
    assert timeless(out.decode()) == timeless(serial.out)


def scan(files: Path, store: Path, *options: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "dcmlint", "scan", str(files), "--store", str(store), "--isolated"]
    return subprocess.Popen(
        [*command, "--no-nice", "--quiet", *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT
    )


def ended(running: subprocess.Popen[bytes]) -> int:
    """Wait for a scan and return its exit status; it has nothing to say."""
    _, err = running.communicate(timeout=120)
    assert err == b""
    return running.returncode


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_scan_writes_what_a_serial_one_does(cluster: Any, files: Path, tmp_path: Path, jobs: str) -> None:
    """Checks over several instances run in `jobs` processes here, which has the threads of Dask."""
    status = ended(scan(files, tmp_path / "serial.db", "--executor", "serial"))
    options = ("--executor", "dask", "--scheduler", cluster.scheduler_address, "--jobs", jobs)
    assert ended(scan(files, tmp_path / "dask.db", *options)) == status
    assert exported(tmp_path / "dask.db") == exported(tmp_path / "serial.db")
    assert len(exported(tmp_path / "dask.db")) > 400
    assert any('"scope":"' in line for line in exported(tmp_path / "dask.db"))
    assert ended(scan(files, tmp_path / "dask.db", *options)) == 0
    changed = rows(tmp_path / "dask.db", "SELECT changed FROM runs ORDER BY id")
    assert changed[0][0] > 400 and changed[1] == (0,)


def test_a_scan_looks_into_archives(cluster: Any, files: Path, tmp_path: Path) -> None:
    """Members that lie open go to workers, those that can be read in turn only are checked here."""
    folder = next(files.iterdir()).name
    for form in ("zip", "tar", "gztar"):
        shutil.make_archive(str(tmp_path / "archives" / form), form, files, folder)
        shutil.make_archive(str(tmp_path / "archives" / f"all-{form}"), form, files)
    status = ended(scan(tmp_path / "archives", tmp_path / "serial.db", "--executor", "serial"))
    options = ("--executor", "dask", "--scheduler", cluster.scheduler_address)
    assert ended(scan(tmp_path / "archives", tmp_path / "dask.db", *options)) == status
    assert exported(tmp_path / "dask.db") == exported(tmp_path / "serial.db")
    assert len(exported(tmp_path / "dask.db")) > 1200


def test_a_worker_killed_mid_scan_changes_nothing_in_the_store(
    site: Path, files: Path, tmp_path: Path
) -> None:
    many = tmp_path / "files"
    for number in range(3):
        shutil.copytree(files, many / str(number))
    status = ended(scan(many, tmp_path / "serial.db", "--executor", "serial"))
    with started_cluster(2) as cluster:
        victim, *_ = worker_pids(cluster)
        running = scan(
            many, tmp_path / "dask.db", "--executor", "dask", "--scheduler", cluster.scheduler_address
        )
        until(lambda: is_busy(cluster))
        os.kill(victim, signal.SIGKILL)
        assert running.poll() is None, "it was killed while the scan was going on"
        assert ended(running) == status
        assert victim not in worker_pids(cluster)
    assert exported(tmp_path / "dask.db") == exported(tmp_path / "serial.db")


def test_a_scan_without_its_scheduler_makes_no_store(site: Path, files: Path, tmp_path: Path) -> None:
    running = scan(files, tmp_path / "a.db", "--executor", "dask", "--scheduler", "nonsense")
    _, err = running.communicate(timeout=60)
    assert running.returncode == 2 and b"The Dask scheduler nonsense cannot be reached" in err
    assert not (tmp_path / "a.db").exists()


def test_held_entries_are_worked_on_here_before_the_next_is_asked_for(cluster: Any) -> None:
    """As the contract of executors says: contents cross to no other process."""
    out: list[str] = []

    def entries() -> Iterator[Entry]:
        for number in range(300):
            assert not out, "the one before was not worked on"
            if number % 3 == 0:
                out.append(f"p{number}")
            yield Entry(f"p{number}", held=b"content" if number % 3 == 0 else None)

    class Holding(Slow):
        def __call__(self, entry: Entry) -> tuple[str, int]:
            out[:] = []
            return entry.path, os.getpid()

        def __reduce__(self) -> Any:
            return Slow, ()

    results = list(dask(cluster).run(Holding(), entries()))
    assert [path for path, _ in results] == [f"p{number}" for number in range(300)]
    assert {pid for _, pid in results[::3]} == {os.getpid()}
    assert os.getpid() not in {pid for number, (_, pid) in enumerate(results) if number % 3}


def until(condition: Any, seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.01)


def test_entries_that_kill_their_workers_cost_only_themselves(site: Path) -> None:
    paths = [f"p{index}" for index in range(300)]
    paths[70], paths[71], paths[200] = "die", "exit", "raise"
    with started_cluster(2) as cluster:
        results = list(dask(cluster).run(Poison(), map(Entry, paths)))
        assert len(worker_pids(cluster)) == 2
    assert [result for result in results if result.startswith("lost")] == [
        "lost die: the process that read it was ended by signal 9",
        "lost exit: the process that read it ended with status 7",
        "lost raise: the process that read it ended with status 1",
    ]
    expected = [path.upper() for path in paths]
    assert [r for r in results if not r.startswith("lost")] == [
        each for index, each in enumerate(expected) if index not in (70, 71, 200)
    ]


def test_entries_are_taken_only_as_results_are(cluster: Any) -> None:
    taken = 0

    def endless() -> Iterator[Entry]:
        nonlocal taken
        while True:
            taken += 1
            yield Entry(f"p{taken}")

    results = dask(cluster).run(Poison(), endless())
    for _ in range(1000):
        next(results)
    time.sleep(0.3)
    assert taken < 1000 + 2 * 16 * 64 + 64
    results.close()
    until(lambda: not is_busy(cluster))


def test_no_scheduler_is_bad_usage(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT", "1s")
    for address in ("tcp://127.0.0.1:9", "http://127.0.0.1", "nonsense"):
        done = process("check", ROOT / "fixtures", "--executor", "dask", "--scheduler", address)
        assert (done.status, done.out) == (2, "")
        assert f"The Dask scheduler {address} cannot be reached" in done.err
        assert "Traceback" not in done.err
    done = process("check", ROOT / "fixtures", "--executor", "dask")
    assert done.status == 2 and "needs the address of a scheduler" in done.err


def test_unknown_executor_and_useless_address_are_bad_usage(site: Path) -> None:
    done = process("check", ROOT / "fixtures", "--executor", "slurm")
    assert done.status == 2 and "Unknown executor: slurm" in done.err and "serial, pool, dask" in done.err
    done = process("check", ROOT / "fixtures", "--executor", "pool", "--scheduler", "tcp://x:1")
    assert done.status == 2 and "The executor pool has no scheduler." in done.err
    done = process("check", ROOT / "fixtures", "--scheduler", "tcp://x:1")
    assert done.status == 2 and "--executor dask" in done.err


def test_standard_input_is_not_shared_out(cluster: Any) -> None:
    options = ("--executor", "dask", "--scheduler", cluster.scheduler_address)
    done = process("check", "-", "--stdin-filename", "a.dcm", *options)
    assert done.status == 2 and "cannot read this standard input" in done.err


def test_other_versions_in_a_worker_are_bad_usage(
    cluster: Any, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with distributed.Client(cluster.scheduler_address, set_as_default=False) as client:
        client.run(_set_version, "0.0.9")
        try:
            done = check(files, "--executor", "dask", "--scheduler", cluster.scheduler_address)
        finally:
            client.run(_set_version, "0.1.0")
    assert done.status == 2 and not done.out
    assert "has other versions than this machine: dcmlint 0.0.9, not 0.1.0" in done.err


def _set_version(version: str) -> None:
    import dcmlint

    dcmlint.__version__ = version


def test_a_worker_that_comes_later_with_other_versions_is_found_out(cluster: Any, files: Path) -> None:
    chosen = dask(cluster)
    with distributed.Client(cluster.scheduler_address, set_as_default=False) as client:
        client.run(_set_version, "0.0.9")
        try:
            with pytest.raises(UsageError, match=r"dcmlint 0\.0\.9, not 0\.1\.0"):
                list(chosen.run(linting(), Paths().entries(str(files))))
        finally:
            client.run(_set_version, "0.1.0")


def _hide(folder: str) -> None:
    """Make a worker see nothing in a folder, like a machine on which it is not mounted."""
    real = os.access

    def access(path: Any, mode: int, **options: Any) -> bool:
        return not str(path).startswith(folder) and real(path, mode, **options)

    os.access = access  # type: ignore[assignment]


def test_files_that_workers_cannot_read(site: Path, files: Path) -> None:
    entries = list(Paths().entries(str(files)))
    work = linting()
    hidden = os.path.dirname(entries[100].path)  # noqa: PTH120
    with started_cluster(1) as cluster:
        with distributed.Client(cluster.scheduler_address, set_as_default=False) as client:
            client.run(_hide, hidden)
        assert list(dask(cluster).run(work, entries)) == list(Serial().run(work, entries))
        with distributed.Client(cluster.scheduler_address, set_as_default=False) as client:
            client.run(_hide, str(files))
        with pytest.raises(UsageError, match=r"cannot read .* which this machine can"):
            list(dask(cluster).run(work, entries))


def test_other_files_at_the_same_paths_are_found_out(
    cluster: Any, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dcmlint_dask.running.sight_of", lambda entry: (1, 1))
    with pytest.raises(UsageError, match="another file than this machine"):
        list(dask(cluster).run(linting(), Paths().entries(str(files))))


def test_a_scheduler_that_ends_is_told(site: Path) -> None:
    with started_cluster(1) as cluster:
        results = dask(cluster).run(Slow(), [Entry(f"p{index}") for index in range(5000)])
        next(results)
        cluster.close()
        with pytest.raises(UsageError, match="failed or was lost"):
            list(results)


def test_no_workers_for_too_long_is_told(site: Path) -> None:
    import dask as dask_

    with started_cluster(0) as cluster:
        results = dask(cluster).run(Slow(), [Entry("p")])
        impatient = dask_.config.set({"dcmlint.no-workers-timeout-s": 1})
        with impatient, pytest.raises(UsageError, match="had no workers for 1 s"):
            list(results)


def test_interrupted_check_leaves_the_cluster_in_order(cluster: Any, files: Path, tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    report.write_text("before")
    command = [sys.executable, "-m", "dcmlint", "check", "--isolated", *[str(files)] * 10]
    options = ["--executor", "dask", "--scheduler", cluster.scheduler_address, "-f", f"json:{report}"]
    running = subprocess.Popen([*command, *options], stderr=subprocess.PIPE)
    until(lambda: is_busy(cluster))
    running.send_signal(signal.SIGTERM)
    _, err = running.communicate(timeout=30)
    assert running.returncode == 143
    assert err.decode().splitlines() == ["dcmlint: error: terminated"]
    assert report.read_text() == "before" and list(tmp_path.iterdir()) == [report]
    until(lambda: not is_busy(cluster))
    assert len(worker_pids(cluster)) == 2
