"""Every file of a log made again, one after the other, and held against its records and results."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, BinaryIO, Literal, NamedTuple

from dcmlint.audit.folder import Folder
from dcmlint.audit.key import AuditKey
from dcmlint.audit.keyed import path_hash
from dcmlint.audit.record import FileRecord
from dcmlint.audit.verify import MOST_PROBLEMS, Unit, last_units
from dcmlint.errors import UnreadableError
from dcmlint.fix.write import in_pieces, write_new
from dcmlint.reproduce.again import Again, Maker, Original
from dcmlint.reproduce.records import differences
from dcmlint.source.blob import open_blob

__all__ = ["Folders", "NotMade", "Reproduced", "reproduce"]

Kind = Literal["reproduced", "differs", "no original"]


class Folders(NamedTuple):
    """Where originals are, results (None: not looked at), and where what is made goes (None: nowhere)."""

    originals: Folder
    results: Folder | None = None
    output: Path | None = None


class NotMade(NamedTuple):
    """A file that was not reproduced: the line of its record, the path of its original, and why."""

    line: int
    path: str
    why: tuple[str, ...]


class Reproduced(NamedTuple):
    """Numbers of files: with a record, reproduced, that differ, without the original as it was; and the first
    of the last two."""

    files: int
    reproduced: int
    differ: int
    no_original: int
    differing: tuple[NotMade, ...]
    missing: tuple[NotMade, ...]


def reproduce(log: str, key: AuditKey, maker: Maker, folders: Folders) -> Reproduced:
    """Return what comes of making the files of a sound log again; of two records of a file the later counts.

    Raises UsageError if the output cannot be written.
    """
    run = _Run(key, maker, folders)
    counts: dict[Kind, int] = {"reproduced": 0, "differs": 0, "no original": 0}
    kept: dict[Kind, list[NotMade]] = {kind: [] for kind in counts}
    for unit in last_units(log):
        kind, path, why = run.file(unit)
        counts[kind] += 1
        if len(kept[kind]) < MOST_PROBLEMS and why:
            kept[kind].append(NotMade(unit.line, path, tuple(why)))
    numbers = (counts["reproduced"], counts["differs"], counts["no original"])
    return Reproduced(sum(numbers), *numbers, tuple(kept["differs"]), tuple(kept["no original"]))


class _Run:
    """What the files of one log are made again with."""

    def __init__(self, key: AuditKey, maker: Maker, folders: Folders) -> None:
        self._key, self._maker, self._folders = key, maker, folders
        self._not_files: dict[str, str] | None = None

    def file(self, unit: Unit) -> tuple[Kind, str, list[str]]:
        """Return what came of one file: whether it was reproduced, the path of its original, why not."""
        record, originals = unit.file, self._folders.originals
        name = originals.find(record["file"], record["name"], record["before"])
        if name is None and not record["before"]:
            name = self._no_file(record["file"])
        if name is None:
            return "no original", "", ["its original is not in the folder"]
        if record["before"] and originals.hash(name) != record["before"]:
            return "no original", name, ["its original is not what it was: the SHA-256 differs"]
        try:
            blob = open_blob(originals.full(name))
        except UnreadableError as error:
            why = self._unlike(unit, Again(FileRecord(name, "", "", "", "failed", str(error))), name)
        else:
            with ExitStack() as stack:
                stack.callback(blob.close)
                if not record["before"]:
                    return "no original", name, ["its original could not be read then, and can be now"]
                made = self._maker.again(unit, Original(name, originals.full(name), blob.buf))
                why = self._unlike(unit, stack.enter_context(made), name)
        return "differs" if why else "reproduced", name, why

    def _unlike(self, unit: Unit, made: Again, name: str) -> list[str]:
        """Return what is not as it was, writing the result if that is wanted."""
        after, why = "", []
        if made.chunks is not None:
            with ExitStack() as stack:
                held = _Held(self._result(stack, unit))
                after = self._written(made, held.through(made.chunks), name)
                why = held.complaints(looked=self._folders.results is not None and bool(unit.file["after"]))
        record = made.record._replace(after=after)
        return [*differences(unit, record, made.edits, self._key), *why]

    def _result(self, stack: ExitStack, unit: Unit) -> BinaryIO | None:
        """Return the result that is in the folder of results, None if there is none."""
        record, results = unit.file, self._folders.results
        if results is None or not record["after"]:
            return None
        path = results.find(record["result"] or "", record["result_name"], record["after"])
        try:
            return None if path is None else stack.enter_context(Path(results.full(path)).open("rb"))
        except OSError:
            return None

    def _written(self, made: Again, chunks: Iterable[Any], name: str) -> str:
        """Return the SHA-256 of a result, written into the output folder if there is one."""
        if self._folders.output is None:
            digest = hashlib.sha256()
            for piece in chunks:
                digest.update(piece)
            return digest.hexdigest()
        target = self._folders.output / (made.record.result or made.record.path)
        return write_new(target, chunks, Path(self._folders.originals.full(name)))

    def _no_file(self, keyed: str) -> str | None:
        """Return the relative path of what is no regular file, such as a link that leads nowhere."""
        if self._not_files is None:
            root = self._folders.originals.root
            paths = (
                (Path(folder).relative_to(root) / name).as_posix()
                for folder, _, names in os.walk(root)
                for name in names
            )
            others = (path for path in paths if path not in self._folders.originals.paths)
            self._not_files = {path_hash(self._key, path): path for path in others}
        return self._not_files.get(keyed)


class _Held:
    """Holds bytes that pass through against a file."""

    def __init__(self, file: BinaryIO | None) -> None:
        self._file = file
        self._same = True

    def through(self, chunks: Iterable[Any]) -> Iterator[Any]:
        """Yield the chunks in pieces."""
        for piece in in_pieces(chunks):
            if self._file is not None and self._same:
                self._same = memoryview(piece) == self._file.read(len(piece))
            yield piece

    def complaints(self, *, looked: bool) -> list[str]:
        """Return what is wrong with the file, once all chunks have passed."""
        if self._file is None:
            return ["its result is not in the folder"] if looked else []
        whole = self._same and not self._file.read(1)
        return [] if whole else ["the result in the folder is not, byte for byte, the one made again"]
