"""Writing a report as a whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from dcmlint.errors import UsageError

__all__ = ["write_whole"]


def write_whole(path: str, texts: Iterable[str], *, mode: int = 0o666) -> None:
    """Write the texts to the file, which has them all after the call or is as it was before.

    `mode` are the permissions of the file, less the umask. Raises UsageError if it cannot be written, and
    what the texts raise.
    """
    target = Path(path)
    partial = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
        with os.fdopen(descriptor, "w", encoding="utf-8", errors="surrogateescape") as stream:
            for text in texts:
                stream.write(text)
        partial.replace(target)
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}.") from error
    finally:
        with suppress(OSError):
            partial.unlink(missing_ok=True)
