"""The records of files and edits held against the files they are about."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any, NamedTuple

from dcmlint.audit.chain import Problem
from dcmlint.audit.changes import unrecorded
from dcmlint.audit.folder import Folder
from dcmlint.audit.key import AuditKey
from dcmlint.audit.keyed import value_hash
from dcmlint.audit.values import item_at, parsed_path, value_of
from dcmlint.audit.verify import MOST_PROBLEMS, Unit, last_units
from dcmlint.errors import UnreadableError
from dcmlint.read.item import Instance
from dcmlint.read.opener import read_instance
from dcmlint.source.blob import open_blob

__all__ = ["Compared", "compare"]


class Compared(NamedTuple):
    """What the files say: how many of each folder are as recorded, how many values, and what is not.

    `other_originals` and `other_results` are files that no record is about. `compared` counts pairs of which
    every change was looked for in the records.
    """

    originals: int
    results: int
    old_values: int
    new_values: int
    compared: int
    other_originals: tuple[str, ...]
    other_results: tuple[str, ...]
    problems: tuple[Problem, ...]
    problem_count: int


class _Pair(NamedTuple):
    """A file's bytes and Instance, of the original or the result."""

    content: Any
    instance: Instance


class _Comparison:
    """Counts and problems while files are compared."""

    __slots__ = ("compared", "count", "in_place", "key", "new", "old", "originals", "problems", "results")

    def __init__(self, key: AuditKey | None, *, in_place: bool) -> None:
        self.key, self.in_place = key, in_place
        self.problems: list[Problem] = []
        self.count = self.originals = self.results = self.old = self.new = self.compared = 0

    def tell(self, line: int, text: str) -> None:
        """Count a problem, and keep it while there is room."""
        self.count += 1
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append(Problem(line, text))


def compare(
    log: str,
    key: AuditKey | None,
    originals: Folder | None,
    results: Folder | None,
    *,
    in_place: bool = False,
) -> Compared:
    """Return what files say of the records of a log; where a file has two records the later one counts.

    Without the key keyed hashes of values cannot be compared; SHA-256 of files can. Of a run that was done
    `in_place` the originals are backups, of what was changed alone, and results have other files beside them.
    """
    comparison = _Comparison(key, in_place=in_place)
    for unit in last_units(log):
        with ExitStack() as stack:
            before = _original(comparison, unit, originals)
            after = _result(comparison, unit, results)
            _inside(comparison, unit, _opened(stack, before), _opened(stack, after))
    others = _unmet(results)
    if others and not in_place:
        comparison.tell(0, f"{len(others)} files in the folder of results are in no record")
    return Compared(
        originals=comparison.originals,
        results=comparison.results,
        old_values=comparison.old,
        new_values=comparison.new,
        compared=comparison.compared,
        other_originals=_unmet(originals),
        other_results=others,
        problems=tuple(comparison.problems),
        problem_count=comparison.count,
    )


def _unmet(folder: Folder | None) -> tuple[str, ...]:
    return () if folder is None else tuple(sorted(folder.paths - folder.met))


def _original(comparison: _Comparison, unit: Unit, folder: Folder | None) -> str | None:
    """Return where the original is, None if it is not there or is another."""
    record = unit.file
    if folder is None or (comparison.in_place and record["before"] == record["after"]):
        return None
    path = folder.find(record["file"], record["name"], record["before"])
    if not record["before"]:
        return None
    if path is None:
        comparison.tell(unit.line, "its original is not in the folder")
        return None
    if folder.hash(path) != record["before"]:
        comparison.tell(unit.line, "its original is not what it was: the SHA-256 differs")
        return None
    comparison.originals += 1
    return folder.full(path)


def _result(comparison: _Comparison, unit: Unit, folder: Folder | None) -> str | None:
    """Return where the result is, None if it is not there or is another."""
    record = unit.file
    if folder is None:
        return None
    if not record["after"]:
        if folder.find(record["file"], record["name"], "") is not None:
            comparison.tell(
                unit.line, "there is a file in its place, though the record says there is no result"
            )
        return None
    path = folder.find(record["result"] or "", record["result_name"], record["after"])
    if path is None:
        comparison.tell(unit.line, "its result is not in the folder")
        return None
    if folder.hash(path) != record["after"]:
        comparison.tell(unit.line, "its result is not what was written: the SHA-256 differs")
        return None
    comparison.results += 1
    return folder.full(path)


def _opened(stack: ExitStack, path: str | None) -> _Pair | None:
    if path is None:
        return None
    try:
        blob = open_blob(path)
    except UnreadableError:
        return None
    stack.callback(blob.close)
    instance = read_instance(blob.buf)
    stack.callback(instance.close)
    return _Pair(blob.buf, instance)


def _inside(comparison: _Comparison, unit: Unit, before: _Pair | None, after: _Pair | None) -> None:
    """Hold the values of original and result against the records of edits, and each other."""
    if comparison.key is not None:
        _values(comparison, unit, before, after)
    if before is None or after is None:
        return
    comparison.compared += 1
    recorded = {edit["path"] for _, edit in unit.edits}
    missing = list(unrecorded(before.instance, after.instance, recorded))
    for path in missing[:10]:
        comparison.tell(unit.line, f"{path} differs between original and result, and no record says so")
    if len(missing) > 10:
        comparison.tell(unit.line, f"so do {len(missing) - 10} more Attributes")
    if not any(path.startswith("@") for path in recorded) and _head(before) != _head(after):
        comparison.tell(unit.line, "the bytes before the DICM prefix differ, and no record says so")


def _head(pair: _Pair) -> bytes:
    return bytes(pair.content[:128]) if pair.content[128:132] == b"DICM" else b""


def _values(comparison: _Comparison, unit: Unit, before: _Pair | None, after: _Pair | None) -> None:
    """Hold each old value against the original and each new one against the result.

    Where an Attribute was edited more than once, the first old and the last new value are those of files.
    A new value inside of a Sequence that was edited too is not there to be compared.
    """
    first: dict[str, tuple[int, dict[str, Any]]] = {}
    last: dict[str, tuple[int, dict[str, Any]]] = {}
    for number, edit in unit.edits:
        first.setdefault(edit["path"], (number, edit))
        last[edit["path"]] = (number, edit)
    if before is not None:
        for number, edit in first.values():
            comparison.old += 1
            if not _is_logged(comparison.key, edit, "old", before):
                comparison.tell(number, "the value before is not that of the original")
    if after is not None:
        for path, (number, edit) in last.items():
            if path.startswith("@") or _is_inside(path, last):
                continue
            comparison.new += 1
            if not _is_logged(comparison.key, edit, "new", after):
                comparison.tell(number, "the value after is not that of the result")


def _is_inside(path: str, edited: dict[str, Any]) -> bool:
    while "[" in path:
        path = path[: path.rindex("[")]
        if path in edited:
            return True
    return False


def _is_logged(key: AuditKey | None, edit: dict[str, Any], side: str, pair: _Pair) -> bool:
    value = _value_at(edit["path"], pair)
    logged = edit[side]
    if value is None or logged is None or key is None:
        return value is None and logged is None
    return value_hash(key, side, edit["file"], edit["path"], value) == str(logged)


def _value_at(path: str, pair: _Pair) -> bytes | None:
    if path.startswith("@"):
        start, _, end = path[1:].partition("-")
        return bytes(pair.content[int(start) : int(end)])
    found = parsed_path(path)
    if found is None:
        return None
    location, tag = found
    return value_of(item_at(pair.instance, location, tag), tag)
