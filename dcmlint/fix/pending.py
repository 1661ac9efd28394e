"""What `dcmlint fix --in-place --log` is about to do to one file, kept so that a killed run can be told.

A run can be killed after a file is replaced and before the log says so. The note that is durable before both
has what the log is to say; whoever continues the log finds out from the files whether it came to that.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from dcmlint.errors import UsageError
from dcmlint.fix.write import remove_parts, write_new

__all__ = ["Pending", "PendingNote"]

_LONGEST = 64 << 20


class Pending(NamedTuple):
    """One file that is about to be replaced: keyed hash of its path, SHA-256 before and after, the rules by
    the path of the Attribute that they were reported at, how often each was applied, and what kept rules from
    mending the file. It has no value."""

    file: str
    before: str
    after: str
    reported: Mapping[str, str]
    applied: Mapping[str, int]
    held_back: tuple[str, ...]


class PendingNote:
    """The note beside a log: `LOG.pending`."""

    def __init__(self, log: str) -> None:
        self._log = Path(log)
        self._path = Path(f"{log}.pending")

    def write(self, pending: Pending) -> None:
        """Make a note durable, in the place of the one before. Raises UsageError if that cannot be done."""
        content = json.dumps({**pending._asdict(), "applied": dict(pending.applied)}, sort_keys=True)
        write_new(self._path, [content.encode()], self._log)

    def read(self) -> Pending | None:
        """Return the last note, None if there is none or it is not one; remove what a killed writer left."""
        remove_parts(self._path.absolute().parent)
        try:
            with self._path.open("rb") as stream:
                content = json.loads(stream.read(_LONGEST))
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            raise UsageError(
                f"{self._path} cannot be read: it says which file a run that was ended was about to replace.",
                "Begin a new log, or give the file back.",
            ) from error
        return _pending(content)

    def remove(self) -> None:
        """Remove the note, if there is one."""
        with suppress(OSError):
            self._path.unlink(missing_ok=True)


def _pending(content: Any) -> Pending | None:
    """Return the note that the content is, None if it is none."""
    if not isinstance(content, dict) or content.keys() != set(Pending._fields):
        return None
    texts = (content[name] for name in ("file", "before", "after"))
    maps = (content["reported"], content["applied"])
    if not all(isinstance(each, str) for each in texts) or not all(isinstance(each, dict) for each in maps):
        return None
    held_back = content["held_back"]
    if not isinstance(held_back, list) or not all(isinstance(each, str) for each in held_back):
        return None
    counted = all(isinstance(number, int) for number in content["applied"].values())
    named = all(isinstance(rule, str) for rule in content["reported"].values())
    return Pending(**{**content, "held_back": tuple(held_back)}) if counted and named else None
