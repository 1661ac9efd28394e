"""A progress bar on a terminal, for work that takes long."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TextIO

from dcmlint.source import Skip

__all__ = ["Progress"]

_SILENT_S = 1.0
"""Seconds of work before the bar shows."""

_REDRAW_S = 0.1

_COUNTING_S = 2.0
"""Seconds that counting the inputs may take; beyond, the total stays unknown."""

_WIDTH = 30


class Progress:
    """Draws how many inputs are done on `stream`, and of how many if they can be counted quickly."""

    def __init__(self, stream: TextIO, locations: Sequence[str], skip: Skip | None = None) -> None:
        self._stream = stream
        self._locations = locations
        self._skip = skip
        self._done = 0
        self._total: int | None = None
        self._started = time.monotonic()
        self._next = self._started + _SILENT_S
        self._drawn = False

    def step(self) -> None:
        """One more input is done."""
        self._done += 1
        if not self._done % 16 and (now := time.monotonic()) >= self._next:
            if not self._drawn:
                self._total = _count(self._locations, self._skip)
                self._drawn = True
            self._draw(now)
            self._next = time.monotonic() + _REDRAW_S

    def clear(self) -> None:
        """Take the bar off the terminal."""
        if self._drawn:
            self._stream.write("\r\x1b[K")
            self._stream.flush()

    def _draw(self, now: float) -> None:
        rate = f"{self._done / (now - self._started):,.0f} files/s"
        if self._total:
            share = min(1.0, self._done / self._total)
            bar = ("#" * round(share * _WIDTH)).ljust(_WIDTH, "-")
            text = f"[{bar}] {share:4.0%}  {self._done:,} of {self._total:,} files  {rate}"
        else:
            text = f"{self._done:,} files  {rate}"
        self._stream.write(f"\r{text}\x1b[K")
        self._stream.flush()


def _count(locations: Sequence[str], skip: Skip | None) -> int | None:
    """Return the number of inputs at the locations, None if unknown or counting takes too long."""
    from dcmlint.source.paths import Paths

    until = time.monotonic() + _COUNTING_S
    total = 0
    source = Paths(skip)
    for location in locations:
        if "://" in location:
            return None
        for _ in source.entries(location):
            total += 1
            if not total % 256 and time.monotonic() > until:
                return None
    return total or None
