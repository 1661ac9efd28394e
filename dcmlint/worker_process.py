"""A process of its own for foreign bytes, with bounds on its memory and on how long an answer takes.

Libraries in C may crash, hang or take all memory on damaged bytes, and none of that may reach the run.
"""

from __future__ import annotations

import atexit
import os
import subprocess
import sys
import threading
import warnings
from typing import Any, BinaryIO, NamedTuple

__all__ = ["WorkerProcess", "serving"]


class _Started(NamedTuple):
    """A process, and the one that started it: a fork must not use its pipes."""

    owner: int
    process: subprocess.Popen[bytes]


class WorkerProcess:
    """Runs a module that calls `serving`, and asks it; the process starts when it is first asked."""

    def __init__(self, module: str, *, memory_mb: int, seconds: float) -> None:
        self._arguments = ["-m", module, str(memory_mb)]
        self._seconds = seconds
        self._started: _Started | None = None

    @property
    def is_running(self) -> bool:
        """Whether it was asked and has not been ended."""
        return self._started is not None

    def ask(self, *request: Any) -> str:
        """Write the bytes of a request and return the line that answers it: see `line`."""
        process = self._process()
        assert process.stdin is not None
        try:
            for part in request:
                process.stdin.write(part)
            process.stdin.flush()
        except OSError:
            self.close()
            return "died"
        return self.line()

    def line(self) -> str:
        """Return the next line of an answer, "died" or "late" if there is none; the process is ended then."""
        process = self._process()
        assert process.stdout is not None
        timer = threading.Timer(self._seconds, process.kill)
        timer.start()
        line = process.stdout.readline()
        late = not timer.is_alive() or timer.finished.is_set()
        timer.cancel()
        if not line:
            self.close()
            return "late" if late else "died"
        return line.decode("ascii", "replace").strip()

    def content(self, size: int) -> bytes:
        """Return the bytes that follow a line; fewer if the process ends before."""
        process = self._process()
        assert process.stdout is not None
        return process.stdout.read(size)

    def _process(self) -> subprocess.Popen[bytes]:
        started = self._started
        if started is None or started.owner != os.getpid():
            # One thread: each takes address space of its own.
            environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
            command = [sys.executable, *self._arguments]
            process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment
            )
            started = self._started = _Started(os.getpid(), process)
            atexit.register(self.close)
        return started.process

    def close(self) -> None:
        """End the process, if this process started it."""
        started, self._started = self._started, None
        if started is None or started.owner != os.getpid():
            return
        atexit.unregister(self.close)
        started.process.kill()
        started.process.wait()
        for pipe in (started.process.stdin, started.process.stdout):
            if pipe is not None:
                try:
                    pipe.close()
                except OSError:
                    continue


def serving() -> tuple[BinaryIO, BinaryIO]:
    """Return where requests come from and where answers go, in a process that a WorkerProcess has started.

    From then on its memory is bounded, and what libraries write to standard output and error is thrown away,
    since it may hold values.
    """
    requests, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    silent = os.open(os.devnull, os.O_WRONLY)
    for standard in (1, 2):
        os.dup2(silent, standard)
    _limit(int(sys.argv[1]))
    _quiet()
    return requests, answers


def _limit(megabytes: int) -> None:
    """Bound the memory of this process, where the system can."""
    try:
        import resource
    except ImportError:  # Windows
        return
    size = megabytes << 20
    resource.setrlimit(resource.RLIMIT_AS, (size, size))


def _quiet() -> None:
    import logging

    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
