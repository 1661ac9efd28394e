"""The way to one target: what waits for it, and the threads that send it, with back-off."""

from __future__ import annotations

import heapq
import threading
import time
from collections.abc import Callable
from typing import Protocol

from dcmlint_pacs.gate.target import NotReachedError, Sender, meaning

__all__ = ["Clerk", "Lane"]

_FIRST_S, _LONGEST_S = 1.0, 300.0
_IDLE_S = 5.0
_COMPLAIN_S = 60.0


class Clerk(Protocol):
    """Who gives objects to lanes and is told what becomes of them; called by threads of the lanes."""

    def due(self, place: str) -> str:
        """Return the file of an object that is to be sent now, "" if it is not to be sent any more."""
        ...

    def put_back(self, place: str) -> None:
        """An object that was due waits again."""
        ...

    def answered(self, place: str, location: str, status: int) -> None:
        """A target has settled an object that was due."""
        ...

    def not_reached(self, location: str, why: str, seconds: float) -> None:
        """A target is not reached, and is tried again after some seconds; told once a minute at most."""
        ...


class Lane:
    """Sends objects to the target at `location`.

    An object that the target may take later waits twice as long each time, up to five minutes, and so does
    the whole lane while the target is not reached.
    """

    def __init__(self, location: str, make: Callable[[], Sender], clerk: Clerk) -> None:
        self._location, self._make, self._clerk = location, make, clerk
        self._changed = threading.Condition()
        self._waiting: list[tuple[float, int, str, float]] = []
        self._number = 0
        self._down_until = 0.0
        self._down_s = 0.0
        self._complained_at = 0.0
        self._is_over = False
        self._threads: list[threading.Thread] = []

    def start(self, connections: int) -> None:
        """Send from now on, so many objects at once."""
        for number in range(connections):
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
            path = self._clerk.due(taken[0])
            if not path:
                continue
            try:
                sender = sender or self._make()
                self._send(sender, path, *taken)
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

    def _send(self, sender: Sender, path: str, place: str, waited_s: float) -> None:
        try:
            status = sender.send(path).status
        except NotReachedError as error:
            self._delay(str(error), place, 0.0)
            return
        self._down_s = 0.0
        if meaning(status) == "later":
            self._clerk.put_back(place)
            self.put(place, min(max(2 * waited_s, _FIRST_S), _LONGEST_S))
        else:
            self._clerk.answered(place, self._location, status)

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
        self._clerk.put_back(place)
        self.put(place, waited_s)
        if not is_told:
            self._clerk.not_reached(self._location, why, seconds)
