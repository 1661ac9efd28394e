"""Work in forked or spawned worker processes, in batches, with results in the order of the entries.

The pool is its own, not `concurrent.futures`: there one dead worker breaks the whole pool, and here a file
that kills the process reading it (a mapped file on a failing disk, a lack of memory) must cost that
file only. Each worker has a pipe; it is given the next batch before it asks, and no worker runs ahead
of the oldest result by more than a window, so memory stays flat. How much is given out at a time, and how
long a worker may be silent, is a `Pace`.
"""

from __future__ import annotations

import os
import sys
from collections import deque
from collections.abc import Generator, Iterable, Iterator
from contextlib import suppress
from itertools import chain, islice
from math import inf
from time import monotonic
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from dcmlint.execute.pace import Pace
from dcmlint.execute.serial import Serial
from dcmlint.processes import start_method
from dcmlint.signals import both_held, end_with_parent, left_to_parent
from dcmlint.source import Entry, is_held

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    from dcmlint.execute import Work
from dcmlint.execute.sweep import sweep, sweeping

__all__ = ["Pool"]

R = TypeVar("R")

_ROOM = 1 << 20
"""Bytes that may be sent before they are read, as far as the system lets us: answers, so that a worker need
not wait for each to be taken, and the batches that it is given meanwhile."""

Batch = tuple[Entry, ...]


class Pool:
    """Runs work in `jobs` processes; with fewer than `pace.few` entries, in this one."""

    def __init__(self, jobs: int, pace: Pace = Pace()) -> None:  # noqa: B008 - it is immutable
        self.jobs = jobs
        self.pace = pace

    def run(self, work: Work[R], entries: Iterable[Entry]) -> Generator[R, None, None]:
        """Yield one result for each entry, in their order.

        An entry whose worker died, or was ended because it was silent for too long, is tried once more in a
        worker of its own, then given up as `work.lost` says.
        """
        remaining, few = iter(entries), self.pace.few
        while True:
            first: list[Entry] = []
            for entry in islice(remaining, few):
                first.append(entry)
                if is_held(entry):
                    break
            if len(first) == few and not is_held(first[-1]):
                break
            yield from Serial().run(work, first)
            if not first or not is_held(first[-1]):
                return
        yield from _Run(work, self.jobs, self.pace).results(_batches(chain(first, remaining), self.pace))


def _batches(entries: Iterable[Entry], pace: Pace) -> Iterator[Batch]:
    """Yield entries in batches, each one that is held by itself and before the next is asked for."""
    batch: list[Entry] = []
    characters = 0
    for entry in entries:
        if is_held(entry):
            if batch:
                yield tuple(batch)
                batch, characters = [], 0
            yield (entry,)
            continue
        batch.append(entry)
        characters += len(entry.path) + len(entry.problem)
        if len(batch) == pace.batch or characters > pace.characters:
            yield tuple(batch)
            batch, characters = [], 0
    if batch:
        yield tuple(batch)


class _Worker:
    """A worker process, its end of the pipe, the batches that it has not answered, and since when it has
    the first of them to itself, as far as is known."""

    def __init__(self, work: Work[Any], others: Iterable[_Worker], *, is_bound: bool) -> None:
        import multiprocessing
        from multiprocessing.util import Finalize

        start = start_method()
        context: Any = multiprocessing.get_context(start)
        self.pipe, theirs = context.Pipe()
        _widen(self.pipe)
        _widen(theirs)
        foreign = [self.pipe, *(each.pipe for each in others)] if start == "fork" else []
        self.process = context.Process(target=_serve, args=(theirs, foreign, work, is_bound), daemon=True)
        with both_held():
            self.process.start()
        theirs.close()
        # Should nobody end it: at its exit, Python ends processes by a signal that this one ignores.
        self._at_exit = Finalize(None, self.process.kill, exitpriority=0)
        self.given: deque[tuple[int, Batch]] = deque()
        self.since_s = 0.0

    def give(self, number: int, batch: Batch) -> None:
        """Send a batch; a worker that is dead already is found out when its answer is read."""
        if not self.given:
            self.since_s = monotonic()
        self.given.append((number, batch))
        with suppress(OSError):
            self.pipe.send(batch)

    def answer(self) -> tuple[int, Any]:
        """Return the next batch's number and results; raises EOFError or OSError if the worker is dead."""
        results = self.pipe.recv()
        self.since_s = monotonic()
        return self.given.popleft()[0], results

    def left_s(self, pace: Pace) -> float:
        """Return for how many seconds it may still be silent."""
        if pace.patience_s is None or not self.given:
            return inf
        return self.since_s + sum(map(pace.patience_s, self.given[0][1])) - monotonic()

    def end(self) -> str:
        """Wait until the process has ended and tell how."""
        self._at_exit.cancel()
        self.pipe.close()
        self.process.join(timeout=5)
        if self.process.is_alive():
            self.process.kill()
            self.process.join()
        code = self.process.exitcode or 0
        what = f"was ended by signal {-code}" if code < 0 else f"ended with status {code}"
        return f"the process that read it {what}"


class _Run(Generic[R]):
    """One run of a pool: which batches are out, and which results wait for older ones."""

    def __init__(self, work: Work[R], jobs: int, pace: Pace) -> None:
        self.work = work
        self.jobs = jobs
        self.pace = pace
        self.workers: list[_Worker] = []
        self.spare: _Worker | None = None
        self.done: dict[int, list[R]] = {}
        self.waiting = 0
        """What the results in `done` weigh."""
        self.oldest = 0
        """Number of the batch whose results come next."""
        self.next = 0
        """Number of the batch to give out next."""

    def results(self, batches: Iterator[Batch]) -> Iterator[R]:
        """Yield the results of all batches in order."""
        try:
            for _ in range(self.jobs):
                self.workers.append(self._start())
            while self._give_out(batches) or self.oldest < self.next:
                while self.oldest in self.done:
                    results = self.done.pop(self.oldest)
                    self.waiting -= self.pace.weight(results)
                    yield from results
                    self.oldest += 1
                self._collect()
        finally:
            self._stop()

    def _start(self) -> _Worker:
        return _Worker(self.work, self.workers, is_bound=self.pace.is_bound)

    def _give_out(self, batches: Iterator[Batch]) -> bool:
        """Give batches to workers until all have enough; return whether there may be more."""
        pace = self.pace
        while self.next - self.oldest < pace.window * self.jobs and self.waiting < pace.most_weight:
            worker = min(self.workers, key=lambda each: len(each.given))
            if len(worker.given) == pace.ahead:
                return True
            batch = next(batches, None)
            if batch is None:
                return False
            if is_held(batch[0]):
                self._keep(self.next, [_done(self.work, batch[0])])
                batch = ()
            else:
                worker.give(self.next, batch)
            self.next += 1
        return True

    def _collect(self) -> None:
        """Wait for answers, if any are due, and put them into `done`."""
        from multiprocessing.connection import wait

        busy: dict[Any, _Worker] = {worker.pipe: worker for worker in self.workers if worker.given}
        if not busy:
            return
        silent = min(busy.values(), key=lambda worker: worker.left_s(self.pace))
        ready = wait(list(busy), _bounded(silent.left_s(self.pace)))
        for pipe in ready:
            self._take(busy[pipe])
        if not ready and silent.left_s(self.pace) <= 0:
            silent.process.kill()
            self._replace(silent)

    def _take(self, worker: _Worker) -> None:
        try:
            number, results = worker.answer()
        except (EOFError, OSError):
            self._replace(worker)
        else:
            self._keep(number, results)

    def _keep(self, number: int, results: list[R]) -> None:
        self.done[number] = results
        self.waiting += self.pace.weight(results)

    def _replace(self, dead: _Worker) -> None:
        """Do what a dead worker left undone, one entry at a time, and put a new worker in its place."""
        dead.end()
        self.workers.remove(dead)
        for number, batch in dead.given:
            self._keep(number, [self._alone(entry) for entry in batch])
        self.workers.append(self._start())

    def _alone(self, entry: Entry) -> R:
        """Return the result for one entry from a worker that does nothing else meanwhile."""
        worker = self.spare = self.spare or self._start()
        worker.give(0, (entry,))
        left_s = worker.left_s(self.pace)
        try:
            if not worker.pipe.poll(_bounded(left_s)):
                worker.process.kill()
                self.spare = None
                worker.end()
                return self.work.lost(entry, f"the process that read it did not answer for {left_s:.0f} s")
            result: R = worker.answer()[1][0]
        except (EOFError, OSError):
            self.spare = None
            return self.work.lost(entry, worker.end())
        return result

    def _stop(self) -> None:
        for worker in filter(None, (*self.workers, self.spare)):
            worker.process.kill()
            worker.end()


def _bounded(seconds: float) -> float | None:
    """Return a time to wait as the system takes it: None for ever."""
    return None if seconds == inf else max(seconds, 0.0)


def _widen(pipe: Connection) -> None:
    """Give the sending end of a pipe room."""
    import socket

    if sys.platform == "win32":
        return
    with suppress(OSError), socket.socket(fileno=os.dup(pipe.fileno())) as end:
        end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _ROOM)


def _done(work: Work[Any], entry: Entry) -> Any:
    result = work(entry)
    sweep()
    return result


def _serve(pipe: Connection, foreign: list[Connection], work: Work[Any], is_bound: bool) -> None:
    """Answer batches until the pipe is closed. Runs in the worker process."""
    left_to_parent()
    if is_bound:
        end_with_parent()
    for each in foreign:
        each.close()
    try:
        with sweeping():
            while True:
                pipe.send([_done(work, entry) for entry in pipe.recv()])
    except (EOFError, OSError):
        return
    except BaseException:  # what cannot be sent, or a lack of memory: the pool tries entry by entry
        raise SystemExit(1) from None
