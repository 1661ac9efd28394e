"""What a scan says of itself while it runs and when it ends: log lines, a status file, metrics.

There are numbers in it and names of states, and nothing from any object: no path, no UID, no value.
"""

# ruff: noqa: PTH105, PTH108, PTH118, PTH123
# Strings: paths are as they were given.
from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import NamedTuple

from dcmlint.errors import UsageError
from dcmlint.store.run import now

__all__ = ["FORMATS", "Log", "Status", "StatusFiles", "write_whole"]

FORMATS = ("text", "json")
"""What --log-format takes."""

_EVERY_S = 10.0

NOTHING: Mapping[str, int | str] = {}


class Status(NamedTuple):
    """The state of a scan. `state` is running, complete, partial or failed; `exit_status` None while it runs.

    `unreadable_roots` are roots that could not be walked, `altered` are objects whose content differs
    though size and times are the same (with --verify). errors, warnings and notes are open findings, as of
    the end.
    """

    version: str
    run: int = 0
    state: str = "running"
    reason: str = ""
    started: str = ""
    finished: str = ""
    visited: int = 0
    changed: int = 0
    removed: int = 0
    errors: int = 0
    warnings: int = 0
    notes: int = 0
    new_findings: int = 0
    resolved_findings: int = 0
    groups: int = 0
    lost_groups: int = 0
    unreadable_roots: int = 0
    altered: int = 0
    exit_status: int | None = None


class Log:
    """Lines on standard error: as text, or one JSON object each."""

    def __init__(self, form: str = "text", *, quiet: bool = False) -> None:
        if form not in FORMATS:
            raise UsageError(f"--log-format: there is no {form}", f"Known: {', '.join(FORMATS)}")
        self._form = form
        self._quiet = quiet

    def say(
        self, event: str, text: str, numbers: Mapping[str, int | str] = NOTHING, *, level: str = "info"
    ) -> None:
        """Write a line; `quiet` keeps what is no warning."""
        if self._quiet and level == "info":
            return
        if self._form == "json":
            line = json.dumps({"time": now(), "level": level, "event": event, **numbers})
        else:
            line = f"dcmlint: {text}" if level == "info" else f"dcmlint: {level}: {text}"
        with suppress(OSError, ValueError):  # who reads the log may have gone
            print(line, file=sys.stderr, flush=True)


class StatusFiles:
    """The status file and the file of metrics; each is replaced as a whole, and "" is none."""

    def __init__(self, status_file: str = "", metrics_file: str = "") -> None:
        self._status_file = status_file
        self._metrics_file = metrics_file
        self._written = 0.0

    def is_due(self) -> bool:
        """Tell whether it is time to write the files again."""
        return time.monotonic() - self._written > _EVERY_S

    def tell(self, status: Status) -> None:
        """Write the files if it is time; raises UsageError if they cannot be written."""
        if self.is_due():
            self.tell_now(status)

    def tell_now(self, status: Status) -> None:
        """Write the files."""
        self._written = time.monotonic()
        if self._status_file:
            content = json.dumps({**status._asdict(), "updated": now()}, indent=1) + "\n"
            write_whole(self._status_file, content)
        if self._metrics_file:
            write_whole(self._metrics_file, _metrics(status))


_STATES = ("running", "complete", "partial", "failed")

_GAUGES: Mapping[str, str] = {
    "visited": "Objects met by the last scan.",
    "changed": "Objects that the last scan read: new, changed, or to be checked again.",
    "removed": "Objects that the last scan found to be gone.",
    "new_findings": "Findings that the last scan was the first to make.",
    "resolved_findings": "Findings that the last scan found to be gone.",
    "groups": "Groups of instances that the last scan checked.",
    "unreadable_roots": "Roots that the last scan could not walk.",
    "altered": "Objects whose content differs though size and times are the same.",
}


def _metrics(status: Status) -> str:
    """Return the state in the text format of OpenMetrics, for the textfile collector of node_exporter."""
    lines = []
    for name, what in _GAUGES.items():
        lines += [f"# TYPE dcmlint_scan_{name} gauge", f"# HELP dcmlint_scan_{name} {what}"]
        lines.append(f"dcmlint_scan_{name} {getattr(status, name)}")
    lines += ["# TYPE dcmlint_open_findings gauge", "# HELP dcmlint_open_findings Findings that are open."]
    for severity in ("error", "warning", "note"):
        lines.append(f'dcmlint_open_findings{{severity="{severity}"}} {getattr(status, severity + "s")}')
    lines += ["# TYPE dcmlint_scan_state gauge", "# HELP dcmlint_scan_state State of the last scan."]
    for state in _STATES:
        lines.append(f'dcmlint_scan_state{{dcmlint_scan_state="{state}"}} {int(status.state == state)}')
    for name in ("started", "finished"):
        metric = f"dcmlint_scan_{name}_timestamp_seconds"
        moment = getattr(status, name)
        lines += [f"# TYPE {metric} gauge", f"# UNIT {metric} seconds", f"# HELP {metric} When it {name}."]
        if moment:
            lines.append(f"{metric} {_seconds(moment)}")
    return "\n".join([*lines, "# EOF", ""])


def _seconds(moment: str) -> int:
    from datetime import datetime

    return int(datetime.fromisoformat(moment).timestamp())


def write_whole(path: str, content: str) -> None:
    """Write a file under a temporary name and rename it: readers see all of it or what was there before.

    Raises UsageError if it cannot be written.
    """
    folder, name = os.path.split(path)
    temporary = os.path.join(folder, f".{name}.{os.getpid()}")
    try:
        with open(temporary, "w", encoding="utf-8") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(temporary, path)
    except OSError as error:
        with suppress(OSError):
            os.unlink(temporary)
        raise UsageError(f"Cannot write {path}: {error.strerror or 'it is not writable'}") from error
