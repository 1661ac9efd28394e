"""Connecting to a Dask cluster, and whether it can do the work."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

from dcmlint import UsageError
from dcmlint.environment import environment
from dcmlint.execute import Work
from dcmlint.source import Entry
from dcmlint_dask.serve import differing

__all__ = ["Dask", "connected"]

R = TypeVar("R")


class Dask:
    """Runs work in the workers of a Dask cluster."""

    is_remote = True

    def __init__(self, client: Any) -> None:
        self._client = client

    def run(self, work: Work[R], entries: Iterable[Entry]) -> Iterator[R]:
        """Yield one result for each entry, in their order; the client is closed at the end.

        Raises UsageError if the cluster is lost, or if it cannot do the work.
        """
        from dcmlint_dask.running import Running

        try:
            yield from Running(self._client, work).results(entries)
        finally:
            self._client.close()


def connected(scheduler: str) -> Dask:
    """Return the executor for the cluster with this scheduler: its address, or a scheduler file (*.json).

    "" is the address that Dask's own configuration names. Raises UsageError if the scheduler cannot be
    reached, or if a worker that is there has other versions than this process.
    """
    client = _client(scheduler)
    try:
        _require_same(client)
    except BaseException:
        client.close()
        raise
    return Dask(client)


def _client(scheduler: str) -> Any:
    import dask
    import distributed

    connect: Any = distributed.Client
    address = scheduler or dask.config.get("scheduler-address", "") or ""
    if not address:
        raise UsageError(
            "The executor dask needs the address of a scheduler.",
            "--scheduler tcp://host:8786 (or DASK_SCHEDULER_ADDRESS)",
        )
    place: dict[str, Any] = {"scheduler_file" if address.endswith(".json") else "address": address}
    try:
        return connect(**place, set_as_default=False, name="dcmlint")
    except (OSError, ValueError, TypeError, RuntimeError) as error:
        raise UsageError(
            f"The Dask scheduler {address} cannot be reached ({type(error).__name__}).",
            "Is it running, at this address, with the same kind of connection (tcp:// or tls://)?",
        ) from error


def _require_same(client: Any) -> None:
    """Raise UsageError if there is a worker whose versions differ from those here."""
    here = environment()
    answers: dict[str, Any] = client.run(environment, on_error="return")
    for worker, there in sorted(answers.items()):
        if isinstance(there, BaseException):
            what = f"cannot say its versions ({type(there).__name__}): is dcmlint installed there?"
        elif what := differing(here, there):
            what = f"has other versions than this machine: {what}"
        if what:
            raise UsageError(
                f"The Dask worker {worker} {what}", "Install the same versions on client and workers."
            )
    if not answers:
        note(f"the Dask scheduler {client.scheduler.address} has no workers yet: waiting for them")


def note(text: str) -> None:
    """Say something to the user that changes nothing of the result."""
    print(f"dcmlint: note: {text}", file=sys.stderr, flush=True)
