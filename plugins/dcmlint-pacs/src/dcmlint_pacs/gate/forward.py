"""Taking objects from `outgoing/` on to their targets, as often as it takes, and once if it can be helped.

What a target has acknowledged is in the journal before the object leaves the spool. What cannot be avoided: a
crash between a target's acknowledgement and that record sends the object again, with the same SOP Instance
UID.
"""

from __future__ import annotations

import importlib
import sqlite3
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from dcmlint_pacs.gate.config import Config
from dcmlint_pacs.gate.content import content_digest
from dcmlint_pacs.gate.events import Events
from dcmlint_pacs.gate.journal import Journal
from dcmlint_pacs.gate.lane import Lane
from dcmlint_pacs.gate.log import Log
from dcmlint_pacs.gate.spool import Spool
from dcmlint_pacs.gate.target import Sender, meaning
from dcmlint_pacs.peer import DimsePeer, WebPeer

__all__ = ["Forwarder", "Pending"]


@dataclass
class Pending:
    """An object on its way: which targets have not settled it, and what the others answered."""

    place: str
    left: set[str]
    answers: dict[str, int] = field(default_factory=dict)
    sending: int = 0
    content: str = ""
    is_awaited: bool = False
    is_withdrawn: bool = False
    settled: threading.Event = field(default_factory=threading.Event)

    def failure(self) -> int:
        """Return the first status of a target that will never take it, 0 if there is none."""
        return next((status for status in self.answers.values() if meaning(status) == "never"), 0)


class Forwarder:
    """Sends what it is given to all targets of the configuration, and what the spool has from before."""

    def __init__(self, config: Config, spool: Spool, events: Events, log: Log) -> None:
        self._config = config.forward
        self._spool, self._events, self._log = spool, events, log
        self._journal = Journal(spool.folder / "state" / "journal.sqlite")
        self._lock = threading.Lock()
        self._pending: dict[str, Pending] = {}
        self._lanes = {
            target.location: Lane(target.location, _maker(target, config.aet), self)
            for target in config.forward.targets
        }
        # Before there are threads: pydicom does not stand being imported by two at once.
        importlib.import_module("pynetdicom")
        for lane in self._lanes.values():
            lane.start(self._config.connections)

    def recover(self) -> int:
        """Take up what is in `outgoing/` since before; return how many objects these are."""
        places = list(self._spool.places("outgoing"))
        for place in places:
            self.add(place)
        return len(places)

    def add(self, place: str, *, is_awaited: bool = False) -> Pending | None:
        """Send a kept object; return None if every target has it already: then it has left the spool.

        `is_awaited` says that its sender is told what the targets answer, and keeps what they refuse.
        """
        name = Path(place).name
        known: dict[str, int] = {}
        if self._journal.knows(name):
            known = self._journal.targets(name, content_digest(str(self._spool.folder / place)))
        left = set(self._lanes) - set(known)
        with self._lock:
            if place in self._pending:
                return self._pending[place]
            if left:
                pending = self._pending[place] = Pending(place, left, known, is_awaited=is_awaited)
        if not left:
            self._dismiss(place, 0, {})
            return None
        for location in left:
            self._lanes[location].put(place)
        return pending

    def withdraw(self, pending: Pending) -> None:
        """Let an object go that its sender keeps: it leaves the spool when it is not being sent.

        One that was acknowledged to another sender stays.
        """
        with self._lock:
            pending.is_withdrawn = pending.is_awaited
        self._release(pending)

    def waiting(self) -> dict[str, int]:
        """Return how many objects wait for each target, by its location."""
        return {location: lane.waiting() for location, lane in self._lanes.items()}

    def stop(self, within_s: float) -> None:
        """Send no more; return once what is on its way is settled, or after `within_s`."""
        end = time.monotonic() + within_s
        for lane in self._lanes.values():
            lane.stop()
        for lane in self._lanes.values():
            lane.join(max(0.0, end - time.monotonic()))
        self._journal.close()

    def due(self, place: str) -> str:
        """Return the file of an object that is to be sent now, "" if it is not to be sent any more."""
        with self._lock:
            pending = self._pending.get(place)
            if pending is None or pending.is_withdrawn:
                return ""
            path = self._spool.folder / place
            if not path.exists():
                # Its sender sent it once more while it left the spool.
                del self._pending[place]
                return ""
            pending.sending += 1
        # Before it is sent: the shorter the time from the answer to its record, the better.
        pending.content = pending.content or content_digest(str(path))
        return str(path)

    def put_back(self, place: str) -> None:
        """An object that was due waits again, unless it was withdrawn meanwhile."""
        with self._lock:
            pending = self._pending.get(place)
            if pending is None:
                return
            pending.sending -= 1
        self._release(pending)

    def answered(self, place: str, location: str, status: int) -> None:
        """Note that a target has settled an object; after the last, it leaves `outgoing/`."""
        with self._lock:
            pending = self._pending.get(place)
        if pending is None:
            return
        if meaning(status) == "done":
            self._remember(pending, location, status)
        self._events.count("forwarded" if meaning(status) == "done" else "undeliverable", location)
        with self._lock:
            pending.sending -= 1
            pending.left.discard(location)
            pending.answers[location] = status
            is_last = not pending.left
            if is_last:
                del self._pending[place]
        if is_last:
            # A sender who waits is told of a failure, and still has the object.
            self._dismiss(place, 0 if pending.is_awaited else pending.failure(), pending.answers)
            pending.settled.set()
        else:
            self._release(pending)

    def not_reached(self, location: str, why: str, seconds: float) -> None:
        """A target is not reached, and is tried again after some seconds."""
        self._events.count("not reached", location)
        self._log.line("target", f"{location}: {why}; again in {seconds:.0f} s")

    def _release(self, pending: Pending) -> None:
        """Drop an object that was withdrawn and is not being sent."""
        with self._lock:
            if not pending.is_withdrawn or pending.sending or pending.place not in self._pending:
                return
            del self._pending[pending.place]
        self._spool.dropped(pending.place)

    def _remember(self, pending: Pending, location: str, status: int) -> None:
        try:
            self._journal.forwarded(Path(pending.place).name, pending.content, location, status)
        except sqlite3.Error as error:
            text = f"what {location} acknowledged could not be recorded ({type(error).__name__})"
            self._log.line("journal", text + ": after a crash it would be sent again")

    def _dismiss(self, place: str, failure: int, answers: dict[str, int]) -> None:
        try:
            if failure:
                told = {location: f"{status:04X}" for location, status in answers.items()}
                self._spool.noted(self._spool.moved(place, "undeliverable"), {"answers": told})
                self._log.line("undeliverable", f"a target will never take an object: {failure:04X}", **told)
            elif self._config.keep:
                self._spool.moved(place, "accepted")
            else:
                self._spool.dropped(place)
        except OSError as error:
            # It stays in outgoing/, and the next start settles it.
            self._log.line("fault", f"a forwarded object stays in the spool: {error.strerror}")


def _maker(target: DimsePeer | WebPeer, aet: str) -> Callable[[], Sender]:
    def make() -> Sender:
        if isinstance(target, DimsePeer):
            from dcmlint_pacs.gate.send_dimse import DimseSender

            return DimseSender(target, aet)
        from dcmlint_pacs.gate.send_web import WebSender

        return WebSender(target)

    return make
