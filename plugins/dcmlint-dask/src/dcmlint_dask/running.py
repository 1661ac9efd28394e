"""One run on a Dask cluster: which batches are out, and which results wait for older ones.

Which worker does what, and again if one is lost, is Dask's business. Here are the order of the results, a
bound on what is out, and what becomes of a batch on which workers die again and again.
"""

from __future__ import annotations

import pickle
import time
import uuid
from collections.abc import Iterable, Iterator
from concurrent.futures import CancelledError
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any, Generic, NamedTuple, NoReturn, TypeVar

from dcmlint import UsageError
from dcmlint.environment import environment
from dcmlint.execute import Work
from dcmlint.source import Entry, is_held
from dcmlint_dask.cluster import note
from dcmlint_dask.serve import Answer, Batch, Parcel, held, readable, serve, serve_apart, sight_of

__all__ = ["BATCH", "Running"]

R = TypeVar("R")

BATCH = 64
"""Entries in a batch."""

_AHEAD = 3
"""Batches out for each worker: one to do, and two that are on their way there or back."""

_WINDOW = 16
"""Batches for each worker between the oldest result that is missing and the newest batch given out."""

_TICK_S = 1.0
"""Seconds after which the number of workers is asked for again."""

_SETTLED_S = 60
"""Seconds since its last change after which a file is the same on every machine that shares it."""


class _Out(NamedTuple):
    """A batch that is out: `apart` is whether its entries are in processes of their own."""

    number: int
    batch: Batch
    apart: bool


class Running(Generic[R]):
    """One run of the executor."""

    def __init__(self, client: Any, work: Work[R]) -> None:
        self._client = client
        self._work = work
        name = uuid.uuid4().hex
        parcel = Parcel(name, dict(environment()), str(Path.cwd()), pickle.dumps(work))
        self._parcel = client.submit(held, parcel, key=f"dcmlint-work-{name}", pure=False)
        self._name = name
        self._out: dict[Any, _Out] = {}
        self._done: dict[int, list[R]] = {}
        self._oldest = 0
        self._next = 0
        self._workers = 1
        self._asked = 0.0
        self._warned: set[str] = set()
        self._trusted: set[str] = set()
        """Workers that could read a file."""
        self._alone_since = time.monotonic()

    def results(self, entries: Iterable[Entry]) -> Iterator[R]:
        """Yield the results of all entries in order."""
        remaining = iter(entries)
        try:
            while self._give_out(remaining) or self._oldest < self._next:
                while self._oldest in self._done:
                    yield from self._done.pop(self._oldest)
                    self._oldest += 1
                self._collect()
        finally:
            self._client.cancel([*self._out, self._parcel])

    def _give_out(self, entries: Iterator[Entry]) -> bool:
        """Give out batches until enough are; return whether there may be more."""
        self._count_workers()
        while len(self._out) < _AHEAD * self._workers and self._next - self._oldest < _WINDOW * self._workers:
            batch, kept = _batch(entries)
            if batch:
                self._give(_Out(self._next, batch, False))
                self._next += 1
            if kept is not None:
                self._done[self._next] = [self._work(kept)]
                self._next += 1
            elif not batch:
                return False
        return True

    def _give(self, out: _Out) -> None:
        key = f"dcmlint-{'apart' if out.apart else 'batch'}-{self._name}-{out.number}"
        task = serve_apart if out.apart else serve
        with _asking():
            future = self._client.submit(task, self._parcel, out.batch, key=key, pure=False)
        self._out[future] = out

    def _count_workers(self) -> None:
        """Ask how many workers there are; raises UsageError if there were none for too long."""
        import dask

        now = time.monotonic()
        if now - self._asked < _TICK_S:
            return
        self._asked = now
        with _asking():
            number = len(self._client.nthreads())
        if number:
            self._alone_since = now
        patience_s = float(dask.config.get("dcmlint.no-workers-timeout-s", 3600))
        if now - self._alone_since > patience_s:
            raise UsageError(
                f"The Dask cluster had no workers for {patience_s:.0f} s.",
                "Start workers, or set DASK_DCMLINT__NO_WORKERS_TIMEOUT_S to wait longer.",
            )
        self._workers = max(1, number)

    def _collect(self) -> None:
        """Wait for batches that are done, if any are out, and take what came of them."""
        import distributed

        wait: Any = distributed.wait

        if not self._out:
            return
        try:
            with _asking(), self._client.as_current():
                done, _ = wait(list(self._out), timeout=_TICK_S, return_when="FIRST_COMPLETED")
        except TimeoutError:
            return
        for future in done:
            out = self._out.pop(future)
            answer = self._answer(future, out)
            if answer is not None:
                self._done[out.number] = self._results(answer, out)

    def _answer(self, future: Any, out: _Out) -> Answer | None:
        """Return what came of a batch, None if it is given out once more."""
        from distributed.scheduler import KilledWorker

        try:
            with _asking(KilledWorker):
                answer: Answer = future.result()
        except KilledWorker:
            if out.apart:
                reason = "the Dask workers that read it died"
                return Answer("", (None,) * len(out.batch), dict.fromkeys(range(len(out.batch)), reason))
            self._give(out._replace(apart=True))
            return None
        if answer.failed:
            self._give(out._replace(apart=True))
            return None
        if answer.refused:
            _refuse(f"The Dask worker {answer.worker} cannot do it: {answer.refused}")
        return answer

    def _results(self, answer: Answer, out: _Out) -> list[R]:
        """Return the results of a batch; those that only this machine can come to are from here."""
        results: list[Any] = list(answer.results)
        for number, reason in answer.lost.items():
            results[number] = self._work.lost(out.batch[number], reason)
        self._compare_sight(answer, out.batch)
        hidden = [number for number in answer.unseen if readable(out.batch[number])]
        if len(hidden) < len(out.batch):
            self._trusted.add(answer.worker)
        if hidden:
            self._complain(answer.worker, out.batch[hidden[0]])
        for number in hidden:
            results[number] = self._work(out.batch[number])
        return results

    def _complain(self, worker: str, entry: Entry) -> None:
        """Say that a worker cannot read a file; raises UsageError if it could not read any so far."""
        if worker in self._warned:
            return
        text = f"the Dask worker {worker} cannot read {entry.path}, which this machine can"
        if worker not in self._trusted:
            _refuse(f"{text[0].upper()}{text[1:]}.")
        self._warned.add(worker)
        note(f"{text}; it is read here")

    def _compare_sight(self, answer: Answer, batch: Batch) -> None:
        """Raise UsageError if the worker has another file than this machine under the same path."""
        first = next((entry for entry in batch if entry.scheme == "file"), None)
        if answer.sight is None or first is None:
            return
        here = sight_of(first)
        if here is None or here == answer.sight or time.time() - here[1] < _SETTLED_S:
            return
        _refuse(f"The Dask worker {answer.worker} has another file than this machine at {first.path}.")


def _batch(entries: Iterator[Entry]) -> tuple[Batch, Entry | None]:
    """Return the next batch, and the entry behind it if that is held: it is worked on here, at once."""
    batch = []
    for entry in islice(entries, BATCH):
        if is_held(entry):
            return tuple(batch), entry
        batch.append(entry)
    return tuple(batch), None


@contextmanager
def _asking(*expected: Any) -> Iterator[None]:
    """Turn what Dask raises, besides what is expected, into a UsageError: without it nothing can be done."""
    try:
        yield
    except (TimeoutError, *expected):
        raise
    except (Exception, CancelledError) as error:
        raise UsageError(
            f"The Dask cluster failed or was lost ({type(error).__name__}).",
            "Its logs tell why. dcmlint and dcmlint-dask must be installed with the scheduler too.",
        ) from error


def _refuse(message: str) -> NoReturn:
    raise UsageError(message, "All machines need the same files at the same paths and the same installation.")
