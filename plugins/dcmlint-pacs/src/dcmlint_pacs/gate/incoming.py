"""A file that an object is being written to, before anybody says that it is safe."""

from __future__ import annotations

import errno
import os
import zlib
from contextlib import suppress
from pathlib import Path
from types import TracebackType

from dcmlint_pacs.gate.model import NoRoomError, TooLargeError

__all__ = ["Incoming", "no_room"]

_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


class Incoming:
    """A new file at `path`, of at most `most` bytes. Leaving its `with` block discards it: what is to be
    kept has been moved by then. `size` is the number of bytes written, `checksum` their
    CRC-32."""

    def __init__(self, path: str, most: int) -> None:
        self.path = path
        self.size = 0
        self.checksum = 0
        self._most = most
        self._is_ours = True
        try:
            self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        except OSError as error:
            if no_room(error):
                raise NoRoomError from error
            raise
        self._is_open = True

    def write(self, part: bytes | bytearray | memoryview) -> None:
        """Append bytes; raises NoRoomError or TooLargeError, and OSError for another fault of the disk."""
        self.size += len(part)
        if self.size > self._most:
            raise TooLargeError
        self.checksum = zlib.crc32(part, self.checksum)
        rest = memoryview(part)
        try:
            while rest:
                rest = rest[os.write(self._file, rest) :]
        except OSError as error:
            if no_room(error):
                raise NoRoomError from error
            raise

    def close(self) -> None:
        """Close the file; it stays until the block ends."""
        if self._is_open:
            self._is_open = False
            os.close(self._file)

    def __enter__(self) -> Incoming:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.discard()

    def discard(self) -> None:
        """Close the file, and delete it if it is still there."""
        self.close()
        if self._is_ours:
            self._is_ours = False
            with suppress(FileNotFoundError):
                Path(self.path).unlink()

    def release(self) -> None:
        """The file was moved by another: there is nothing to delete."""
        self._is_ours = False


def no_room(error: OSError) -> bool:
    """Tell whether an error says that a disk, a quota or a bound on files is exhausted."""
    return error.errno in _NO_ROOM
