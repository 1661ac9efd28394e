"""What runs in a Dask worker: one batch of entries to one answer.

The work is unpickled once in each worker process and kept. Batches of one process run one after the other,
since checking is not made for threads.
"""

# ruff: noqa: PTH109
from __future__ import annotations

import os
import pickle
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, NamedTuple

from dcmlint.environment import environment
from dcmlint.execute import Work, in_process
from dcmlint.source import Entry

__all__ = ["Answer", "Batch", "Parcel", "held", "serve", "serve_apart"]

Batch = tuple[Entry, ...]


class Parcel(NamedTuple):
    """The work as it travels: pickled, with what must be the same where it is done.

    `name` tells one work from another, `cwd` is the folder that paths are relative to.
    """

    name: str
    environment: Mapping[str, str]
    cwd: str
    pickled: bytes


class Answer(NamedTuple):
    """What came of a batch.

    `results` has the result of each entry, or the reason (text) for which the process that worked on it
    died in `lost`. `unseen` are the numbers of entries that this worker may not read, `sight` is (size, time
    of change in s) of the first file. `refused` says why the worker cannot do any of it. `failed` is set
    where an exception was raised: the batch must be done apart.
    """

    worker: str
    results: tuple[Any, ...] = ()
    lost: Mapping[int, str] = {}
    unseen: tuple[int, ...] = ()
    sight: tuple[int, int] | None = None
    refused: str = ""
    failed: bool = False


class _RefusedError(Exception):
    """This worker cannot do what it is asked for."""


_turn = threading.Lock()
_kept: dict[str, Work[Any]] = {}


def held(parcel: Parcel) -> Parcel:
    """Return the parcel: as the result of a task it is sent to each worker once, not with each batch."""
    return parcel


def serve(parcel: Parcel, batch: Batch) -> Answer:
    """Return the answer of this worker process for a batch."""
    worker = _address()
    with _turn:
        try:
            work = _work(parcel)
            with _in_folder(parcel.cwd, batch):
                unseen, sight = _seen(batch)
                results = tuple(in_process(1).run(work, batch))
        except _RefusedError as error:
            return Answer(worker, refused=str(error))
        except Exception:  # a lack of memory
            return Answer(worker, failed=True)
    return Answer(worker, results, unseen=unseen, sight=sight)


def serve_apart(parcel: Parcel, batch: Batch) -> Answer:
    """Return the answer for a batch that killed workers, each entry in a process that it alone can kill."""
    results: list[Any] = []
    lost: dict[int, str] = {}
    while len(results) < len(batch):
        try:
            found, reason = _apart(parcel, batch[len(results) :])
        except _RefusedError as error:
            return Answer(_address(), refused=str(error))
        results += found
        if len(results) < len(batch):
            lost[len(results)] = reason
            results.append(None)
    return Answer(_address(), tuple(results), lost)


def _apart(parcel: Parcel, batch: Batch) -> tuple[list[Any], str]:
    """Return the results of a new process up to its death, and how it died; raises _RefusedError if it did
    not come to the first entry."""
    command = [sys.executable, "-m", "dcmlint_dask.apart"]
    folder = parcel.cwd if _is_relative(batch) else None
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=folder)
    assert process.stdin is not None and process.stdout is not None
    with process:
        try:
            pickle.dump(sys.path, process.stdin)
            pickle.dump((parcel, batch), process.stdin)
            process.stdin.close()
        except OSError:
            pass  # it died already: its status tells how
        results = list(_read(process.stdout))
    code = process.returncode
    how = f"was ended by signal {-code}" if code < 0 else f"ended with status {code}"
    if not results:
        raise _RefusedError(f"a process for entries that end processes cannot begin: it {how}")
    return results[1:], f"the process that read it {how}"


def _read(stream: IO[bytes]) -> Iterator[Any]:
    while True:
        try:
            yield pickle.load(stream)
        except (EOFError, pickle.UnpicklingError):
            return


def _work(parcel: Parcel) -> Work[Any]:
    """Return the work of a parcel, the same one each time; raises _RefusedError if it cannot be done here."""
    if parcel.name not in _kept:
        differences = differing(parcel.environment, environment())
        if differences:
            raise _RefusedError(f"it has other versions than this machine: {differences}")
        _kept.clear()
        try:
            _kept[parcel.name] = pickle.loads(parcel.pickled)
        except Exception as error:
            raise _RefusedError(f"it cannot begin ({type(error).__name__})") from None
    return _kept[parcel.name]


def differing(wanted: Mapping[str, str], there: Mapping[str, str]) -> str:
    """Return in words what differs between two environments, "" if nothing does."""
    names = sorted({*wanted, *there})
    return ", ".join(
        f"{name} {there.get(name, 'missing')}, not {wanted.get(name, 'missing')}"
        for name in names
        if wanted.get(name) != there.get(name)
    )


@contextmanager
def _in_folder(folder: str, batch: Batch) -> Iterator[None]:
    """Make relative paths mean what they mean where they come from."""
    if not _is_relative(batch):
        yield
        return
    before = os.getcwd()
    try:
        os.chdir(folder)
    except OSError as error:
        raise _RefusedError(
            f"the folder {folder}, which the paths are relative to, cannot be entered there: {error.strerror}"
        ) from None
    try:
        yield
    finally:
        os.chdir(before)


def _is_relative(batch: Batch) -> bool:
    return any(entry.scheme == "file" and not entry.path.startswith(os.sep) for entry in batch)


def _seen(batch: Sequence[Entry]) -> tuple[tuple[int, ...], tuple[int, int] | None]:
    """Return the numbers of files that cannot be read here, and the sight of the first file."""
    unseen = [number for number, entry in enumerate(batch) if not readable(entry)]
    return tuple(unseen), next((sight_of(entry) for entry in batch if entry.scheme == "file"), None)


def readable(entry: Entry) -> bool:
    """Tell whether this process may read what an entry names, as far as it is a file or a member of one."""
    path = _file_of(entry)
    if not path:
        return True
    try:
        return os.access(path, os.R_OK)
    except ValueError:  # a NUL in the path
        return False


def _file_of(entry: Entry) -> str:
    """Return the file that is opened for an entry, "" if none is."""
    if entry.scheme == "archive" and entry.place:
        return entry.path[: entry.place[0]]
    return entry.path if entry.scheme == "file" and not entry.problem else ""


def sight_of(entry: Entry) -> tuple[int, int] | None:
    """Return (size, time of the last change in s) of a file, None if it cannot be had."""
    try:
        status = Path(entry.path).stat()
    except (OSError, ValueError):
        return None
    return status.st_size, int(status.st_mtime)


def _address() -> str:
    from distributed import get_worker

    return str(get_worker().address)
