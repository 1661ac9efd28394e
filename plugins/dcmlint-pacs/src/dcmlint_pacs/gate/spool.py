"""The spool: folders in which objects are safe once they are acknowledged.

`incoming/` has what is on its way and was acknowledged to nobody; what a crash leaves there is deleted at the
next start. `accepted/`, `outgoing/` (to be forwarded), `quarantine/` and `undeliverable/` have whole objects,
flushed, in folders by the hash of their SOP Instance UID. One process has a spool at a time.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import threading
import time
import zlib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, Literal, NamedTuple
from weakref import WeakValueDictionary

from dcmlint.errors import UsageError
from dcmlint_pacs.gate.content import content_digest, has_same_content
from dcmlint_pacs.gate.incoming import Incoming, no_room
from dcmlint_pacs.gate.model import NoRoomError
from dcmlint_pacs.uid import file_name

__all__ = ["SHELVES", "Kept", "Shelf", "Spool"]

Shelf = Literal["accepted", "outgoing", "quarantine", "undeliverable"]
SHELVES: tuple[Shelf, ...] = ("accepted", "outgoing", "quarantine", "undeliverable")

_SUFFIX = ".dcm"
_LOOK_S = 0.1
_UNPROVEN = ".new"


class Kept(NamedTuple):
    """Where an object is now: `place` relative to the spool, whether it was there before with the same
    content (`is_duplicate`), and whether another content is there under its UID (`is_conflict`)."""

    place: str
    is_duplicate: bool = False
    is_conflict: bool = False


class Spool:
    """A spool in `folder`, made if it is missing. `reserve` bytes of its file system are kept free, and no
    object has more than `most` bytes.

    Raises UsageError if the folder cannot be used, or another process has it.
    """

    def __init__(self, folder: str, *, reserve: int = 0, most: int = 1 << 62) -> None:
        self.folder = Path(folder).absolute()
        self.most = most
        self._reserve = reserve
        self._number = 0
        self._looked = -_LOOK_S
        self._free = 0
        self._lock = threading.Lock()
        self._furnished: set[Path] = set()
        self._written: WeakValueDictionary[str, Incoming] = WeakValueDictionary()
        self._moving = [threading.Lock() for _ in range(256)]
        try:
            for name in ("incoming", "state", *SHELVES):
                (self.folder / name).mkdir(parents=True, exist_ok=True, mode=0o700)
            _flush(self.folder)
            self._held = self._hold()
            self.left = self._clean()
            self._prove()
        except OSError as error:
            raise UsageError(f"The spool {folder} cannot be used: {error.strerror}") from error

    def close(self) -> None:
        """Let another process have the spool."""
        self._held.close()

    def incoming(self) -> Incoming:
        """Return a file to write an object to; raises NoRoomError where there is no room for any."""
        if self.free() < self._reserve:
            raise NoRoomError
        with self._lock:
            self._number += 1
            path = self.folder / "incoming" / f"{self._number}.part"
        file = Incoming(str(path), self.most)
        self._written[file.path] = file
        return file

    def free(self) -> int:
        """Return the bytes that are free on the file system of the spool, for us; 0.1 s ago at most."""
        now = time.monotonic()
        if now - self._looked > _LOOK_S:
            status = os.statvfs(self.folder)
            self._free, self._looked = status.f_bavail * status.f_frsize, now
        return self._free

    def has_room(self) -> bool:
        """Tell whether more than the reserve is free."""
        return self.free() >= self._reserve

    def keep(self, path: str, uid: str, shelf: Shelf) -> Kept:
        """Move a file from `incoming/` to a shelf, durably: file and folder are flushed when this returns.

        An object that is there already, byte by byte the same Data Set in the same Transfer Syntax, is kept
        once. Another content under the same UID is kept beside it, under a name with the hash of its content.
        Raises NoRoomError where the disk is full, OSError for another fault; nothing is kept then.
        """
        aa = hashlib.sha256(uid.encode()).digest()[0]
        folder = self.folder / shelf / f"{aa:02x}"
        try:
            with self._moving[aa]:
                self._furnish(folder)
                kept = self._placed(Path(path), folder, file_name(uid))
        except OSError as error:
            if no_room(error):
                raise NoRoomError from error
            raise
        return kept._replace(place=str(Path(shelf, f"{aa:02x}", kept.place)))

    def moved(self, place: str, shelf: Shelf) -> str:
        """Move a kept object to another shelf, durably; return its new place. Raises OSError."""
        old = self.folder / place
        aa = old.parent.name
        folder = self.folder / shelf / aa
        self._furnish(folder)
        with self._moving[int(aa, 16)]:
            target, is_there, _ = _target(old, folder, old.name.removesuffix(_SUFFIX))
            if is_there:
                old.unlink()
            else:
                old.rename(target)
        _flush(folder)
        _flush(old.parent)
        return str(Path(shelf, aa, target.name))

    def dropped(self, place: str) -> None:
        """Delete a kept object that is no longer ours to keep."""
        with suppress(FileNotFoundError):
            (self.folder / place).unlink()

    def noted(self, place: str, facts: dict[str, Any]) -> None:
        """Write what is known of a kept object beside it, as JSON. It may be missing after a crash."""
        note = self.folder / f"{place.removesuffix(_SUFFIX)}.json"
        unfinished = note.with_suffix(".json.part")
        with suppress(OSError):
            unfinished.write_text(json.dumps(facts, indent=1) + "\n")
            unfinished.rename(note)

    def places(self, shelf: Shelf) -> Iterator[str]:
        """Yield the places of what is on a shelf, in no order."""
        for folder in sorted((self.folder / shelf).iterdir()):
            if folder.is_dir():
                for file in folder.iterdir():
                    if file.name.endswith(_SUFFIX):
                        yield str(file.relative_to(self.folder))

    def _hold(self) -> IO[str]:
        held = (self.folder / "state" / "lock").open("w")
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            held.close()
            raise UsageError(
                f"Another process has the spool {self.folder}", "One gate has a spool at a time."
            ) from error
        return held

    def _placed(self, path: Path, folder: Path, name: str) -> Kept:
        """Give a file its name in a folder, flushed, unless it is there.

        While it is being flushed, its name has its checksum. A crash can leave a part of it under that name,
        which the next start finds out; nobody was told that it is safe. It costs one commit of the file
        system; flushing before it is renamed, and again after that, would be two.
        """
        target, is_there, is_conflict = _target(path, folder, name)
        if is_there:
            path.unlink()
            return Kept(target.name, is_duplicate=True, is_conflict=is_conflict)
        written = self._written.get(str(path))
        checksum = f"{written.size}-{written.checksum:08x}" if written else _checksum(path)
        unproven = folder / f"{target.name}.{checksum}{_UNPROVEN}"
        path.rename(unproven)
        try:
            _flush(unproven)
            _flush(folder)
        except OSError:
            with suppress(OSError):
                unproven.unlink()
            raise
        unproven.rename(target)
        return Kept(target.name, is_conflict=is_conflict)

    def _prove(self) -> None:
        """Give what a crash left on its way to its name that name, or delete it if it is not whole."""
        for shelf in SHELVES:
            for unproven in (self.folder / shelf).glob(f"*/*{_UNPROVEN}"):
                name, _, checksum = unproven.name.removesuffix(_UNPROVEN).rpartition(".")
                target = unproven.with_name(name)
                if _checksum(unproven) == checksum and not target.exists():
                    _flush(unproven)
                    unproven.rename(target)
                else:
                    unproven.unlink()
                    self.left += 1
                _flush(unproven.parent)

    def _furnish(self, folder: Path) -> None:
        """Make a folder of a shelf, durably, before anything is in it: else a crash could lose both."""
        if folder in self._furnished:
            return
        with self._lock:
            folder.mkdir(exist_ok=True, mode=0o700)
            _flush(folder.parent)
            self._furnished.add(folder)

    def _clean(self) -> int:
        """Delete what a crash left in `incoming/`; return how many files there were."""
        left = list((self.folder / "incoming").iterdir())
        for file in left:
            file.unlink()
        return len(left)


def _target(path: Path, folder: Path, name: str) -> tuple[Path, bool, bool]:
    """Return the file that an object is to be, whether it is there, and whether other content is, too."""
    target = folder / f"{name}{_SUFFIX}"
    if not target.exists() or has_same_content(str(path), str(target)):
        return target, target.exists(), False
    target = folder / f"{name}.{content_digest(str(path))[:32]}{_SUFFIX}"
    return target, target.exists(), True


def _checksum(path: Path) -> str:
    """Return the size and the CRC-32 of a file, as its name has them while it is being flushed."""
    size = checksum = 0
    with path.open("rb") as file:
        while part := file.read(1 << 20):
            size, checksum = size + len(part), zlib.crc32(part, checksum)
    return f"{size}-{checksum:08x}"


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
