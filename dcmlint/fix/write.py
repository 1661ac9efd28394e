"""Writing a changed file: whole or not at all, never over what it was made from without a backup."""

from __future__ import annotations

import errno
import hashlib
import itertools
import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from dcmlint.errors import UsageError

__all__ = [
    *("Chunks", "back_up", "backup_paths", "flush_folders", "in_pieces", "is_part", "put_part"),
    *("remove_parts", "replace", "write_new", "write_part"),
]

Chunks = Iterable[bytes | bytearray | memoryview]

_PART = re.compile(r"\.dcmlint-(\d+)-\d+\.part")
_PIECE = 1 << 20
_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
_NUMBERS = itertools.count()


class _Kept(NamedTuple):
    """What a new file has from another one: its permissions, and its owner and group."""

    mode: int | None = None
    owner: tuple[int, int] | None = None


def write_new(
    path: Path, chunks: Chunks, source: Path | None = None, *, unflushed: set[str] | None = None
) -> str:
    """Return the SHA-256, in hex, of the file that is at `path` now, flushed to disk.

    The bytes go to a temporary file in the same folder that is renamed when it is complete, so that `path`
    never holds half of them; folders that are missing are made. What was at `path` is replaced, unless it is
    `source`, the file that the chunks come from. The new file gets the permissions of the source.
    Its name is flushed too, or the folder put into `unflushed`, for `flush_folders` to do it for many files.
    Raises UsageError if `path` is the source or cannot be written, and what the chunks raise; nothing is
    left behind then.
    """
    if source is not None:
        _keep_apart(path, source)
    return _replace(path, chunks, _Kept() if source is None else _kept(source), unflushed)


def write_part(folder: str, chunks: Chunks, source: Path) -> tuple[str, str]:
    """Return the path of a new temporary file in `folder`, flushed to disk, and its SHA-256 in hex.

    It has the permissions of the source, and `put_part` gives it its name, in another process perhaps.
    Raises UsageError if it cannot be written, and what the chunks raise; nothing is left behind then.
    """
    part = _part_in(folder)
    return part, _written(part, Path(part), chunks, _kept(source))


def put_part(part: str, path: Path, source: Path, *, unflushed: set[str]) -> None:
    """Give a temporary file of `write_part` its name; the folder is made if it is missing, and put into
    `unflushed`.

    What was at `path` is replaced, unless it is `source`. Raises UsageError if that cannot be; the temporary
    file is gone then.
    """
    folder = os.path.dirname(path)  # noqa: PTH120 - often
    try:
        _keep_apart(path, source)
        with _explained(path):
            try:
                os.replace(part, path)  # noqa: PTH105
            except FileNotFoundError:
                os.makedirs(folder, exist_ok=True)  # noqa: PTH103
                os.replace(part, path)  # noqa: PTH105
    except BaseException:
        _drop(part)
        raise
    unflushed.add(folder)


def flush_folders(folders: set[str], top: str) -> None:
    """Flush the entries of folders, and of those that hold them up to `top`, where the system can."""
    wanted = set(folders)
    for folder in folders:
        while len(folder) > len(top) and (folder := os.path.dirname(folder)) not in wanted:  # noqa: PTH120
            wanted.add(folder)
    for folder in sorted(wanted, reverse=True):
        _flush_folder(folder)


def back_up(path: Path, folder: Path) -> Path:
    """Return the backup of a file, which is complete and flushed to disk.

    It has the file's absolute path below `folder`; an older backup of other content is kept, and the new one
    gets a number after its name. It has the permissions of the file, and its owner where that is allowed;
    extended attributes are lost. `path` is no symbolic link.
    Raises UsageError if it cannot be written, or would lie over the file.
    """
    for backup in backup_paths(path, folder):
        if backup == path:
            raise UsageError(f"{path} would be its own backup", "give another backup folder")
        if not os.path.lexists(backup):
            break
        if _digest(backup) == _digest(path):
            return backup
    _replace(backup, _pieces(path), _kept(path, owner=True))
    return backup


def backup_paths(path: Path, folder: Path) -> Iterator[Path]:
    """Yield, without end, where backups of a file go: the first, then those with numbers."""
    wanted = Path(os.path.realpath(folder)) / path.relative_to(path.anchor)
    yield wanted
    for number in itertools.count(1):
        yield wanted.with_name(f"{wanted.name}.{number}")


def replace(path: Path, chunks: Chunks) -> str:
    """Return the SHA-256, in hex, of the new content of `path`, which is no symbolic link.

    As `write_new` does it; permissions stay, and the owner where that is allowed. Whoever wants the old
    content calls `back_up` first. Raises UsageError if it cannot be written.
    """
    return _replace(path, chunks, _kept(path, owner=True))


def is_part(path: str | Path) -> bool:
    """Return whether a path is that of a temporary file, of a writer that runs or of one that was killed."""
    return _PART.fullmatch(os.path.basename(path)) is not None  # noqa: PTH119 - for every file


def remove_parts(folder: Path, *, of_any: bool = False) -> int:
    """Return how many temporary files were removed from `folder`: those of writers that no longer run on this
    machine, or, for who knows that none of them counts, `of_any` writer."""
    count = 0
    for found in os.scandir(folder):
        match = _PART.fullmatch(found.name)
        if match is not None and (of_any or not _runs(int(match[1]))):
            with suppress(OSError):
                Path(found).unlink()
                count += 1
    return count


def _kept(path: Path, *, owner: bool = False) -> _Kept:
    """Return the permissions of a file, and its owner if asked."""
    with _explained(path, "read"):
        status = path.stat()
    return _Kept(status.st_mode & 0o777, (status.st_uid, status.st_gid) if owner else None)


def _replace(path: Path, chunks: Chunks, kept: _Kept, unflushed: set[str] | None = None) -> str:
    folder = os.path.dirname(path)  # noqa: PTH120 - often
    part = _part_in(folder)
    digest = _written(part, path, chunks, kept)
    try:
        with _explained(path):
            os.replace(part, path)  # noqa: PTH105
            if unflushed is None:
                _flush_folder(folder)
            else:
                unflushed.add(folder)
    except BaseException:
        _drop(part)
        raise
    return digest


def _part_in(folder: str) -> str:
    """Return the path of a temporary file that this process has not used yet."""
    return os.path.join(folder, f".dcmlint-{os.getpid()}-{next(_NUMBERS)}.part")  # noqa: PTH118 - often


def _written(part: str, path: Path, chunks: Chunks, kept: _Kept) -> str:
    """Return the SHA-256 of the temporary file `part`, written for `path` and flushed, or leave none."""
    folder = os.path.dirname(part)  # noqa: PTH120 - often
    with _explained(path):
        descriptor = _opened(part, folder, 0o666 if kept.mode is None else 0o600)
    try:
        with _explained(path):
            try:
                return _write(descriptor, chunks, kept)
            finally:
                os.close(descriptor)
    except BaseException:
        _drop(part)
        raise


def _drop(part: str) -> None:
    with suppress(OSError):
        os.unlink(part)  # noqa: PTH108


def _opened(part: str, folder: str, mode: int) -> int:
    """Return the descriptor of a new file; its folder is made if it is missing."""
    try:
        return os.open(part, _FLAGS, mode)
    except FileNotFoundError:
        os.makedirs(folder, exist_ok=True)  # noqa: PTH103
        return os.open(part, _FLAGS, mode)


def _write(descriptor: int, chunks: Chunks, kept: _Kept) -> str:
    digest = hashlib.sha256()
    for piece in in_pieces(chunks):
        digest.update(piece)
        rest = memoryview(piece)
        while rest:
            rest = rest[os.write(descriptor, rest) :]
    if kept.owner is not None and hasattr(os, "fchown"):
        with suppress(PermissionError):
            os.fchown(descriptor, *kept.owner)
    if kept.mode is not None and hasattr(os, "fchmod"):
        os.fchmod(descriptor, kept.mode)
    os.fsync(descriptor)
    return digest.hexdigest()


def in_pieces(chunks: Chunks) -> Iterator[bytes | memoryview]:
    """Yield the chunks in pieces of one size: short ones joined, and long ones cut, so that what is mapped
    comes from the disk once."""
    short: list[bytes | bytearray | memoryview] = []
    size = 0
    for chunk in chunks:
        length = len(chunk)
        if short and size + length > _PIECE:
            yield b"".join(short)
            short, size = [], 0
        if length <= _PIECE:
            short.append(chunk)
            size += length
            continue
        view = memoryview(chunk)
        for pos in range(0, length, _PIECE):
            yield view[pos : pos + _PIECE]
    if short:
        yield b"".join(short)


@contextmanager
def _explained(path: Path, what: str = "write") -> Iterator[None]:
    """Turn what the system says about a file into what the user can do about it."""
    try:
        yield
    except OSError as error:
        full = error.errno in (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))
        hint = "make room, or give an output folder on another disk" if full else ""
        raise UsageError(f"cannot {what} {path}: {error.strerror or type(error).__name__}", hint) from error


def _flush_folder(folder: str) -> None:
    """Flush the folder's entries, where the system can."""
    if os.name != "posix":
        return
    with suppress(OSError):  # some network file systems cannot, and some folders may be written and not read
        descriptor = os.open(folder or ".", os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _keep_apart(path: Path, source: Path) -> None:
    """Raise UsageError if both are one file."""
    if _same(path, source):
        raise UsageError(f"{path} would be written over itself", "give another output folder")


def _same(path: Path, source: Path) -> bool:
    try:
        return os.path.samefile(path, source)  # noqa: PTH121
    except FileNotFoundError:
        return False
    except OSError:
        return os.path.realpath(path) == os.path.realpath(source)


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            yield piece


def _digest(path: Path) -> bytes:
    digest = hashlib.sha256()
    for piece in _pieces(path):
        digest.update(piece)
    return digest.digest()


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    try:  # one that has ended and that nobody has asked about still has its number
        with open(f"/proc/{process}/stat", "rb") as file:  # noqa: PTH123
            return file.read().rpartition(b")")[2].split()[:1] not in ([b"Z"], [b"X"])
    except OSError:
        return True
