"""An audit log held against itself: every line, its link to the one before, and with the key its MAC."""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from dcmlint.audit.canonical import NO_HASH, canonical, line_hash, parsed
from dcmlint.audit.key import AuditKey
from dcmlint.audit.shape import FORMAT_VERSION, misshapen

__all__ = ["Chain", "Line", "Problem", "mac_of", "seal_of"]


class Problem(NamedTuple):
    """What is wrong in which line; 0 is no line in particular. It holds no value."""

    line: int
    text: str


class Line(NamedTuple):
    """One line of a log: its number, its record (None if it is none), and what is wrong with it."""

    number: int
    record: dict[str, Any] | None
    problems: tuple[str, ...]


def mac_of(record: dict[str, Any], key: AuditKey) -> str:
    """Return the MAC of a record, which covers all before it by `prev`."""
    return key.digest("record", canonical(_without(record, "mac", "hash")))


def seal_of(record: dict[str, Any]) -> str:
    """Return the hash that a closing record gives of itself."""
    return line_hash(canonical(_without(record, "hash")))


class Chain:
    """What has been read of a log so far, and what the next line must be.

    `key` is None where none was given, and from the header on where it is not the log's.
    """

    __slots__ = ("closed", "edits", "files", "header", "key", "line", "next", "pending", "prev", "resumed")

    def __init__(self, key: AuditKey | None = None) -> None:
        self.key = key
        self.line = self.files = self.edits = self.resumed = self.pending = 0
        self.next = 1
        self.prev = NO_HASH
        self.header: dict[str, Any] | None = None
        self.closed = False

    def read(self, lines: Iterable[bytes]) -> Iterator[Line]:
        """Yield each line, given with its end, with what is wrong with it."""
        for line in lines:
            yield self.take(line)

    def take(self, line: bytes) -> Line:
        """Return the next line, given with its end, with what is wrong with it."""
        self.line += 1
        content = line.removesuffix(b"\n")
        problems = [] if content != line else ["it is cut off: it has no end"]
        record = None
        try:
            record = parsed(content)
        except ValueError as error:
            problems.append(str(error))
        if record is not None:
            problems += self._wrong(record)
        self.prev = line_hash(content)
        return Line(self.line, record, tuple(problems))

    def end(self) -> list[Problem]:
        """Return what is missing at the end."""
        if self.line == 0:
            return [Problem(0, "it is empty")]
        if self.closed:
            return []
        text = "the log ends without a closing record: it is cut off, or its run has not ended"
        return [Problem(self.line + 1, text)]

    def _wrong(self, record: dict[str, Any]) -> list[str]:
        """Return what is wrong with a record, and count it."""
        if wrong := misshapen(record):
            self.next += 1
            return [wrong]
        problems = list(self._out_of_order(record))
        if record["prev"] != self.prev:
            problems.append("it does not follow from the line before: that was changed, or lines are missing")
        problems += getattr(self, f"_{record['type']}")(record)
        problems += self._forged(record)
        self.next = record["n"] + 1
        return problems

    def _out_of_order(self, record: dict[str, Any]) -> Iterator[str]:
        number = record["n"]
        if number > self.next:
            yield f"records {self.next} to {number - 1} are missing before it, or it was moved"
        elif number < self.next:
            yield f"it is record {number} where {self.next} was due: it was moved, or put in"
        if self.closed:
            yield "it comes after the closing record"
        if (record["type"] == "header") != (self.line == 1):
            yield "a header is the first record, and only that"

    def _forged(self, record: dict[str, Any]) -> Iterator[str]:
        if "hash" in record and record["hash"] != seal_of(record):
            yield "it was changed: its own hash differs"
        if self.key is None or "mac" not in record:
            return
        if not hmac.compare_digest(record["mac"], mac_of(record, self.key)):
            yield "its MAC is not of this key: it, or something before it, was written without the key"

    def _header(self, record: dict[str, Any]) -> Iterator[str]:
        self.header = self.header or record
        if record["format_version"] != FORMAT_VERSION:
            yield f"its format is of a version that is not known; this one knows {FORMAT_VERSION}"
        if record["policy_sha256"] != line_hash(record["policy"].encode("utf-8", "surrogatepass")):
            yield "the policy's text has another hash"
        if self.key is not None and record["key_id"] != self.key.id:
            self.key = None  # one problem says it; that every MAC differs follows from it
            yield "it was written with another key than the one given"

    def _edit(self, record: dict[str, Any]) -> Iterator[str]:
        self.edits += 1
        self.pending += 1
        yield from ()

    def _file(self, record: dict[str, Any]) -> Iterator[str]:
        self.files += 1
        pending, self.pending = self.pending, 0
        if record["edits"] != pending:
            yield f"it counts {record['edits']} edits, but {pending} records of edits precede it"

    def _resumed(self, record: dict[str, Any]) -> Iterator[str]:
        self.resumed += 1
        if self.pending:
            yield "records of edits before it belong to no file"
        self.pending = 0

    def _close(self, record: dict[str, Any]) -> Iterator[str]:
        self.closed = True
        if self.pending:
            yield "records of edits before it belong to no file"
        for name, counted in (("records", self.line - 1), ("files", self.files), ("all_edits", self.edits)):
            if record[name] != counted:
                yield f"it counts {record[name]} {name.removeprefix('all_')}, but there are {counted}"
        if record["head"] != record["prev"]:
            yield "its head is not the hash of the record before"


def _without(record: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in record.items() if name not in names}
