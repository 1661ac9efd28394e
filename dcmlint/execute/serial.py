"""All work in this process, one entry after the other."""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator
from typing import TypeVar

from dcmlint.execute import Work
from dcmlint.source import Entry

__all__ = ["Serial"]

R = TypeVar("R")


class Serial:
    """Runs work where it is asked for."""

    def run(self, work: Work[R], entries: Iterable[Entry]) -> Iterator[R]:
        """Yield one result for each entry, in their order."""
        gc.freeze()
        try:
            for entry in entries:
                yield work(entry)
        finally:
            gc.unfreeze()
