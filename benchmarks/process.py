"""Run a command to its end and say what it cost: CPU, wall, peak RSS of each of its processes."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

__all__ = ["Cost", "dcmlint_command", "high_water_mb", "reset_high_water", "run", "run_watched"]


class Cost(NamedTuple):
    """CPU seconds (user and system, children included), wall seconds, peak RSS in MB by process."""

    cpu_s: float
    wall_s: float
    peaks_mb: tuple[float, ...] = ()
    status: int = 0


def dcmlint_command() -> list[str]:
    """Return the command that a user starts: the console script beside this interpreter."""
    script = Path(sys.executable).parent / "dcmlint"
    return [str(script)] if script.exists() else [sys.executable, "-m", "dcmlint"]


def run(command: Sequence[str], env: Mapping[str, str] | None = None) -> Cost:
    """Run a command with its output thrown away; return its cost."""
    start = time.perf_counter()
    process = subprocess.Popen(
        command,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        close_fds=False,
        env=None if env is None else {**os.environ, **env},
    )
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    wall = time.perf_counter() - start
    return Cost(usage.ru_utime + usage.ru_stime, wall, (), os.waitstatus_to_exitcode(status))


def run_watched(command: Sequence[str]) -> Cost:
    """Run a command and watch the high-water RSS of it and of every descendant process.

    Looked up 50 times a second; what a process adds in its last 20 ms is not seen.
    """
    import psutil

    peaks: dict[int, float] = {}
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    root = psutil.Process(process.pid)
    done = threading.Event()

    def watch() -> None:
        while not done.wait(0.02):
            try:
                family = [root, *root.children(recursive=True)]
            except psutil.Error:
                return
            for member in family:
                peak = high_water_mb(str(member.pid))
                peaks[member.pid] = max(peak, peaks.get(member.pid, 0.0))

    start = time.perf_counter()
    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    wall = time.perf_counter() - start
    done.set()
    watcher.join()
    # Not ru_maxrss: a process inherits that of its parent when it is started.
    return Cost(
        usage.ru_utime + usage.ru_stime,
        wall,
        tuple(sorted(peaks.values(), reverse=True)),
        os.waitstatus_to_exitcode(status),
    )


def high_water_mb(pid: str = "self") -> float:
    """Return the peak RSS of a process, 0 where the system does not tell."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0.0
    for line in lines:
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return 0.0


def reset_high_water() -> float:
    """Set the peak RSS of this process back to what it uses now, where the system can; return it."""
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        return high_water_mb()
    return high_water_mb()
