"""Who does the work: this process, or worker processes.

An executor knows entries and a piece of work, nothing of rules or reports. Others than these two come in
by the hook `dcmlint_executors`.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from typing import Any, Protocol, TypeVar

from dcmlint.errors import UsageError
from dcmlint.source import Entry

__all__ = [
    "Executor",
    "Work",
    "available_cpus",
    "executor",
    "in_pool",
    "in_process",
    "is_remote",
    "jobs_of",
]

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

    One that may use other machines has an attribute `is_remote` that is True. Such a run keeps no results
    in the cache, whose database is not made for network file systems, and takes no object from standard
    input.
    """

    def run(self, work: Work[R], entries: Iterable[Entry]) -> Iterator[R]:
        """Yield one result for each entry, in the order of the entries, as a stream.

        What the executor started has ended when the iterator is exhausted or closed. Raises UsageError
        for what the user must mend: a scheduler that cannot be reached.
        """


def in_process(jobs: int = 1) -> Executor:
    """Return the executor that works in this process."""
    from dcmlint.execute.serial import Serial

    return Serial()


def in_pool(jobs: int) -> Executor:
    """Return the executor that works in `jobs` worker processes once there is enough to do."""
    from dcmlint.execute.pool import Pool

    return Pool(jobs)


def executor(jobs: int, name: str = "", scheduler: str = "") -> Executor:
    """Return the executor of this name; without one, that for a number of jobs: 1 needs no other process.

    `scheduler` is the address for executors that have a scheduler. Raises UsageError if there is no
    such executor, or if it takes no address.
    """
    from dcmlint.plugins import named

    factories = named("dcmlint_executors")
    name = name or ("serial" if jobs == 1 else "pool")
    if name not in factories:
        hint = f"Known: {', '.join(factories)}. Others come with plugins (dcmlint-{name}?)."
        raise UsageError(f"Unknown executor: {name}", hint)
    factory = factories[name]
    options = {"scheduler": scheduler} if scheduler else {}
    if options and not _takes_scheduler(factory):
        raise UsageError(f"The executor {name} has no scheduler.", "Leave --scheduler out.")
    chosen: Executor = factory(jobs, **options)
    return chosen


def _takes_scheduler(factory: Any) -> bool:
    from inspect import signature

    return "scheduler" in signature(factory).parameters


def is_remote(chosen: Executor) -> bool:
    """Tell whether the work may be done on other machines."""
    return bool(getattr(chosen, "is_remote", False))


def jobs_of(text: str, setting: int | None = None) -> int:
    """Return the number of processes that --jobs asks for; "" is the setting's, else one for each processor.

    Raises UsageError for what is no such number.
    """
    if not text:
        return setting or available_cpus()
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= 1024):
        raise UsageError(f"--jobs takes a number from 1 to 1024, not {text}")
    return int(text)


def available_cpus() -> int:
    """Return the number of processors that this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:
        return os.cpu_count() or 1
