"""Signals that end `dcmlint check`: no traceback, no process left, reports complete or as they were."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
from command_line import CT

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")

ENDINGS = [(signal.SIGINT, 130, "interrupted"), (signal.SIGTERM, 143, "terminated")]
ALONE: Callable[[int, int], None] = os.kill
GROUP: Callable[[int, int], None] = os.killpg
"""As a terminal does it for Ctrl-C, and systemd when it stops a service."""


@pytest.fixture
def report(tmp_path: Path) -> Path:
    folder = tmp_path / "reports"
    folder.mkdir()
    report = folder / "report.json"
    report.write_text("as it was")
    return report


@contextmanager
def running(report: Path, jobs: int, *options: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run a check that goes on for a minute or more, and come here when it has begun."""
    listed = report.parent.parent / "list"
    listed.write_text(f"{CT}\n" * 100_000)
    command = [sys.executable, "-m", "dcmlint", "check", "-", "--isolated", "--jobs", str(jobs)]
    with listed.open("rb") as stdin:
        process = subprocess.Popen(
            [*command, "--format", f"json:{report}", *(options or ("--no-cache",))],
            stdin=stdin,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
    try:
        until(lambda: any(report.parent.glob(".*.part")) or process.poll() is not None)
        yield process
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def until(condition: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.005)


def workers_of(process: subprocess.Popen[bytes], jobs: int) -> list[psutil.Process]:
    first = psutil.Process(process.pid)
    until(lambda: len(first.children()) == (0 if jobs == 1 else jobs))
    return first.children()


def ended(process: subprocess.Popen[bytes]) -> tuple[int, list[str]]:
    _, err = process.communicate(timeout=30)
    return process.returncode, err.decode().splitlines()


@pytest.mark.parametrize("send", [ALONE, GROUP], ids=["process", "group"])
@pytest.mark.parametrize(("number", "status", "word"), ENDINGS, ids=lambda each: str(each))
@pytest.mark.parametrize("jobs", [1, 2])
def test_a_signal_ends_a_check_in_order(
    report: Path, jobs: int, number: int, status: int, word: str, send: Callable[[int, int], None]
) -> None:
    with running(report, jobs) as process:
        workers = workers_of(process, jobs)
        time.sleep(0.2)
        send(process.pid, number)
        assert ended(process) == (status, [f"dcmlint: error: {word}"])
    _, alive = psutil.wait_procs(workers, timeout=10)
    assert not alive
    assert list(report.parent.iterdir()) == [report]
    assert report.read_text() == "as it was"


@pytest.mark.parametrize("jobs", [1, 2])
def test_signals_that_come_again_and_again_do_not_disturb(report: Path, jobs: int) -> None:
    with running(report, jobs) as process:
        workers = workers_of(process, jobs)
        for _ in range(20):
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGTERM)
        assert ended(process) == (143, ["dcmlint: error: terminated"])
    assert not psutil.wait_procs(workers, timeout=10)[1]
    assert list(report.parent.iterdir()) == [report]


def test_a_signal_while_workers_start(report: Path) -> None:
    """They have no moment in which a signal to the group makes them write a traceback."""
    for delay_ms in (0, 10, 20, 30):
        with running(report, 8) as process:
            time.sleep(delay_ms / 1000)
            os.killpg(process.pid, signal.SIGINT)
            assert ended(process) == (130, ["dcmlint: error: interrupted"])
        assert list(report.parent.iterdir()) == [report]


@pytest.mark.parametrize("jobs", [1, 2])
def test_the_cache_survives(report: Path, tmp_path: Path, jobs: int) -> None:
    cache = ("--cache-dir", str(tmp_path / "cache"))
    for _ in range(2):
        with running(report, jobs, *cache) as process:
            time.sleep(0.1)
            os.kill(process.pid, signal.SIGTERM)
            assert ended(process) == (143, ["dcmlint: error: terminated"])
    command = [sys.executable, "-m", "dcmlint", "check", "--isolated", *cache, *[str(CT)] * 60]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0 and not done.stderr


def test_sighup_that_was_ignored_stays_so(report: Path) -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)  # as nohup does
    try:
        with running(report, 1) as process:
            os.kill(process.pid, signal.SIGHUP)
            time.sleep(0.3)
            assert process.poll() is None
    finally:
        signal.signal(signal.SIGHUP, before)


def test_an_abandoned_pool_does_not_keep_its_process(tmp_path: Path) -> None:
    """Workers ignore the signal by which Python ends what is left at its exit."""
    script = tmp_path / "abandon.py"
    script.write_text(
        "import builtins, sys\n"
        f"sys.path[:0] = [{str(Path(__file__).parent)!r}]\n"
        "from test_execute import Upper, entries\n"
        "from dcmlint.execute.pool import Pool\n"
        "builtins.kept = Pool(2).run(Upper(), entries([f'slow{i}' for i in range(10000)]))\n"
        "next(builtins.kept)\n"
    )
    subprocess.run([sys.executable, str(script)], timeout=30, check=True)
