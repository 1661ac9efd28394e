"""The way to one target: what waits for it, and the threads that send it, with back-off."""

from __future__ import annotations

import heapq
import threading
import time
from collections.abc import Callable

from dcmlint_pacs.gate.target import NotReachedError, Sender, meaning

__all__ = ["Lane"]

_FIRST_S, _LONGEST_S = 1.0, 300.0
_IDLE_S = 5.0
_COMPLAIN_S = 60.0

Path = Callable[[str], str]
Answered = Callable[[str, str, int], None]
Complained = Callable[[str, str, float], None]


class Lane:
    """Sends objects to the target at `location`, `connections` at once.

    An object that the target may take later waits twice as long each time, up to five minutes, and so does
    the whole lane while the target is not reached.
    """

    def __init__(self, location: str, make: Callable[[], Sender], connections: int) -> None:
        self._location, self._make, self._connections = location, make, connections
        self._changed = threading.Condition()
        self._waiting: list[tuple[float, int, str, float]] = []
        self._number = 0
        self._down_until = 0.0
        self._down_s = 0.0
        self._complained_at = 0.0
        self._is_over = False
        self._threads: list[threading.Thread] = []

    def start(self, path: Path, answered: Answered, complained: Complained) -> None:
        """Send from now on. `path` gives the file of a place, "" for one that is not to be sent;
        `answered` is told a place, this location and the status that settles it; `complained` why the target
        is not reached, and when it is tried again."""
        self._path, self._answered, self._complained = path, answered, complained
        for number in range(self._connections):
            thread = threading.Thread(target=self._run, name=f"forward-{number}", daemon=True)
            thread.start()
            self._threads.append(thread)

    def put(self, place: str, after_s: float = 0.0) -> None:
        """Send an object, at once or after some seconds."""
        with self._changed:
            self._number += 1
            heapq.heappush(self._waiting, (time.monotonic() + after_s, self._number, place, after_s))
            self._changed.notify()

    def waiting(self) -> int:
        """Return how many objects wait to be sent."""
        with self._changed:
            return len(self._waiting)

    def stop(self) -> None:
        """Begin no other object."""
        with self._changed:
            self._is_over = True
            self._changed.notify_all()

    def join(self, within_s: float) -> None:
        """Return once nothing is being sent, or after `within_s`."""
        end = time.monotonic() + within_s
        for thread in self._threads:
            thread.join(max(0.0, end - time.monotonic()))

    def _run(self) -> None:
        sender: Sender | None = None
        while not self._is_over:
            taken = self._next(_IDLE_S)
            if taken is None:
                if sender is not None:
                    sender.close()  # an association is not held while there is nothing to send
                continue
            try:
                sender = sender or self._make()
                self._send(sender, *taken)
            except Exception as error:
                # A fault of ours, or a file that went away: the object waits, the lane goes on.
                self._delay(f"an object could not be sent ({type(error).__name__})", *taken)
        if sender is not None:
            sender.close()

    def _next(self, within_s: float) -> tuple[str, float] | None:
        """Take an object that is due, with the time it had to wait; None if there is none for a while."""
        end = time.monotonic() + within_s
        with self._changed:
            while not self._is_over:
                now = time.monotonic()
                due = max(self._waiting[0][0], self._down_until) if self._waiting else end
                if self._waiting and due <= now:
                    _, _, place, waited_s = heapq.heappop(self._waiting)
                    return place, waited_s
                if now >= end:
                    return None
                self._changed.wait(min(due, end) - now)
        return None

    def _send(self, sender: Sender, place: str, waited_s: float) -> None:
        path = self._path(place)
        if not path:
            return
        try:
            status = sender.send(path).status
        except NotReachedError as error:
            self._delay(str(error), place, 0.0)
            return
        self._down_s = 0.0
        if meaning(status) == "later":
            self.put(place, min(max(2 * waited_s, _FIRST_S), _LONGEST_S))
        else:
            self._answered(place, self._location, status)

    def _delay(self, why: str, place: str, waited_s: float) -> None:
        """Put an object back, and let the whole lane wait."""
        now = time.monotonic()
        with self._changed:
            if now >= self._down_until:
                self._down_s = min(max(2 * self._down_s, _FIRST_S), _LONGEST_S)
                self._down_until = now + self._down_s
            seconds = self._down_s
            is_told = now - self._complained_at < _COMPLAIN_S
            if not is_told:
                self._complained_at = now
        self.put(place, waited_s)
        if not is_told:
            self._complained(self._location, why, seconds)
