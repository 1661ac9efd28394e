"""The file that a report goes to: complete, or not touched at all."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from io import TextIOWrapper
from pathlib import Path
from typing import BinaryIO, TextIO

__all__ = ["open_bytes", "open_output"]


@contextlib.contextmanager
def open_output(path: str | Path) -> Iterator[TextIO]:
    """Give a text stream (UTF-8) that takes the place of the file at `path` when the block ends well.

    Until then, and if the block raises, what was there stays. Links are followed; what is no regular
    file (a device, a pipe) is written to directly. Raises OSError if it cannot be written.
    """
    with open_bytes(path) as stream:
        text = TextIOWrapper(stream, encoding="utf-8", newline="\n")
        yield text
        text.flush()
        text.detach()


@contextlib.contextmanager
def open_bytes(path: str | Path) -> Iterator[BinaryIO]:
    """Give a stream of bytes that takes the place of the file at `path`, as `open_output` does."""
    target = Path(path).resolve()
    if target.exists() and not target.is_file():
        with target.open("wb") as stream:
            yield stream
        return
    # Made with the mode of a new file, not tempfile's private one: it is the user's own report.
    part = target.with_name(f".{target.name[:200]}.{os.urandom(4).hex()}.part")
    try:
        with part.open("xb") as stream:
            yield stream
        if target.exists():
            part.chmod(target.stat().st_mode & 0o7777)
        part.replace(target)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
