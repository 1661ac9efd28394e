"""All work in this process, one entry after the other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeVar

from dcmlint.execute import Work
from dcmlint.execute.sweep import sweep, sweeping
from dcmlint.source import Entry

__all__ = ["Serial"]

R = TypeVar("R")


class Serial:
    """Runs work where it is asked for."""

    def run(self, work: Work[R], entries: Iterable[Entry]) -> Iterator[R]:
        """Yield one result for each entry, in their order."""
        with sweeping():
            for entry in entries:
                yield work(entry)
                sweep()
