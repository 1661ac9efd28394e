"""Who does the work: this process, or worker processes.

An executor knows entries and a piece of work, nothing of rules or reports.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from typing import Protocol, TypeVar

from dcmlint.source import Entry

__all__ = ["Executor", "Work", "available_cpus", "executor", "in_pool", "in_process"]

R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)


class Work(Protocol[R_co]):
    """What to do with each entry. The result, and the work itself where processes cannot be forked,
    must be picklable."""

    def __call__(self, entry: Entry) -> R_co:
        """Return the result for one entry; never raises."""

    def lost(self, entry: Entry, reason: str) -> R_co:
        """Return the result for an entry on which the process that worked on it died."""


class Executor(Protocol):
    """A way to get work done.

    An entry that `is_held` carries its content: it is worked on in the process that iterates over the
    entries, before the next one is asked for. Otherwise contents would pile up, and cross to other processes.
    """

    def run(self, work: Work[R], entries: Iterable[Entry]) -> Iterator[R]:
        """Yield one result for each entry, in the order of the entries, as a stream."""


def in_process(jobs: int = 1) -> Executor:
    """Return the executor that works in this process."""
    from dcmlint.execute.serial import Serial

    return Serial()


def in_pool(jobs: int) -> Executor:
    """Return the executor that works in `jobs` worker processes once there is enough to do."""
    from dcmlint.execute.pool import Pool

    return Pool(jobs)


def executor(jobs: int) -> Executor:
    """Return the executor for a number of jobs: 1 needs no other process."""
    from dcmlint.plugins import named

    factory = named("dcmlint_executors")["serial" if jobs == 1 else "pool"]
    chosen: Executor = factory(jobs)
    return chosen


def available_cpus() -> int:
    """Return the number of processors that this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:
        return os.cpu_count() or 1
