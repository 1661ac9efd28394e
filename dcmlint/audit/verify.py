"""A log verified: against itself, then against the folders of originals and results."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Literal, NamedTuple

from dcmlint.audit.canonical import parsed
from dcmlint.audit.chain import Chain, Problem
from dcmlint.audit.key import AuditKey
from dcmlint.audit.lines import read_lines
from dcmlint.audit.shape import misshapen

__all__ = ["MOST_PROBLEMS", "Checked", "Unit", "check_log", "last_units", "units"]

MOST_PROBLEMS = 1000
"""Problems that are kept; more are only counted."""


class Checked(NamedTuple):
    """What a log comes to, held against itself.

    `key` tells whether the key was given and is the log's; only "fits" means that nobody without the key
    can have written or rebuilt it, where there is no problem.
    """

    header: dict[str, Any]
    records: int
    files: int
    edits: int
    resumed: int
    closed: bool
    head: str
    key: Literal["fits", "other", "not given"]
    problems: tuple[Problem, ...]
    problem_count: int


class Unit(NamedTuple):
    """A file's record with its line and the records of its edits, each with its line.

    `begun` is when its writer began or continued the log.
    """

    line: int
    file: dict[str, Any]
    edits: tuple[tuple[int, dict[str, Any]], ...]
    begun: str = ""


def check_log(path: str, key: AuditKey | None, take: Callable[[dict[str, Any]], None]) -> Checked:
    """Return what is wrong with a log; `take` is given each record of a known shape, in order.

    Raises UsageError if the file cannot be read.
    """
    chain = Chain(key)
    problems: list[Problem] = []
    count = 0
    for line in chain.read(read_lines(path)):
        count += len(line.problems)
        if len(problems) < MOST_PROBLEMS:
            problems += [Problem(line.number, text) for text in line.problems]
        if line.record is not None and not misshapen(line.record):
            take(line.record)
    ending = chain.end()
    return Checked(
        header=chain.header or {},
        records=chain.line,
        files=chain.files,
        edits=chain.edits,
        resumed=chain.resumed,
        closed=chain.closed,
        head=chain.prev,
        key="not given" if key is None else "fits" if chain.key is not None and chain.header else "other",
        problems=(*problems, *ending),
        problem_count=count + len(ending),
    )


def units(path: str) -> Iterator[Unit]:
    """Yield each file's records; lines that are no records are passed over."""
    edits: list[tuple[int, dict[str, Any]]] = []
    begun = ""
    for number, content in enumerate(read_lines(path), 1):
        try:
            record = parsed(content.removesuffix(b"\n"))
        except ValueError:
            continue
        if misshapen(record):
            continue
        if record["type"] == "edit":
            edits.append((number, record))
            continue
        if record["type"] == "file":
            yield Unit(number, record, tuple(edits), begun)
        elif record["type"] in ("header", "resumed"):
            begun = record["time"]
        edits = []


def last_units(path: str) -> Iterator[Unit]:
    """Yield the records that count: where a file has several, the last."""
    last = {unit.file["file"]: unit.line for unit in units(path)}
    return (unit for unit in units(path) if last[unit.file["file"]] == unit.line)
