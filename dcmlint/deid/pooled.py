"""Files de-identified by several processes at once.

Workers read, hash, walk and splice, write the result under a temporary name, flush it, and make the lines of
the log that tell of its edits. What depends on other files is done here, in the order of the inputs: which
name a result gets, which file is a copy, and how records are linked. So results and log are those of one
process. Only this process gives results their names: a worker that outlives it can leave a temporary file
and nothing else.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

from dcmlint.audit.edit_line import EditLines, names_of, packed, unpacked
from dcmlint.audit.key import AuditKey
from dcmlint.audit.record import FileRecord
from dcmlint.deid.files import Run, earlier, inputs, relative_to, top_of
from dcmlint.deid.make import NOTHING_TAKEN, Made, deidentifier_of, made, named, refused
from dcmlint.deid.policy import Policy
from dcmlint.deid.profile import Profile
from dcmlint.deid.walk import NotSafeError
from dcmlint.errors import UnreadableError
from dcmlint.execute.pace import Pace
from dcmlint.fix.write import put_part, remove_parts, write_part
from dcmlint.source import Entry
from dcmlint.source.blob import open_blob

__all__ = ["Asked", "FileWork", "Sent", "apply_pooled", "patience_s"]

_SILENT_S, _LONGEST_S, _BYTES_A_SECOND = 600.0, 86_400.0, 1 << 20
"""How long a worker may be at a file: the least and the most, and between them by the length of the file."""

_FEW = 8
"""Files below which no process is started: each loads tables of its own."""

_AHEAD, _WINDOW = 16, 256
"""Files that a worker is given at a time, and by how many for each worker results may come too early."""

_WAITING = 32 << 20
"""Characters of lines that wait for the results of earlier files, about."""


def patience_s(entry: Entry) -> float:
    """Return for how many seconds a worker may be at one file before it counts as stuck."""
    try:
        size = Path(entry.path).stat().st_size
    except (OSError, ValueError):
        size = 0
    return min(_SILENT_S + size / _BYTES_A_SECOND, _LONGEST_S)


class Asked(NamedTuple):
    """What de-identifies, and the folders of originals and results."""

    profile: Profile
    policy: Policy
    break_signatures: bool
    top: str
    output: str


class Sent(NamedTuple):
    """What a worker sends of one file: its record, with the path that its result wants and the SHA-256 of it;
    the temporary file that holds it ("" = no result), and the lines of its edits (`packed`).

    `error` is what ends the run, as it would have in this process.
    """

    record: FileRecord
    part: str = ""
    lines: str = ""
    error: Exception | None = None


class FileWork:
    """The work on one file (`dcmlint.execute.Work`)."""

    def __init__(self, asked: Asked, key: AuditKey) -> None:
        self._asked, self._key = asked, key
        self.deidentifier = deidentifier_of(
            asked.profile, asked.policy, key, break_signatures=asked.break_signatures
        )

    def __reduce__(self) -> tuple[Any, ...]:
        return FileWork, (self._asked, self._key)

    def __call__(self, entry: Entry) -> Sent:
        """Return what came of a file; raises MemoryError, which costs that file."""
        relative = relative_to(self._asked.top, entry.path)
        try:
            blob = open_blob(entry.path)
        except UnreadableError as error:
            return self.lost(entry, str(error))
        try:
            with closing(made(self.deidentifier, NOTHING_TAKEN, relative, blob.buf)) as found:
                return self._sent(found, entry.path)
        except MemoryError:
            raise
        except Exception as error:
            return Sent(FileRecord(relative, "", "", "", "failed"), error=error)
        finally:
            blob.close()

    def lost(self, entry: Entry, reason: str) -> Sent:
        """Return what is sent of a file that could not be read, or whose worker died."""
        return Sent(FileRecord(relative_to(self._asked.top, entry.path), "", "", "", "failed", reason))

    def _sent(self, found: Made, path: str) -> Sent:
        if found.record.status != "done":
            return Sent(found.record)
        lines = EditLines(self._key, *names_of(found.record, self._key))
        text = packed(map(lines.line, found.edits))
        part, after = write_part(self._asked.output, found.chunks, Path(path))
        return Sent(found.record._replace(after=after), part, text)


def apply_pooled(run: Run, source: str, work: FileWork, jobs: int) -> None:
    """De-identify every file of the source in `jobs` processes."""
    from dcmlint.execute.pool import Pool

    pace = Pace(_FEW, 1, ahead=_AHEAD, window=_WINDOW, patience_s=patience_s, is_bound=True)
    pace = pace._replace(weigh=lambda sent: len(sent.lines), most_weight=_WAITING)
    queue = _Queue(run, source, work)
    try:
        with closing(Pool(jobs, pace).run(work, queue.entries())) as results:
            for sent in results:
                queue.take(sent)
        queue.end()
    finally:
        with suppress(OSError):
            # Of workers that were ended, and of those of a killed run that had not ended when this one began.
            remove_parts(run.output, of_any=True)


class _Queue:
    """Files in the order of the inputs, from when they are given out until they are in the log; those that an
    earlier run refused are among them, so that they are told in their place."""

    def __init__(self, run: Run, source: str, work: FileWork) -> None:
        self._run, self._source, self._work = run, source, work
        self._waiting: deque[tuple[str, str]] = deque()

    def entries(self) -> Iterator[Entry]:
        """Yield what there is to be done."""
        top = top_of(self._source)
        for path in inputs(self._source):
            known = earlier(self._run.log, relative_to(top, path))
            if known == "":
                self._run.tally.before += 1
                continue
            self._waiting.append((path, known or ""))
            if known is None:
                yield Entry(path)

    def take(self, sent: Sent) -> None:
        """Write and record the next file; raises what its worker raised."""
        self.end()
        path, _ = self._waiting.popleft()
        if sent.error is not None:
            raise sent.error
        record = self._kept(sent, Path(path)) if sent.part else sent.record
        lines = unpacked(sent.lines) if record.after else []
        self._run.batch.record_lines(record, lines)
        self._run.tally.exceptions.update(record.exceptions)
        self._run.tally.take(path, record.reason)

    def end(self) -> None:
        """Tell of files that are next and have been refused before."""
        while self._waiting and self._waiting[0][1]:
            self._run.tally.take(*self._waiting.popleft())

    def _kept(self, sent: Sent, source: Path) -> FileRecord:
        """Return the record of a file whose result has its name now, or is dropped as that of a copy."""
        record, run = sent.record, self._run
        try:
            result = named(self._work.deidentifier, run.log, record, PurePosixPath(record.result))
        except NotSafeError as error:
            Path(sent.part).unlink(missing_ok=True)
            return refused(record, str(error))
        put_part(sent.part, run.output / result, source, unflushed=run.batch.unflushed)
        return record._replace(result=result)
