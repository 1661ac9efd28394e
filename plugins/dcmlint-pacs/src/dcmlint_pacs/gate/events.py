"""What happened at the gate, for the status page and the metrics: counters, senders and the last objects.

Safe for several threads; bounded, whatever arrives.
"""

from __future__ import annotations

import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable
from typing import NamedTuple

from dcmlint_pacs.gate.model import Arrival, Happening

__all__ = ["Events", "Sender", "Snapshot"]

_SENDERS = 1_000
_RULES = 500
_NAMES = 5_000
_OTHER = "(other)"


class Sender(NamedTuple):
    """What one device sent: objects by action, findings by rule."""

    calling_aet: str
    address: str
    device: str
    objects: int
    last: float
    actions: dict[str, int]
    rules: dict[str, int]


class Snapshot(NamedTuple):
    """All counters at one moment: `counters` by name and label, `senders` with the latest first."""

    started: float
    now: float
    counters: dict[tuple[str, str], int]
    senders: list[Sender]


class _Tally:
    __slots__ = ("actions", "last", "objects", "rules")

    def __init__(self) -> None:
        self.objects = 0
        self.last = 0.0
        self.actions: Counter[str] = Counter()
        self.rules: Counter[str] = Counter()


class Events:
    """The feed. `keep` is how many of the last objects are kept."""

    def __init__(self, keep: int = 500) -> None:
        self._lock = threading.Lock()
        self._started = time.time()
        self._number = 0
        self._recent: deque[Happening] = deque(maxlen=keep)
        self._counters: Counter[tuple[str, str]] = Counter()
        self._senders: dict[tuple[str, str, str], _Tally] = {}
        self._listeners: list[Callable[[Happening], None]] = []

    def listen(self, listener: Callable[[Happening], None]) -> None:
        """Have each object told to `listener` too, in the thread that took it; it never raises."""
        self._listeners.append(listener)

    def record(self, happening: Happening) -> None:
        """Add an object; its `number` is set here.

        Counts ("objects", action), ("status", hex), ("bytes", how), ("findings", rule) and
        ("duplicates", "").
        """
        for listener in self._listeners:
            listener(happening)
        with self._lock:
            self._number += 1
            self._recent.append(happening._replace(number=self._number))
            self._add("objects", happening.action, 1)
            self._add("status", f"{happening.status:04X}", 1)
            self._add("bytes", happening.how, happening.size)
            if happening.note:
                self._add("notes", happening.note, 1)
            if happening.is_duplicate:
                self._add("duplicates", "", 1)
            tally = self._tally((happening.calling_aet, happening.address, happening.device))
            tally.objects += 1
            tally.last = happening.time
            tally.actions[happening.action] += 1
            for found in happening.rules:
                self._add("findings", found.rule, found.times)
                rule = found.rule if found.rule in tally.rules or len(tally.rules) < _RULES else _OTHER
                tally.rules[rule] += found.times

    def lost(self, arrival: Arrival, status: int, note: str) -> None:
        """Add an object that was refused before it could be linted."""
        self.record(
            Happening(
                number=0,
                time=time.time(),
                how=arrival.how,
                calling_aet=arrival.calling_aet,
                address=arrival.address,
                device="",
                sop_class_uid=arrival.sop_class_uid,
                transfer_syntax_uid=arrival.transfer_syntax_uid,
                size=arrival.size,
                action="refuse",
                rule="",
                rules=(),
                status=status,
                is_duplicate=False,
                note=note,
            )
        )

    def count(self, name: str, label: str = "", by: int = 1) -> None:
        """Add to a counter, such as ("associations", "accepted"), ("refused", "calling AE title") or
        ("forwarded", location)."""
        with self._lock:
            self._add(name, label, by)

    def since(self, number: int, limit: int = 500) -> list[Happening]:
        """Return the objects after `number` that are still kept, oldest first, the last `limit` of them."""
        with self._lock:
            return [each for each in self._recent if each.number > number][-limit:]

    def snapshot(self) -> Snapshot:
        """Return all counters."""
        with self._lock:
            senders = [
                Sender(*key, tally.objects, tally.last, dict(tally.actions), dict(tally.rules))
                for key, tally in self._senders.items()
            ]
            counters = dict(self._counters)
        senders.sort(key=lambda sender: -sender.last)
        return Snapshot(self._started, time.time(), counters, senders)

    def take_up(self, counters: Iterable[tuple[str, str, int]]) -> None:
        """Go on with counters of an earlier process: name, label and count of each."""
        with self._lock:
            for name, label, count in counters:
                self._add(name, label, count)

    def _add(self, name: str, label: str, by: int) -> None:
        key = (name, label)
        if key not in self._counters and len(self._counters) >= _NAMES:
            key = (name, _OTHER)
        self._counters[key] += by

    def _tally(self, key: tuple[str, str, str]) -> _Tally:
        if key not in self._senders and len(self._senders) >= _SENDERS:
            key = (_OTHER, "", "")
        return self._senders.setdefault(key, _Tally())
