"""Answers in order, some of them asked for ahead."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future
from typing import TypeVar

__all__ = ["ahead"]

R = TypeVar("R")


def ahead(threads: Executor, calls: Iterable[Callable[[], R]], most: int) -> Iterator[R]:
    """Yield what each call returns, in order, while up to `most` of the next ones are under way.

    What a call raises is raised when its turn comes.
    """
    pending: deque[Future[R]] = deque()
    remaining = iter(calls)
    while True:
        while len(pending) <= most and (call := next(remaining, None)) is not None:
            pending.append(threads.submit(call))
        if not pending:
            return
        yield pending.popleft().result()
