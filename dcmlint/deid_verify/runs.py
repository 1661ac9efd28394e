"""Runs of printable characters in bytes."""

from __future__ import annotations

import re
from contextlib import suppress

__all__ = ["BULK", "strings"]

BULK = 64 << 10
"""Bytes of a value from which on it is bulk data, in which letters come up by chance."""

_RUN = re.compile(rb"[ -~\t\n\r]{4,}")
_WIDE = re.compile(rb"(?:[ -~]\0){5,}|(?:\0[ -~]){5,}")


def strings(content: bytes, shortest: int = 4) -> tuple[str, ...]:
    """Return the runs of printable characters in bytes: ASCII, UTF-16 of both orders, UTF-8 as a whole."""
    found = [run.decode("ascii") for run in _RUN.findall(content) if len(run) >= shortest]
    found += [run.replace(b"\0", b"").decode("ascii") for run in _WIDE.findall(content)]
    if len(content) < BULK and not content.isascii():
        with suppress(UnicodeDecodeError):
            found.append(content.rstrip(b"\0").decode("utf-8"))
    return tuple(found)
