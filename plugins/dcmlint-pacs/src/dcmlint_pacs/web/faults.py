"""What a server does wrong, counted: one finding for each kind and place."""

from __future__ import annotations

import threading
from collections.abc import Iterator

__all__ = ["Faults"]

_MOST = 200
"""Kinds of faults that are told apart."""


class Faults:
    """Faults of one server by rule and kind, with how often each was met, and the least of the places.

    Threads meet them in any order; what is told does not depend on it.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._met: dict[tuple[str, str], tuple[int, str]] = {}

    def add(self, rule: str, kind: str, where: str = "", count: int = 1) -> None:
        """Count a fault. `kind` holds no values, `where` is the path of a resource."""
        with self._lock:
            number, least = self._met.get((rule, kind), (0, where))
            if number or len(self._met) < _MOST:
                self._met[rule, kind] = (number + count, min(least, where))

    def told(self, *, joined: bool = False) -> Iterator[tuple[str, str]]:
        """Yield (rule, reason), sorted; `joined` has one reason for each rule."""
        reasons: dict[str, list[str]] = {}
        for (rule, kind), (count, where) in sorted(self._met.items()):
            often = f"{count:,} times" if count > 1 else "once"
            reasons.setdefault(rule, []).append(f"{kind} ({often}{', such as ' + where if where else ''})")
        for rule, found in reasons.items():
            yield from [(rule, "; ".join(found))] if joined else [(rule, each) for each in found]

    def __bool__(self) -> bool:
        return bool(self._met)
