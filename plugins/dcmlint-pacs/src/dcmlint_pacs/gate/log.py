"""One line for what happened, as text or as JSON, to standard error: never with anything of an object."""

from __future__ import annotations

import json
import sys
import threading
from datetime import UTC, datetime
from typing import IO, Any, Literal

__all__ = ["Log"]

_LONGEST = 400


class Log:
    """Writes lines, for several threads at once. A stream that takes nothing any more loses lines, and no
    more than that."""

    def __init__(self, form: Literal["text", "json"], stream: IO[str] | None = None) -> None:
        self._form = form
        self._stream = stream or sys.stderr
        self._lock = threading.Lock()

    def line(self, event: str, text: str, **facts: Any) -> None:
        """Write a line: the kind of event, what happened in words, and what else a machine may want."""
        now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        text = text.encode("ascii", "backslashreplace").decode()[:_LONGEST]
        if self._form == "json":
            line = json.dumps({"time": now, "event": event, "text": text, **facts})
        else:
            line = f"{now} {event}: {text}"
        with self._lock:
            try:
                self._stream.write(line + "\n")
                self._stream.flush()
            except (OSError, ValueError):
                return
