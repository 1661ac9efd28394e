"""Archives: zip, tar, and what is packed by gzip, bzip2 or xz, nested too; nothing is unpacked to disk.

A member of a zip or of a plain tar archive is an entry that says where it lies, so that any process can open
it. What is in a compressed tar, or in an archive inside of another, can only be read from front to end:
those members carry their content (`Entry.held`) and are worked on as they come.

The path of a member is `ARCHIVE!/MEMBER`, again for one in an archive in an archive. In the name of a
member, components that are empty, "." or "..", percent signs and "!" before a slash are percent-encoded, so
that a path says one thing only.
"""

# ruff: noqa: PTH113, PTH119, PTH122, PTH123
# Strings: names need not be valid text.
from __future__ import annotations

import io
import os
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, BinaryIO, NamedTuple

from dcmlint.errors import UnreadableError
from dcmlint.source import Blob, Entry
from dcmlint.source.archive_bounds import (
    DEPTH,
    MEMBER_BYTES,
    NESTED_BYTES,
    SPECIAL,
    UNSAFE_NAME,
    Budget,
    damaged,
    refused,
)
from dcmlint.source.archive_suffix import SUFFIXES
from dcmlint.source.tar_format import BROKEN, Forward, is_tar, special, tar_members, unpacked
from dcmlint.source.zip_format import ZipMember, inflated, read_directory

__all__ = ["SCHEME", "Members", "visit"]

SCHEME = "archive"

_HEAD = 512
_PIECE = 1 << 20
_SMALL = 64 << 10
_MAGIC = (
    (b"PK\3\4", "zip"),
    (b"PK\5\6", "zip"),
    (b"\x1f\x8b", "gzip"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ\0", "xz"),
)
_PACKINGS = ("gzip", "bzip2", "xz")
_UNPACKED_NAMES = {".tgz": ".tar", ".tbz2": ".tar", ".txz": ".tar"}


class _Archive(NamedTuple):
    """An archive on the way down: its path as shown, how deep it is, and what its top may still give."""

    path: str
    depth: int
    budget: Budget

    def entry(self, name: str, **fields: Any) -> Entry:
        """Return the entry of a member; its name may say something that is to be reported."""
        if not fields.get("problem"):
            fields["problem"] = problem = _unsafe(name)
            fields["rule"] = UNSAFE_NAME if problem else ""
        return Entry(f"{self.path}!/{_shown(name)}", scheme=SCHEME, **fields)

    def inner(self, name: str) -> _Archive:
        """Return an archive that is a member of this one; raises UnreadableError if it is too deep."""
        if self.depth >= DEPTH:
            raise refused(f"it is an archive inside of {DEPTH} others")
        return _Archive(f"{self.path}!/{_shown(name)}", self.depth + 1, self.budget)


def visit(path: str, *, named: bool) -> Iterator[Entry]:
    """Yield the members of the archive at `path`; the file itself if it is none, whatever its name says."""
    try:
        if not os.path.isfile(path):
            raise FileNotFoundError
        file = open(path, "rb")  # noqa: SIM115
    except (OSError, ValueError):
        yield Entry(path, named=named)  # opening it again tells why it cannot be
        return
    with file:
        try:
            kind = _kind(file.read(_HEAD))
            status = os.fstat(file.fileno())
        except OSError:
            kind = ""
        if not kind:
            yield Entry(path, named=named)
            return
        file.seek(0)
        archive = _Archive(path, 1, Budget(status.st_size))
        yield from _guarded(_top(archive, kind, file, status), archive, named=named)


def _top(archive: _Archive, kind: str, file: BinaryIO, status: os.stat_result) -> Iterator[Entry]:
    if kind == "zip":
        return _zip(archive, file, status.st_size, (len(archive.path), status.st_mtime_ns))
    if kind == "tar":
        return _tar(archive, file, (len(archive.path), status.st_mtime_ns))
    return _packed(archive, kind, file, os.path.basename(archive.path))


def _guarded(entries: Iterator[Entry], archive: _Archive, *, named: bool = False) -> Iterator[Entry]:
    """Yield the entries, and one that says so if the archive cannot be read to its end."""
    try:
        yield from entries
    except UnreadableError as error:
        problem, rule = error.reason, error.rule
    except BROKEN as error:
        problem, rule = _broken(error), "file/archive-damaged"
    except MemoryError:
        problem, rule = "not enough memory", "file/archive-refused"
    else:
        return
    yield Entry(archive.path, named, problem, SCHEME, rule)


def _broken(error: BaseException) -> str:
    if isinstance(error, EOFError):
        return "it breaks off"
    if isinstance(error, OSError) and error.errno and error.strerror:
        return f"reading it fails: {error.strerror}"
    text = str(error)
    return "it breaks off" if "unexpected end" in text or "truncated" in text else "it is broken"


def _zip(
    archive: _Archive, file: BinaryIO, size: int, place: tuple[int, ...] | None = None
) -> Iterator[Entry]:
    """Yield the members of a zip archive: by their places, or with their content where there is no
    `place`."""
    for member in read_directory(file, size):
        archive.budget.entry()
        problem = member.problem()
        if member.is_link:
            yield archive.entry(member.name, problem="a symbolic link", rule=SPECIAL)
        elif problem:
            yield archive.entry(member.name, problem=problem, rule="file/archive-refused")
        elif place is None or _may_be_archive(member.name):
            stream = Forward(_Pieces(inflated(file, member)), archive.budget)
            yield from _content(archive, member.name, stream, member.size)
        elif member.size > MEMBER_BYTES:
            yield archive.entry(member.name, **_too_large(member.size))
        else:
            archive.budget.inflated(member.size)
            where = (*place, member.offset, member.packed, member.size, member.crc, member.method)
            yield archive.entry(member.name, place=where, size=member.size, etag=f"{place[1]}-{member.crc}")
        if archive.budget.is_spent:
            return


def _tar(archive: _Archive, stream: Any, place: tuple[int, ...] | None = None) -> Iterator[Entry]:
    for member, tar in tar_members(stream, seekable=place is not None):
        archive.budget.entry()
        if what := special(member):
            yield archive.entry(member.name, problem=what, rule=SPECIAL)
        elif place is None or member.issparse() or _may_be_archive(member.name):
            if member.issparse():
                archive.budget.inflated(member.size)
            content = tar.extractfile(member)
            yield from _content(archive, member.name, Forward(content), member.size)
        else:
            where = (*place, member.offset_data, member.size)
            etag = f"{place[1]}-{member.offset_data}"
            yield archive.entry(member.name, place=where, size=member.size, etag=etag)
        if archive.budget.is_spent:
            return


def _packed(archive: _Archive, kind: str, stream: Any, name: str) -> Iterator[Entry]:
    """Yield what is in a compressed stream: the members of a tar archive, or one file."""
    content = unpacked(stream, kind, archive.budget)
    if is_tar(content.peek(_HEAD)):
        yield from _tar(archive, content)
        return
    stem, suffix = os.path.splitext(name)
    name = stem + _UNPACKED_NAMES.get(suffix.lower(), "")
    yield from _content(archive, name, content, None)


def _content(archive: _Archive, name: str, stream: Forward, size: int | None) -> Iterator[Entry]:
    """Yield what a member that is read now comes to: itself, with its content, or what it has as an
    archive."""
    try:
        kind = _kind(stream.peek(_HEAD)) if _may_be_archive(name) else ""
        if kind:
            inner = archive.inner(name)
            yield from _guarded(_nested(inner, kind, stream, size, name), inner)
            return
        if size is not None and size > MEMBER_BYTES:
            yield archive.entry(name, **_too_large(size))
            return
        held = _read(stream, MEMBER_BYTES, size)
    except UnreadableError as error:
        yield archive.entry(name, problem=error.reason, rule=error.rule)
    except BROKEN as error:
        if size is None:
            raise
        yield archive.entry(name, problem=_broken(error), rule="file/archive-damaged")
        raise
    else:
        yield archive.entry(name, held=held, size=len(held))


def _nested(archive: _Archive, kind: str, stream: Forward, size: int | None, name: str) -> Iterator[Entry]:
    if kind == "tar":
        yield from _tar(archive, stream)
    elif kind in _PACKINGS:
        yield from _packed(archive, kind, stream, name)
    elif size is not None and size > NESTED_BYTES:
        raise refused(f"it is an archive in an archive and has {size:,} bytes, more than {NESTED_BYTES:,}")
    else:
        content = _read(stream, NESTED_BYTES, size)
        yield from _zip(archive, io.BytesIO(content), len(content))


def _too_large(size: int) -> dict[str, Any]:
    reason = f"it has {size:,} bytes, more than {MEMBER_BYTES:,}"
    return {"problem": reason, "rule": "file/archive-refused", "size": size}


def _read(stream: Any, limit: int, size: int | None) -> Any:
    """Return all bytes of a stream; raises UnreadableError if they are more than `limit` or not `size`."""
    pieces = []
    count = 0
    while piece := stream.read(_PIECE):
        count += len(piece)
        if count > limit:
            raise refused(f"it has more than {limit:,} bytes")
        pieces.append(piece)
    if size is not None and count != size:
        raise damaged(f"{count:,} of its {size:,} bytes are there")
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


class _Pieces:
    """A stream of pieces, read on demand."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._rest = b""

    def read(self, count: int) -> bytes:
        """Return up to `count` bytes, none at the end."""
        if not self._rest:
            self._rest = next(self._pieces, b"")
        piece, self._rest = self._rest[:count], self._rest[count:]
        return piece


def _kind(head: bytes) -> str:
    """Return which kind of archive starts with these bytes, "" if none does. DICOM has its preamble first."""
    if head[128:132] == b"DICM":
        return ""
    kind = next((kind for magic, kind in _MAGIC if head.startswith(magic)), "")
    return kind or ("tar" if len(head) == _HEAD and any(head) and is_tar(head) else "")


def _may_be_archive(name: str) -> bool:
    return name.lower().endswith(SUFFIXES)


def _unsafe(name: str) -> str:
    """Return what is wrong with where a member would be unpacked to, "" if nothing is."""
    parts = name.replace("\\", "/").split("/")
    if ".." in parts:
        return "it has .. in it, which leads out of the folder"
    if name[:1] in ("/", "\\") or (name[1:3] in (":\\", ":/") and name[:1].isalpha()):
        return "it is an absolute path"
    if "\0" in name:
        return "it has a NUL character in it"
    return ""


def _shown(name: str) -> str:
    """Return the name of a member as part of a path."""
    name = name.removeprefix("./")
    if "%" in name or "!/" in name:
        name = name.replace("%", "%25").replace("!/", "%21/")
    if "\0" in name:
        name = name.replace("\0", "%00")
    parts = name.split("/")
    if "" in parts or "." in parts or ".." in parts:
        name = "/".join(part.replace(".", "%2E") if part in (".", "..") else part or "%2F" for part in parts)
    return name


class Members:
    """The source of members that are entries of their own."""

    def entries(self, location: str) -> Iterator[Entry]:
        """Yield the members of the archive at a path, after `archive://`."""
        yield from visit(location.removeprefix(f"{SCHEME}://"), named=True)

    def open(self, entry: Entry) -> Blob:
        """Return the bytes of a member; raises UnreadableError if they cannot be had."""
        if entry.held is not None:
            return Blob(entry.held)
        length, modified = entry.place[:2]
        where: Any = entry.place[2:]
        try:
            file = open(entry.path[:length], "rb")  # noqa: SIM115
        except OSError as error:
            raise UnreadableError(f"the archive: {error.strerror}") from error
        try:
            if os.fstat(file.fileno()).st_mtime_ns != modified:
                raise UnreadableError("the archive was changed after it was listed")
            if len(where) == 2:
                return _plain(file, *where)
            return _inflated(file, ZipMember("", *where[:5]))
        except OSError as error:
            raise UnreadableError(f"reading the archive fails: {error.strerror}") from error
        except MemoryError as error:
            raise UnreadableError("not enough memory") from error
        finally:
            with suppress(OSError):
                file.close()


def _plain(file: BinaryIO, offset: int, size: int) -> Blob:
    """Return a member of a tar archive: read if it is small, else as far as it is looked at."""
    if size > _SMALL:
        from dcmlint.source.ranged import Ranged

        descriptor = os.dup(file.fileno())
        return _Open(
            Ranged(size, lambda start, end: _bytes_at(descriptor, offset + start, offset + end)), descriptor
        )
    content = _bytes_at(file.fileno(), offset, offset + size)
    if len(content) != size:
        raise damaged("the archive ends before it does")
    return Blob(content)


def _bytes_at(descriptor: int, start: int, end: int) -> bytes:
    try:
        return os.pread(descriptor, end - start, start)
    except OSError as error:
        raise UnreadableError(f"reading the archive fails: {error.strerror}") from error


class _Open(Blob):
    """A member that is read as it is looked at, from a file that is open until it is closed."""

    __slots__ = ("_descriptor",)

    def __init__(self, buf: Any, descriptor: int) -> None:
        super().__init__(buf)
        self._descriptor = descriptor

    def close(self) -> None:
        """Give memory and file back."""
        super().close()
        os.close(self._descriptor)


def _inflated(file: BinaryIO, member: ZipMember) -> Blob:
    if member.size <= _PIECE:
        return Blob(b"".join(inflated(file, member)))
    import mmap

    memory = mmap.mmap(-1, member.size)  # not from the heap, where blocks of this size would leave holes
    for piece in inflated(file, member):
        memory.write(piece)
    return Blob(memory)
