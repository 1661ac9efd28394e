"""The writer of an audit log: appends, one file's records at a time, and continues a log that was cut short.

The order that a caller keeps: the result is durable (`dcmlint.fix.write.write_new`), then `record` makes its
records durable, then the file counts as done. After SIGKILL at any moment the log therefore says nothing
that is not so; a result that is not in the log yet is made again.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any

from dcmlint.audit.canonical import LONGEST_LINE, canonical, line_hash
from dcmlint.audit.chain import Chain, mac_of, seal_of
from dcmlint.audit.edit_line import EditLine, EditLines, names_of
from dcmlint.audit.key import AuditKey
from dcmlint.audit.keyed import path_hash
from dcmlint.audit.lock import WriterLock
from dcmlint.audit.record import About, Done, EditRecord, FileRecord, Summary
from dcmlint.audit.resume import cut_off, left_of
from dcmlint.audit.shape import FORMAT, FORMAT_VERSION
from dcmlint.errors import UsageError
from dcmlint.standard.shards import edition_label

__all__ = ["AuditLog"]

_SAME_RUN = ("command", "policy_sha256", "profile", "options", "version", "edition", "key_id")
_SAME_FORM = ("keeps_paths", "keeps_identifiers")


class AuditLog:
    """An audit log that is open for writing; as a context manager it is closed where nothing was raised.

    with AuditLog.open(path, about, key) as log:
        for relative in inputs:
            if log.done(relative) ...: continue
            log.record(FileRecord(...), edit_records(instance, edits))

    `begun` is the time, in UTC, that the header has, or the record which says that the log was continued.
    """

    __slots__ = (
        *("_about", "_chain", "_descriptor", "_done", "_key", "_lines", "_lock", "_originals", "_path"),
        *("_results", "begun"),
    )

    def __init__(self, path: str, about: About, key: AuditKey) -> None:
        """Use `AuditLog.open`."""
        self._path, self._about, self._key = path, about, key
        self.begun = _now()
        self._lock = WriterLock(path)
        self._descriptor = -1
        self._chain = Chain()
        self._done: dict[str, Done] = {}
        self._results: set[str] = set()
        self._originals: set[str] = set()
        self._lines: list[bytes] = []

    @classmethod
    def open(cls, path: str, about: About, key: AuditKey) -> AuditLog:
        """Return the log at `path`: a new one, or one that was not closed, to be continued.

        Raises UsageError if it is closed, of another run (policy, options, versions, key), damaged, or
        being written by another process.
        """
        log = cls(path, about, key)
        try:
            log._begin()
        except OSError as error:
            log.leave()
            raise UsageError(f"The audit log {path} cannot be continued: {error.strerror}.") from error
        except BaseException:
            log.leave()
            raise
        return log

    def done(self, path: str) -> Done | None:
        """Return what this log says of a file by its relative path, None if it has no record of it."""
        return self._done.get(self.hash_of(path))

    def hash_of(self, path: str) -> str:
        """Return the keyed hash that records have of a relative path."""
        return path_hash(self._key, path)

    def record(self, file: FileRecord, edits: Iterable[EditRecord] = ()) -> None:
        """Append the records of a file, whose result is durable already; they are durable after the call."""
        self.add(file, edits)
        self.flush()

    def add(self, file: FileRecord, edits: Iterable[EditRecord] = ()) -> None:
        """Take the records of a file: `flush`, called once its result is durable, appends them."""
        named, uid = names_of(file, self._key)
        lines = EditLines(self._key, named, uid)
        self._take(file, (named, uid), [lines.line(edit) for edit in edits])

    def add_lines(self, file: FileRecord, lines: Sequence[EditLine]) -> None:
        """Take the records of a file as `add` does, where another process made the lines of its edits."""
        self._take(file, names_of(file, self._key), lines)

    def _take(self, file: FileRecord, names: tuple[str, str], lines: Sequence[EditLine]) -> None:
        named, uid = names
        unit = self._file(file, {"file": named, "uid": uid, "edits": len(lines)})
        self._link([*lines, unit])
        self._note(named, Done(file.before, file.after, file.status, unit["result"] or ""))

    @property
    def waiting(self) -> int:
        """How many lines wait for `flush`."""
        return len(self._lines) // 2

    def has_result(self, path: str) -> bool:
        """Tell whether the result of a file has this relative path."""
        return path_hash(self._key, path) in self._results

    def has_original(self, sha256: str) -> bool:
        """Tell whether there is a result of a file of these bytes."""
        return sha256 in self._originals

    def _note(self, named: str, done: Done) -> None:
        self._done[named] = done
        if done.after:
            self._results.add(done.result)
            self._originals.add(done.before)

    def close(self) -> Summary:
        """Append the closing record, after which nothing can be added, and give the lock back."""
        chain = self._chain
        summary = Summary(chain.line, chain.prev, chain.files, chain.edits)
        closing = {"type": "close", "time": _now(), "records": summary.records, "head": summary.head}
        self._append([{**closing, "files": summary.files, "all_edits": summary.edits, "mac": ""}])
        self._release()
        self._lock.remove()
        return summary

    def leave(self) -> None:
        """Give the lock back without closing the log: it can be continued."""
        self._release()
        with suppress(OSError):
            self._lock.release()

    def __enter__(self) -> AuditLog:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._descriptor < 0:
            return
        if error is None:
            self.close()
        else:
            self.leave()

    def _begin(self) -> None:
        if self._about.keeps_identifiers:
            _demand_encryption()
        exists = Path(self._path).exists()
        cut: list[dict[str, Any]] = []
        header = None
        if exists:
            left = left_of(self._path, self._key)
            header = left.header
            if header is not None:
                self._same(header)
            cut = cut_off(self._path, left)
            self._chain = left.chain
            for named, done in left.done.items():
                self._note(named, done)
        self._open()
        if header is None:
            self._append([self._header()])
        if exists and (header is not None or cut):
            self._append([self._resumed(cut)])

    def _open(self) -> None:
        flags = (
            os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
        )
        try:
            self._descriptor = os.open(self._path, flags, 0o600)
        except OSError as error:
            raise UsageError(f"The audit log {self._path} cannot be written: {error.strerror}.") from error
        _make_durable(Path(self._path).parent)

    def flush(self) -> None:
        """Append the records that were taken, as one unit, and make them durable.

        Raises UsageError if that cannot be; the log is left then.
        """
        lines, self._lines = self._lines, []
        if not lines:
            return
        try:
            _write(self._descriptor, b"".join(lines))
        except OSError as error:
            self.leave()
            raise UsageError(
                f"The audit log {self._path} cannot be written: {error.strerror}.",
                "What it has is kept; the same command continues it.",
            ) from error

    def _append(self, unit: Sequence[EditLine | dict[str, Any]]) -> None:
        self._link(unit)
        self.flush()

    def _link(self, unit: Sequence[EditLine | dict[str, Any]]) -> None:
        """Take records, linked to what is there."""
        if self._descriptor < 0:
            raise UsageError(f"The audit log {self._path} is not open.")
        chain, lines = self._chain, self._lines
        number, prev = chain.next, chain.prev
        for record in unit:
            if isinstance(record, EditLine):
                line = record.linked(number, prev)
                chain.edits += 1
            else:
                line = _line({**record, "n": number, "prev": prev}, self._key)
                chain.files += record["type"] == "file"
            if len(line) > LONGEST_LINE:
                self.leave()
                raise UsageError(f"A record of the audit log would be longer than {LONGEST_LINE} bytes.")
            lines += (line, b"\n")
            number, prev = number + 1, line_hash(line)
        chain.line, chain.next, chain.prev = chain.line + len(unit), number, prev

    def _header(self) -> dict[str, Any]:
        about = self._about
        return {
            "type": "header",
            "format": FORMAT,
            "format_version": FORMAT_VERSION,
            "tool": "dcmlint",
            "version": about.version,
            "edition": edition_label(),
            "actor": about.actor,
            "time": self.begun,
            "command": about.command,
            "profile": about.profile,
            "options": dict(about.options),
            "policy": about.policy,
            "policy_sha256": line_hash(about.policy.encode("utf-8", "surrogatepass")),
            "key_id": self._key.id,
            "keeps_paths": about.keeps_paths,
            "keeps_identifiers": about.keeps_identifiers,
            "mac": "",
        }

    def _same(self, header: dict[str, Any]) -> None:
        """Raise UsageError unless the header is the one that this run would write."""
        wanted = self._header()
        differs = [name for name in (*_SAME_RUN, *_SAME_FORM) if header[name] != wanted[name]]
        if differs:
            raise UsageError(
                f"The audit log {self._path} is of another run: it differs in {', '.join(differs)}.",
                "Continue it with what it was begun with, or name a new file.",
            )

    def _resumed(self, cut: list[dict[str, Any]]) -> dict[str, Any]:
        about = self._about
        told = {"type": "resumed", "time": self.begun, "actor": about.actor, "version": about.version}
        return {**told, "edition": edition_label(), "cut": cut, "mac": ""}

    def _file(self, file: FileRecord, counted: dict[str, Any]) -> dict[str, Any]:
        about, result = self._about, (file.result or file.path) if file.after else None
        return {
            "type": "file",
            **counted,
            "time": _now(),
            "status": file.status,
            "reason": file.reason,
            "exceptions": list(file.exceptions),
            "before": file.before,
            "after": file.after,
            "result": None if result is None else path_hash(self._key, result),
            "name": file.path if about.keeps_paths else None,
            "result_name": result if about.keeps_paths else None,
            "identifiers": _identifiers(file, self._key) if about.keeps_identifiers else None,
            "mac": "",
        }

    def _release(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


def _line(record: dict[str, Any], key: AuditKey) -> bytes:
    """Return the record as a line, with its MAC if it has one, and a closing record with its hash."""
    if "mac" in record:
        record["mac"] = mac_of(record, key)
    if record["type"] == "close":
        record["hash"] = seal_of(record)
    return canonical(record)


def _identifiers(file: FileRecord, key: AuditKey) -> str:
    from dcmlint.audit.identifiers import encrypted

    return encrypted(file, key)


def _demand_encryption() -> None:
    """Raise UsageError before anything is written if the map of identifiers could not be."""
    from dcmlint.audit.identifiers import demand_encryption

    demand_encryption()


def _write(descriptor: int, content: bytes) -> None:
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(descriptor, rest) :]
    os.fsync(descriptor)


def _make_durable(folder: Path) -> None:
    """Make the name of a new file in this folder durable, where the system can."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
