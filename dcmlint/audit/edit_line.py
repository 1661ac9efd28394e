"""The lines of a log that tell of edits: what `canonical` would write, put together of parts that recur.

A file has dozens of edits and one record of its own, so these lines are what a log costs.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from dcmlint.audit.canonical import quoted
from dcmlint.audit.key import AuditKey
from dcmlint.audit.keyed import ValueHashes, path_hash, uid_hash
from dcmlint.audit.record import EditRecord, FileRecord

__all__ = ["EditLine", "EditLines", "names_of", "packed", "unpacked"]


class EditLine(NamedTuple):
    """A line but for what links it to the one before: what is around the number and that one's hash."""

    start: str
    middle: str
    end: str

    def linked(self, number: int, prev: str) -> bytes:
        """Return the line, without its end, as the record of this number."""
        return f"{self.start}{number}{self.middle}{prev}{self.end}".encode("ascii")


class EditLines:
    """Makes the lines of the edits of one file, `file` and `uid` being its keyed hashes."""

    __slots__ = ("_file", "_new", "_old", "_uid")

    def __init__(self, key: AuditKey, file: str, uid: str) -> None:
        self._file, self._uid = file, uid
        self._old, self._new = ValueHashes(key, "old", file), ValueHashes(key, "new", file)

    def line(self, edit: EditRecord) -> EditLine:
        """Return the line of an edit: keys in alphabetical order, no white space."""
        path, tag, action, clause, old, new = edit
        before = "null" if old is None else f'"{self._old.of(path, old)}"'
        after = "null" if new is None else f'"{self._new.of(path, new)}"'
        return EditLine(
            f'{_what(action, clause)},"file":"{self._file}","n":',
            f',"new":{after},"old":{before},"path":{quoted(path)},"prev":"',
            f'","tag":{quoted(tag)},"type":"edit","uid":"{self._uid}"}}',
        )


def names_of(file: FileRecord, key: AuditKey) -> tuple[str, str]:
    """Return the keyed hashes of a file's path and SOP Instance UID, by which all its records name it."""
    return path_hash(key, file.path), uid_hash(key, file.sop_instance_uid)


def packed(lines: Iterable[EditLine]) -> str:
    """Return the lines as one text, which is cheap to send: JSON of ASCII characters has neither of the two
    that part them."""
    return "\n".join(map("\t".join, lines))


def unpacked(text: str) -> list[EditLine]:
    """Return the lines that `packed` was given."""
    return [EditLine(*line.split("\t")) for line in text.split("\n")] if text else []


@lru_cache(maxsize=1 << 10)
def _what(action: str, clause: str) -> str:
    return f'{{"action":{quoted(action)},"clause":{quoted(clause)}'
