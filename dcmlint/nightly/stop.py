"""When a scan ends early: by a signal, or because its time is up."""

from __future__ import annotations

import os
import signal
import time
from types import FrameType
from typing import Any

__all__ = ["Stop"]


class Stop:
    """Says whether to go on. As a context it takes SIGTERM and SIGINT; a second one ends the process at once.

    A worker process, which inherits it, leaves both to its parent: what is in hand is finished, and the
    worker ends when its pipe is closed.
    """

    def __init__(self, budget_s: float | None = None) -> None:
        self.reason = ""
        """Why to stop, "" to go on."""
        self._until = None if budget_s is None else time.monotonic() + budget_s
        self._process = os.getpid()
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Stop:
        for number in (signal.SIGTERM, signal.SIGINT):
            self._before[number] = signal.signal(number, self._take)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def __bool__(self) -> bool:
        """Whether to stop."""
        if not self.reason and self._until is not None and time.monotonic() >= self._until:
            self.reason = "time budget"
        return bool(self.reason)

    def _take(self, number: int, frame: FrameType | None) -> None:
        if os.getpid() != self._process:
            return
        if self.reason.startswith("SIG"):
            signal.signal(number, signal.SIG_DFL)
            os.kill(self._process, number)
        self.reason = signal.Signals(number).name
