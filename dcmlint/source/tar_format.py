"""Tar archives (POSIX ustar and pax, GNU) read from front to end, plain or as what a compressed stream
gives."""

from __future__ import annotations

import lzma
import tarfile
import zlib
from collections.abc import Iterator
from typing import Any, BinaryIO, cast

from dcmlint.source.archive_bounds import Budget, damaged

__all__ = ["BROKEN", "Forward", "is_tar", "special", "tar_members", "unpacked"]

BROKEN = (
    *(tarfile.TarError, zlib.error, lzma.LZMAError, EOFError, OSError, ValueError, OverflowError),
    *(RecursionError, UnicodeError),
)
"""What reading a broken archive may raise."""

_HEADER_BYTES = 1 << 20
"""Bytes of a header's long name or pax records at most: the library has them in memory."""

_XZ_MEMORY = 256 << 20

_HEADERS = (*b"LKxgX",)

_SPECIAL = {
    tarfile.SYMTYPE: "a symbolic link",
    tarfile.LNKTYPE: "a hard link to another member",
    tarfile.CHRTYPE: "a device",
    tarfile.BLKTYPE: "a device",
    tarfile.FIFOTYPE: "a named pipe",
}


class Forward:
    """A stream that can only be read on, whose bytes are counted; `peek` looks ahead once, at the start."""

    def __init__(self, stream: Any, budget: Budget | None = None) -> None:
        self._stream = stream
        self._budget = budget
        self._peeked = b""

    def peek(self, count: int) -> bytes:
        """Return the next bytes, fewer at the end, without reading them."""
        while len(self._peeked) < count and (piece := self._take(count - len(self._peeked))):
            self._peeked += piece
        return self._peeked

    def read(self, count: int) -> bytes:
        """Return up to `count` bytes, none at the end."""
        if not self._peeked:
            return self._take(count)
        piece, self._peeked = self._peeked[:count], self._peeked[count:]
        return piece

    def _take(self, count: int) -> bytes:
        piece: bytes = self._stream.read(count)
        if self._budget is not None:
            self._budget.inflated(len(piece))
        return piece


class _Inflating:
    """What comes of an xz or bzip2 stream, or of several one after the other, with bounded memory."""

    def __init__(self, stream: Any, kind: str) -> None:
        self._stream = stream
        self._kind = kind
        self._unpack: Any = self._new()
        self._waiting = b""

    def _new(self) -> Any:
        if self._kind == "xz":
            return lzma.LZMADecompressor(lzma.FORMAT_AUTO, memlimit=_XZ_MEMORY)
        import bz2

        return bz2.BZ2Decompressor()

    def read(self, count: int) -> bytes:
        """Return up to `count` bytes, none at the end; raises EOFError if the stream breaks off."""
        while True:
            if self._unpack.eof:
                rest = self._unpack.unused_data or self._stream.read(1 << 16)
                if not rest.strip(b"\0"):
                    return b""
                self._unpack, self._waiting = self._new(), rest
            if self._unpack.needs_input and not self._waiting:
                self._waiting = self._stream.read(1 << 16)
                if not self._waiting:
                    raise EOFError
            packed, self._waiting = self._waiting, b""
            if piece := self._unpack.decompress(packed, count):
                return cast("bytes", piece)


def unpacked(stream: Any, kind: str, budget: Budget) -> Forward:
    """Return what comes of a stream that is packed as `kind` says: gzip, bzip2 or xz."""
    if kind == "gzip":
        import gzip

        return Forward(gzip.GzipFile(fileobj=cast("BinaryIO", stream)), budget)
    return Forward(_Inflating(stream, kind), budget)


class _Info(tarfile.TarInfo):
    """A member whose header has bounds: the library would read any size, and go back for a negative one."""

    def _proc_member(self, archive: tarfile.TarFile) -> tarfile.TarInfo:
        if self.size < 0 or (self.type[0] in _HEADERS and self.size > _HEADER_BYTES):
            raise tarfile.ReadError
        return super()._proc_member(archive)  # type: ignore[misc, no-any-return]


def is_tar(head: bytes) -> bool:
    """Tell whether a tar archive starts with these bytes (512 of them)."""
    if head[257:262] == b"ustar":
        return True
    try:
        tarfile.TarInfo.frombuf(head[:512], "utf-8", "surrogateescape")
    except tarfile.TarError:
        return False
    return True


def tar_members(stream: Any, *, seekable: bool) -> Iterator[tuple[tarfile.TarInfo, tarfile.TarFile]]:
    """Yield the members that are no folders, each before the next is looked for.

    Raises UnreadableError for what is broken, and what reading the stream raises.
    """
    mode: Any = "r:" if seekable else "r|"
    with tarfile.open(fileobj=stream, mode=mode, tarinfo=_Info, errors="surrogateescape") as archive:
        last = -1
        while (member := archive.next()) is not None:
            vars(archive)["members"].clear()  # the library keeps all of them
            if archive.offset <= last or member.size < 0:
                raise damaged("its headers are broken")
            last = archive.offset
            if not member.isdir():
                yield member, archive


def special(member: tarfile.TarInfo) -> str:
    """Return what a member is that has no content of its own, "" for a file."""
    if member.isreg():
        return ""
    return _SPECIAL.get(member.type, "no file")
