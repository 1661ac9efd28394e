"""The lines of a log's file: bounded, with their ends, and where each begins."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from dcmlint.audit.canonical import LONGEST_LINE
from dcmlint.errors import UsageError

__all__ = ["read_lines"]


def read_lines(path: str) -> Iterator[bytes]:
    """Yield the lines of a file with their ends; what is too long to be a record comes in pieces.

    Raises UsageError if the file cannot be read.
    """
    try:
        with Path(path).open("rb") as stream:
            while line := stream.readline(LONGEST_LINE + 2):
                yield line
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "its name cannot be used as a path"
        raise UsageError(f"The audit log {path} cannot be read: {reason}.") from error
