"""How a pool gives out its entries: how many at a time, how far ahead, and how long it waits for them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from dcmlint.source import Entry

__all__ = ["FEW", "Pace"]

FEW = 50
"""Entries below which starting processes costs more than it saves."""


class Pace(NamedTuple):
    """What suits much small work, unless it says otherwise.

    With fewer than `few` entries no process is started; `few` is at least 1. A batch has at most `batch`
    entries and about `characters` of paths, and a worker is given `ahead` batches at a time: enough to do
    while the first process does something with results, such as writing them to a store, and so little that
    they always fit in a pipe's buffer. Fewer than `window` batches for each worker lie between the oldest
    result that is missing and the newest batch given out, and none is given out while the results that wait
    for older ones weigh `most_weight` by `weigh`. A worker that is silent for longer than the `patience_s` of
    its batch's entries together, in seconds, is taken for stuck and ended; None waits for ever. One that is
    stuck would outlive a first process that is killed: where `is_bound`, it ends with the thread that started
    it, which is to stay until all results are there.
    """

    few: int = FEW
    batch: int = 32
    characters: int = 5_000
    ahead: int = 6
    window: int = 16
    weigh: Callable[[Any], int] | None = None
    most_weight: int = 1
    patience_s: Callable[[Entry], float] | None = None
    is_bound: bool = False

    def weight(self, results: Iterable[Any]) -> int:
        """Return what results weigh together."""
        return 0 if self.weigh is None else sum(map(self.weigh, results))
