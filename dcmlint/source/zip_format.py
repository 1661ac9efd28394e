"""Zip archives (APPNOTE.TXT 6.3): the central directory as a stream, and the bytes of one member.

The library's `zipfile` has all members in memory before the first can be read, and reads the directory again
in each process. Here a member is opened by where it lies, and what is inflated has a bound. Nothing is
repaired: what the directory says must be so.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from struct import Struct
from typing import Any, BinaryIO, NamedTuple

from dcmlint.source.archive_bounds import damaged, refused

__all__ = ["ZipMember", "inflated", "read_directory"]

_END = Struct("<4s4H2LH")
_LOCATOR = Struct("<4sLQL")
_END_64 = Struct("<4sQ2H2L4Q")
_CENTRAL = Struct("<4s6H3L5H2L")
_LOCAL = Struct("<4s5H3L2H")
_MOST_COMMENT = 65_535
_PIECE = 1 << 18
_STORED, _DEFLATED, _BZIP2 = 0, 8, 12
_METHODS = (_STORED, _DEFLATED, _BZIP2)
_ENCRYPTED = 0x1 | 0x40
_UTF8 = 0x800
_LINK = 0o120000


class ZipMember(NamedTuple):
    """One member: where its local header is, how it is packed, and what comes of it."""

    name: str
    offset: int
    packed: int
    size: int
    crc: int
    method: int
    is_encrypted: bool = False
    is_link: bool = False

    def problem(self) -> str:
        """Return why the member cannot be read, "" if nothing speaks against it."""
        if self.is_encrypted:
            return "it is encrypted"
        if self.method not in _METHODS:
            return f"it is packed by method {self.method}, which is not read"
        return ""


class _Directory(NamedTuple):
    start: int
    length: int
    members: int
    shift: int
    """Bytes before the archive, as a program that unpacks itself has them."""


def read_directory(file: BinaryIO, size: int) -> Iterator[ZipMember]:
    """Yield the members as the central directory lists them, folders left out.

    Raises UnreadableError for what is broken, and for members that overlap: together they would be longer
    than the archive.
    """
    directory = _directory(file, size)
    pos, end = directory.start, directory.start + directory.length
    packed = found = 0
    while pos < end:
        member, pos = _record(file, pos, end, directory.shift)
        found += 1
        packed += member.packed
        if packed > size or member.offset < 0 or member.offset + member.packed > directory.start:
            raise refused("its members overlap, as those of a zip bomb do; the rest is not read")
        if not member.name.endswith("/"):
            yield member
    if found != directory.members:
        raise damaged(f"its directory has {found} members, and says that there are {directory.members}")


def _directory(file: BinaryIO, size: int) -> _Directory:
    tail_start = max(0, size - _MOST_COMMENT - _END.size)
    file.seek(tail_start)
    tail = file.read(size - tail_start)
    at = tail.rfind(b"PK\5\6")
    if at < 0 or at + _END.size > len(tail):
        raise damaged("its directory, which is at the end, is missing")
    _, disk, _, _, count, length, start, _ = _END.unpack_from(tail, at)
    end = tail_start + at
    if disk not in (0, 0xFFFF):
        raise refused("it is one part of several")
    if count == 0xFFFF or 0xFFFFFFFF in (length, start):
        end, count, length, start = _directory_64(file, end, (count, length, start))
    shift = end - length - start
    if shift < 0:
        raise damaged("its directory is not where it should be")
    return _Directory(start + shift, length, count, shift)


def _directory_64(file: BinaryIO, end: int, found: tuple[int, int, int]) -> tuple[int, int, int, int]:
    """Return end, members, length and start of the directory of an archive in the ZIP64 form."""
    if end < _LOCATOR.size:
        return end, *found
    file.seek(end - _LOCATOR.size)
    signature, _, offset, _ = _LOCATOR.unpack(file.read(_LOCATOR.size))
    if signature != b"PK\6\7":
        return end, *found
    for place in (offset, end - _LOCATOR.size - _END_64.size):
        file.seek(max(0, place))
        record = file.read(_END_64.size)
        if len(record) == _END_64.size and record[:4] == b"PK\6\6":
            fields = _END_64.unpack(record)
            return max(0, place), fields[7], fields[8], fields[9]
    raise damaged("its directory is not where it should be")


def _record(file: BinaryIO, pos: int, end: int, shift: int) -> tuple[ZipMember, int]:
    """Return the member whose record is at `pos`, and where the next record is."""
    file.seek(pos)
    header = file.read(_CENTRAL.size)
    if len(header) < _CENTRAL.size or header[:4] != b"PK\1\2":
        raise damaged("its directory is broken")
    _, made_by, _, flags, method, _, _, crc, packed, size, names, extras, comments, _, _, mode, offset = (
        _CENTRAL.unpack(header)
    )
    after = pos + _CENTRAL.size + names + extras + comments
    rest = file.read(names + extras)
    if after > end or len(rest) < names + extras:
        raise damaged("its directory is broken")
    size, packed, offset = _wide(rest[names:], size, packed, offset)
    is_link = made_by >> 8 == 3 and (mode >> 16) & 0o170000 == _LINK
    member = ZipMember(
        _text(rest[:names], flags),
        offset + shift,
        packed,
        size,
        crc,
        method,
        bool(flags & _ENCRYPTED),
        is_link,
    )
    return member, after


def _text(name: bytes, flags: int) -> str:
    """Return a name; what is not declared as UTF-8 is code page 437, but in practice UTF-8 if it can be."""
    try:
        return name.decode("utf-8")
    except UnicodeDecodeError:
        return name.decode("utf-8", "surrogateescape") if flags & _UTF8 else name.decode("cp437")


def _wide(extra: bytes, *values: int) -> tuple[int, ...]:
    """Return (size, packed size, offset) with those of the ZIP64 field in the place of FFFFFFFF."""
    if 0xFFFFFFFF not in values:
        return values
    pos = 0
    while pos + 4 <= len(extra):
        kind, length = (
            int.from_bytes(extra[pos : pos + 2], "little"),
            int.from_bytes(extra[pos + 2 : pos + 4], "little"),
        )
        if kind == 1:
            field = extra[pos + 4 : pos + 4 + length]
            wide = iter(range(0, len(field) - 7, 8))
            found = []
            for value in values:
                at = next(wide, None) if value == 0xFFFFFFFF else None
                found.append(value if at is None else int.from_bytes(field[at : at + 8], "little"))
            return tuple(found)
        pos += 4 + length
    return values


def inflated(file: BinaryIO, member: ZipMember) -> Iterator[bytes]:
    """Yield the bytes of a member in pieces: no more than the directory says.

    Raises UnreadableError if they are not what the directory says, after those that could be had.
    """
    file.seek(member.offset)
    header = file.read(_LOCAL.size)
    if len(header) < _LOCAL.size or header[:4] != b"PK\3\4":
        raise damaged("it is not where the directory says")
    fields = _LOCAL.unpack(header)
    if fields[2] & _ENCRYPTED:
        raise refused("it is encrypted")
    file.seek(fields[9] + fields[10], 1)
    left, crc = member.size, 0
    for piece in _pieces(file, member):
        if len(piece) > left:
            raise damaged("more comes of it than the directory says")
        left -= len(piece)
        crc = zlib.crc32(piece, crc)
        yield piece
    if left:
        raise damaged("less comes of it than the directory says")
    if crc != member.crc:
        raise damaged("its checksum (CRC-32) is wrong")


def _pieces(file: BinaryIO, member: ZipMember) -> Iterator[bytes]:
    unpack = _unpacker(member.method)
    left = member.packed
    while left > 0:
        packed = file.read(min(_PIECE, left))
        if not packed:
            raise damaged("the archive ends before it does")
        left -= len(packed)
        if unpack is None:
            yield packed
            continue
        try:
            yield from _unpacked(unpack, packed)
        except (zlib.error, OSError, EOFError) as error:
            raise damaged("what it is packed in is broken") from error


def _unpacker(method: int) -> Any:
    if method == _DEFLATED:
        return zlib.decompressobj(-zlib.MAX_WBITS)
    if method == _BZIP2:
        import bz2

        return bz2.BZ2Decompressor()
    return None


def _unpacked(unpack: Any, packed: bytes) -> Iterator[bytes]:
    """Yield what comes of `packed`, in pieces of bounded size."""
    while not unpack.eof:
        piece = unpack.decompress(packed, _PIECE)
        packed = getattr(unpack, "unconsumed_tail", b"")
        if piece:
            yield piece
        if len(piece) < _PIECE and not packed:
            return
