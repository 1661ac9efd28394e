"""Signals that ask a run to end: it ends like after Ctrl-C, so that what it has begun is put in order."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

__all__ = ["TerminatedError", "both_held", "end_with_parent", "ending_by_signal", "left_to_parent"]

_NAMES = ("SIGTERM", "SIGHUP")

_PR_SET_PDEATHSIG = 1
"""Of prctl(2), from linux/prctl.h."""


class TerminatedError(KeyboardInterrupt):
    """The process was asked to end; `number` is that of the signal."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number

    @property
    def status(self) -> int:
        """The exit status of a process that a signal ended, as shells tell it."""
        return 128 + self.number


@contextmanager
def ending_by_signal() -> Iterator[None]:
    """Make SIGTERM and SIGHUP raise TerminatedError in the main thread while the block runs.

    Only the first does: those after it must not disturb the putting in order. One that was ignored before
    (nohup) stays so.
    """
    numbers = [getattr(signal, name) for name in _NAMES if hasattr(signal, name)]
    taken = [number for number in numbers if signal.getsignal(number) == signal.SIG_DFL]

    def end(number: int, _: Any) -> None:
        for each in taken:
            signal.signal(each, signal.SIG_IGN)
        raise TerminatedError(number)

    for number in taken:
        signal.signal(number, end)
    try:
        yield
    finally:
        for number in taken:
            signal.signal(number, signal.SIG_DFL)


@contextmanager
def both_held() -> Iterator[None]:
    """Keep SIGINT and SIGTERM back while the block starts a process: it must not get them before it has said
    what they mean to it. It starts with both held."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGINT, signal.SIGTERM))
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def left_to_parent() -> None:
    """Ignore in a worker process what ends the run: terminals and service managers send it to every process,
    and it is the first one that ends the others."""
    for name in ("SIGINT", *_NAMES):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, (signal.SIGINT, signal.SIGTERM))


def end_with_parent() -> None:
    """Have Linux kill this worker process as soon as the thread that started it has ended, whatever it does
    then; elsewhere nothing changes."""
    from multiprocessing import parent_process

    parent = parent_process()
    if sys.platform != "linux" or parent is None:
        return
    with suppress(ImportError, OSError, AttributeError):
        import ctypes

        number, *none = map(ctypes.c_ulong, (signal.SIGKILL, 0, 0, 0))
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, number, *none)
    if os.getppid() != parent.pid:  # it ended before it could be asked for
        os._exit(1)
