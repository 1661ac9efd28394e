"""What is there of a log that was not closed: what of it holds, and what a killed writer left behind."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from copy import copy
from pathlib import Path
from typing import Any, NamedTuple

from dcmlint.audit.chain import Chain, Line
from dcmlint.audit.key import AuditKey
from dcmlint.audit.lines import read_lines
from dcmlint.audit.record import Done
from dcmlint.errors import UsageError

__all__ = ["Left", "cut_off", "left_of"]

_HEADER_START = b'{"actor":'


class Left(NamedTuple):
    """What holds of an unfinished log: the chain up to the last whole unit, its end in the file in bytes,
    the header (None if there is none), and by keyed hash of the path what became of each file."""

    chain: Chain
    end: int
    header: dict[str, Any] | None
    done: dict[str, Done]


def left_of(path: str, key: AuditKey) -> Left:
    """Return what holds of a log; raises UsageError if it is closed, of another key, or damaged.

    A unit is a header, a record of a resumption, or a file's record with those of its edits before it. What
    follows the last one is what a writer that was killed left: it does not count.
    """
    _is_log(path)
    chain, size, content = Chain(key), 0, b""
    left = Left(Chain(key), 0, None, {})
    waiting: list[Line] = []
    for content in read_lines(path):
        line = chain.take(content)
        size += len(content)
        waiting.append(line)
        record = line.record
        if line.problems or record is None or record["type"] == "edit":
            continue
        _sound(path, waiting)
        waiting = []
        if record["type"] == "close":
            raise UsageError(f"The audit log {path} is closed.", "Name a new file for a new run.")
        if record["type"] == "file":
            kept = (record["before"], record["after"], record["status"], record["result"] or "")
            left.done[record["file"]] = Done(*kept)
        left = left._replace(chain=copy(chain), end=size, header=chain.header)
    # What a killed writer left: whole records of edits, then perhaps a line that has no end.
    _sound(path, waiting if content.endswith(b"\n") else waiting[:-1])
    return left


def cut_off(path: str, left: Left) -> list[dict[str, Any]]:
    """Cut off what does not hold, into a side file that is durable before it is cut.

    Returns what the next record says of it: side files of this place in the log. One that was made by a
    writer that was killed before it could say so is among them.
    """
    place = f"{path}.cut-{left.chain.next}"
    sides = _existing(place)
    with Path(path).open("r+b") as stream:
        stream.seek(left.end)
        rest = stream.read()
        if rest:
            sides += [_kept(place if not sides else f"{place}.{len(sides) + 1}", rest)]
            stream.truncate(left.end)
            os.fsync(stream.fileno())
    return [_told(side) for side in sides]


def _sound(path: str, unit: Iterable[Line]) -> None:
    for line in unit:
        if line.problems:
            raise UsageError(
                f"The audit log {path} cannot be continued: line {line.number}: {line.problems[0]}.",
                "Show all that is wrong with: dcmlint audit verify LOG",
            )


def _is_log(path: str) -> None:
    """Raise UsageError if the file begins with anything but a header, or what there is of it."""
    with Path(path).open("rb") as stream:
        start = stream.read(len(_HEADER_START))
    if not _HEADER_START.startswith(start):
        raise UsageError(f"{path} is there already and is no audit log.", "Name another file.")


def _existing(place: str) -> list[str]:
    found: list[str] = []
    name = place
    while Path(name).exists():
        found.append(name)
        name = f"{place}.{len(found) + 1}"
    return found


def _kept(name: str, content: bytes) -> str:
    with Path(name).open("xb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    return name


def _told(side: str) -> dict[str, Any]:
    content = Path(side).read_bytes()
    return {"name": Path(side).name, "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
