"""Text to a file, complete or not at all, or to standard output."""

from __future__ import annotations

import sys

from dcmlint.errors import UsageError

__all__ = ["write_text"]


def write_text(file: str, text: str) -> None:
    """Write text to a file ("" or "-" = standard output); raises UsageError if it cannot be written."""
    if file in ("", "-"):
        sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
        sys.stdout.write(text)
        sys.stdout.flush()
        return
    from dcmlint.report.output import open_output

    try:
        with open_output(file) as stream:
            stream.write(text)
    except OSError as error:
        raise UsageError(f"Cannot write {file}: {error.strerror or 'it is not writable'}") from error
