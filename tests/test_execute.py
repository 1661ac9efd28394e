"""Executors: results in order, flat memory, and what becomes of a worker that dies."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from command_line import CLEAN, FAULTY

from dcmlint.execute import Executor, available_cpus, executor
from dcmlint.execute.pace import FEW, Pace
from dcmlint.execute.pool import Pool
from dcmlint.execute.serial import Serial
from dcmlint.policy.judge import Judge
from dcmlint.policy.model import NO_POLICY
from dcmlint.processes import start_method
from dcmlint.report.shown import FileReport
from dcmlint.scan import Session
from dcmlint.source import Entry
from dcmlint.source.paths import Paths
from dcmlint.work import Work

EXECUTORS = {"serial": Serial(), **{f"pool of {jobs}": Pool(jobs) for jobs in (1, 2, 5)}}


class Upper:
    """Work that can be told, by the path, to fail in several ways."""

    def __call__(self, entry: Entry) -> str:
        if entry.path.startswith("die"):
            os.kill(os.getpid(), signal.SIGKILL)
        if entry.path.startswith("exit"):
            os._exit(7)
        if entry.path.startswith("raise"):
            raise MemoryError
        if entry.path.startswith("slow"):
            time.sleep(0.05)
        return f"{entry.path.upper()} {os.getpid()}"

    def lost(self, entry: Entry, reason: str) -> str:
        return f"lost {entry.path}: {reason}"


def entries(paths: list[str]) -> Iterator[Entry]:
    return (Entry(path) for path in paths)


def run(chosen: Executor, paths: list[str]) -> list[str]:
    return [result.split(" ")[0] for result in chosen.run(Upper(), entries(paths))]


def children() -> list[psutil.Process]:
    return psutil.Process().children(recursive=True)


@pytest.mark.parametrize("chosen", EXECUTORS.values(), ids=EXECUTORS)
@pytest.mark.parametrize("number", [0, 1, FEW - 1, FEW, 333])
def test_results_come_in_order(chosen: Executor, number: int) -> None:
    paths = [f"path{index}" for index in range(number)]
    assert run(chosen, paths) == [path.upper() for path in paths]


def test_order_holds_when_some_are_slow() -> None:
    paths = [f"{'slow' if not index % 32 else 'quick'}{index}" for index in range(500)]
    assert run(Pool(2), paths) == [path.upper() for path in paths]


def test_few_entries_start_no_process() -> None:
    results = list(Pool(2).run(Upper(), entries([f"p{index}" for index in range(FEW - 1)])))
    assert {result.split(" ")[1] for result in results} == {str(os.getpid())}


def test_many_entries_are_shared_out() -> None:
    # Slow enough that one worker cannot do it all before the other has started.
    results = list(Pool(2).run(Upper(), entries([f"slow{index}" for index in range(128)])))
    workers = {result.split(" ")[1] for result in results}
    assert len(workers) == 2
    assert str(os.getpid()) not in workers


@pytest.mark.parametrize("fault", ["die", "exit", "raise"])
def test_entry_that_kills_its_worker_costs_only_itself(fault: str) -> None:
    paths = [f"p{index}" for index in range(200)]
    for index in (0, 70, 71, 199):
        paths[index] = f"{fault}{index}"
    results = list(Pool(2).run(Upper(), entries(paths)))
    lost = [index for index, result in enumerate(results) if result.startswith("lost")]
    assert lost == [0, 70, 71, 199]
    assert results[70].startswith("lost " + paths[70] + ": the process that read it")
    assert [result.split(" ")[0] for index, result in enumerate(results) if index not in lost] == [
        path.upper() for index, path in enumerate(paths) if index not in lost
    ]
    assert not children()


def test_way_of_death_is_told() -> None:
    (result, *_) = Pool(2).run(Upper(), entries(["die"] + ["p"] * 60))
    assert "signal 9" in result
    (result, *_) = Pool(2).run(Upper(), entries(["exit"] + ["p"] * 60))
    assert "status 7" in result


def test_entries_are_taken_only_as_results_are() -> None:
    taken = 0

    def endless() -> Iterator[Entry]:
        nonlocal taken
        while True:
            taken += 1
            yield Entry(f"p{taken}")

    results = Pool(2).run(Upper(), endless())
    for _ in range(1000):
        next(results)
    time.sleep(0.2)
    assert taken < 1000 + 2 * 16 * 32 + 64, "the window between the oldest result and the newest entry"
    results.close()  # type: ignore[attr-defined]
    assert not children()


def test_consumer_that_stops_leaves_no_process_behind() -> None:
    results = Pool(3).run(Upper(), entries([f"slow{index}" for index in range(1000)]))
    assert next(results).startswith("SLOW0")
    assert len(children()) == 3
    results.close()  # type: ignore[attr-defined]
    assert not children()


def test_workers_end_with_the_process_that_started_them(tmp_path: Path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(
        "import os, signal, sys\n"
        f"sys.path[:0] = [{str(Path(__file__).parent)!r}]\n"
        "from test_execute import Upper, entries\n"
        "from dcmlint.execute.pool import Pool\n"
        "results = Pool(2).run(Upper(), entries([f'slow{i}' for i in range(10000)]))\n"
        "next(results)\n"
        "import psutil\n"
        "print(*[child.pid for child in psutil.Process().children()], flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    import subprocess

    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, check=False)
    workers = [int(pid) for pid in done.stdout.split()]
    assert len(workers) == 2
    _, alive = psutil.wait_procs(
        [psutil.Process(pid) for pid in workers if psutil.pid_exists(pid)], timeout=10
    )
    assert not alive


def test_long_paths_do_not_block_the_pipes() -> None:
    paths = [f"{'x' * 4000}{index}" for index in range(400)]
    assert run(Pool(2), paths) == [path.upper() for path in paths]


class Big:
    """Work whose results fill a pipe many times over."""

    def __call__(self, entry: Entry) -> str:
        return entry.path * 200_000

    def lost(self, entry: Entry, reason: str) -> str:
        return reason


def test_large_results_do_not_block_the_pipes() -> None:
    results = Pool(2).run(Big(), entries(["x"] * 200))
    assert sum(len(result) for result in results) == 200 * 200_000


class Heavy:
    """Work whose results are large, but for the first entry, which takes its time."""

    def __call__(self, entry: Entry) -> str:
        if entry.path == "p0":
            time.sleep(1)
        return entry.path.ljust(1000)

    def lost(self, entry: Entry, reason: str) -> str:
        return reason


@pytest.mark.parametrize(("most", "taken"), [(10_000, range(10, 20)), (1 << 30, range(500, 501))])
def test_results_that_wait_weigh_no_more_than_they_may(most: int, taken: range) -> None:
    """With four batches ahead at a worker, which none of them weighs when it is given out."""
    met: list[int] = []

    def all_met() -> Iterator[Entry]:
        for number in range(500):
            met.append(number)
            yield Entry(f"p{number}")

    pace = Pace(few=1, batch=1, ahead=4, window=1000, weigh=len, most_weight=most)
    results = Pool(2, pace).run(Heavy(), all_met())
    first = next(results)
    assert first.rstrip() == "p0" and len(met) in taken
    assert [first, *results] == [f"p{number}".ljust(1000) for number in range(500)]


class Sleepy:
    """Work that never ends for some entries, or does not for the worker that is asked first."""

    def __init__(self, left: Path) -> None:
        self.left = left

    def __call__(self, entry: Entry) -> str:
        if entry.path.startswith("never"):
            time.sleep(1000)
        if entry.path.startswith("once") and self.left.exists():
            self.left.unlink()
            time.sleep(1000)
        return entry.path

    def lost(self, entry: Entry, reason: str) -> str:
        return f"lost {entry.path}: {reason}"


def test_a_worker_that_is_stuck_costs_the_entry_that_it_is_at(tmp_path: Path) -> None:
    paths = [f"p{index}" for index in range(60)]
    paths[7], paths[20], paths[59] = "never7", "once20", "never59"
    (tmp_path / "left").touch()
    pace = Pace(few=1, batch=1, patience_s=lambda entry: 20 if entry.path.startswith("p") else 1)
    start_s = time.monotonic()
    results = list(Pool(2, pace).run(Sleepy(tmp_path / "left"), entries(paths)))
    assert time.monotonic() - start_s < 20
    told = "the process that read it did not answer for 1 s"
    assert [result for result in results if result not in paths] == [
        f"lost never7: {told}",
        f"lost never59: {told}",
    ]
    assert [result for result in results if result in paths] == [
        path for path in paths if not path.startswith("never")
    ]
    assert not (tmp_path / "left").exists() and not children()


def test_executor_for_one_job_needs_no_process() -> None:
    assert isinstance(executor(1), Serial)
    assert isinstance(executor(2), Pool)


def test_available_cpus_is_what_this_process_may_use() -> None:
    assert 1 <= available_cpus() <= (os.cpu_count() or 1)


def linting() -> Work:
    """Return the work of a run whose reports are made in the first process."""
    session = Session()
    return Work(session, Judge(NO_POLICY, session.on), None)


@pytest.mark.parametrize("start", ["fork", "spawn"])
def test_serial_equals_pooled(monkeypatch: pytest.MonkeyPatch, start: str) -> None:
    monkeypatch.setattr("dcmlint.execute.pool.start_method", lambda: start)
    paths = [*Paths().entries(str(CLEAN)), *Paths().entries(str(FAULTY))] * 2
    assert len(paths) >= FEW
    work = linting()
    serial = list(Serial().run(work, paths))
    assert serial == list(Pool(2).run(work, paths))
    assert all(isinstance(outcome.contents[0], FileReport) for outcome in serial)


def test_a_process_with_threads_is_not_forked() -> None:
    """A lock that another thread holds would stay locked in the child."""
    ended = threading.Event()
    alone = start_method()
    assert alone == "fork" or sys.platform != "linux", "tests of pools, too, are to run as users run them"
    other = threading.Thread(target=ended.wait)
    other.start()
    assert start_method() == "spawn"
    ended.set()
    other.join()
    assert start_method() == alone


def test_work_travels_to_spawned_processes() -> None:
    import pickle

    work = linting()
    arrived = pickle.loads(pickle.dumps(work))
    entry = Entry(str(FAULTY / "missing_type_1.dcm"), named=True)
    assert arrived(entry) == work(entry)
