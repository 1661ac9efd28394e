"""What has become of the files of one run so far."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import NamedTuple

__all__ = ["Outcome", "Tally"]


class Outcome(NamedTuple):
    """What became of the files: written, written by an earlier run, and (path, reason) of the others.

    `exceptions` counts the files that were written by what is to be known of them.
    """

    written: int
    before: int
    refused: tuple[tuple[str, str], ...]
    log: str
    exceptions: Mapping[str, int] = {}


class Tally:
    """Counts files as they are done; `told` hears of each that is not written, and why."""

    __slots__ = ("_refused", "_told", "_written", "before", "exceptions")

    def __init__(self, told: Callable[[str, str], None]) -> None:
        self.before = 0
        self.exceptions: Counter[str] = Counter()
        self._told = told
        self._written = 0
        self._refused: list[tuple[str, str]] = []

    def take(self, path: str, reason: str) -> None:
        """Count a file, which was written if the reason is ""."""
        if not reason:
            self._written += 1
            return
        self._refused.append((path, reason))
        self._told(path, reason)

    def outcome(self, log: str) -> Outcome:
        """Return what all came to."""
        return Outcome(self._written, self.before, tuple(self._refused), log, self.exceptions)
