"""Opening a file: read when small, mapped when large, never opened when it is not a file.

Why not always map: a file that is cut short while it is mapped kills the process that touches the
lost part (SIGBUS). A file still being written is the likely case, so what was modified in the last
seconds is read instead, up to a bound; in a pool, a worker that dies all the same costs only that file.
"""

# ruff: noqa: PTH114, PTH116
# File descriptors: this runs for every file.
from __future__ import annotations

import os
import stat
import time
from typing import Any

from dcmlint.errors import UnreadableError
from dcmlint.source import Blob

__all__ = ["READ_LIMIT", "RECENT_LIMIT", "RECENT_S", "open_blob"]

READ_LIMIT = 64 << 10
"""Bytes up to which a file is read at once; a larger one is mapped."""

RECENT_S = 5.0
"""Seconds since its last modification within which a file may still be in the making."""

RECENT_LIMIT = 64 << 20
"""Bytes up to which a file in the making is read; a larger one is mapped all the same."""

_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)

_KINDS = (
    (stat.S_ISDIR, "it is a folder"),
    (stat.S_ISFIFO, "it is a named pipe, which is not opened"),
    (stat.S_ISSOCK, "it is a socket, which is not opened"),
    (stat.S_ISCHR, "it is a device, which is not opened"),
    (stat.S_ISBLK, "it is a device, which is not opened"),
)


def open_blob(path: str) -> Blob:
    """Return the bytes of the regular file at `path`.

    Raises UnreadableError, without the path or any content in its text.
    """
    try:
        _regular(os.stat(path).st_mode)
        descriptor = os.open(path, _FLAGS)
    except (OSError, ValueError) as error:
        raise UnreadableError(_reason(path, error)) from error
    try:
        return _content(descriptor)
    except (OSError, ValueError, MemoryError) as error:
        raise UnreadableError(_reason(path, error)) from error
    finally:
        os.close(descriptor)


def _regular(mode: int) -> None:
    if not stat.S_ISREG(mode):
        for is_kind, reason in _KINDS:
            if is_kind(mode):
                raise UnreadableError(reason)
        raise UnreadableError("it is not a regular file")


def _content(descriptor: int) -> Blob:
    status = os.fstat(descriptor)
    _regular(status.st_mode)
    size = status.st_size
    if size <= READ_LIMIT:
        return Blob(_read(descriptor, size))
    if size <= RECENT_LIMIT and abs(time.time() - status.st_mtime) < RECENT_S:
        return Blob(_copied(descriptor, size))
    import mmap

    return Blob(mmap.mmap(descriptor, size, access=mmap.ACCESS_READ))


def _read(descriptor: int, size: int) -> bytes:
    """Return `size` bytes: fewer if the file was cut short meanwhile."""
    content = os.read(descriptor, size)
    while len(content) < size and (piece := os.read(descriptor, size - len(content))):
        content += piece
    return content


def _copied(descriptor: int, size: int) -> Any:
    """Return the bytes of a file in memory of their own, which goes back to the system when closed.

    From the heap, blocks of this size would leave holes, and a long scan would grow.
    """
    import mmap

    if not hasattr(os, "preadv"):
        return _read(descriptor, size)
    memory = mmap.mmap(-1, size)
    filled = 0
    with memoryview(memory) as view:
        while filled < size:
            with view[filled:] as rest:
                count = os.preadv(descriptor, [rest], filled)
            if not count:
                break
            filled += count
    if filled == size:
        return memory
    content = memory[:filled]
    memory.close()
    return content


def _reason(path: str, error: BaseException) -> str:
    if isinstance(error, FileNotFoundError):
        return "broken symbolic link" if os.path.islink(path) else "no such file"
    if isinstance(error, MemoryError):
        return "not enough memory"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return "its name cannot be used as a path"
