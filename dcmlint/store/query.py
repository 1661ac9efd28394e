"""What a store of scans says of runs and findings: read-only queries, results streamed.

A finding is open in a run from its first run on until the run in which it was resolved. Two runs are compared
by that: what is open in `run` and was not in `before` is new, what was open in `before` and is not in
`run` is resolved. `before` 0 is the time before all runs. Where a finding of several instances is reported at
none, the first member of its group stands for it when modality, device and the like are asked for.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from dcmlint.errors import UsageError

if TYPE_CHECKING:
    from sqlalchemy import Connection

__all__ = ["DIMENSIONS", "Cell", "Compared", "History", "Record", "RuleCount", "Run", "State", "Study"]

State = Literal["new", "known", "resolved"]
"""What a finding is in one run compared with another: `known` was open in both."""

DIMENSIONS = (
    "rule",
    "severity",
    "modality",
    "manufacturer",
    "model",
    "station",
    "sop_class_uid",
    "study_month",
)
"""What findings are counted by."""

_BATCH = 5_000

_OPEN = "(f.first_run <= :{0} AND (f.resolved_run IS NULL OR f.resolved_run > :{0}))"
_NOW, _BEFORE = _OPEN.format("run"), _OPEN.format("before")
_STATE = f"CASE WHEN {_NOW} THEN CASE WHEN {_BEFORE} THEN 'known' ELSE 'new' END ELSE 'resolved' END"
_RANK = "CASE f.severity WHEN 'error' THEN 0 WHEN 'warning' THEN 1 ELSE 2 END"
_SUBJECT = """findings f LEFT JOIN instances i ON i.id = COALESCE(f.instance_id, (
    SELECT MIN(m.instance_id) FROM members m WHERE m.scope = f.scope AND m.key = f.key))"""
_KEYS = ", ".join(
    f"f.{name}" if name in ("rule", "severity") else f"COALESCE(i.{name}, '') AS {name}"
    for name in DIMENSIONS
)
_RECORD = f"""{_STATE} AS state, f.id, f.rule, f.severity, f.fingerprint, f.body, COALESCE(f.scope, ''),
    f.first_run, f.resolved_run, COALESCE(i.sop_class_uid, ''),
    CASE WHEN f.instance_id IS NULL THEN '' ELSE COALESCE(i.sop_instance_uid, '') END,
    COALESCE(i.series_uid, ''), COALESCE(i.study_uid, ''), COALESCE(i.modality, ''),
    COALESCE(i.manufacturer, ''), COALESCE(i.model, ''), COALESCE(i.station, ''),
    COALESCE(i.study_month, ''), {{file}}"""
_FILE = """CASE WHEN f.instance_id IS NULL THEN '' ELSE COALESCE(
    (SELECT d.path FROM folders d WHERE d.id = i.folder_id) || i.name, '') END"""


class Run(NamedTuple):
    """One scan. Numbers are of what was open when it ended; `started` and `finished` are ISO 8601, UTC."""

    id: int
    started: str
    finished: str
    state: str
    version: str
    edition: str
    roots: tuple[str, ...]
    visited: int
    changed: int
    removed: int
    errors: int
    warnings: int
    notes: int
    new_findings: int
    resolved_findings: int

    @property
    def ended(self) -> bool:
        """Whether the store has what the run found: it came to its end or to the end of its time."""
        return self.state in ("complete", "partial")


class Compared(NamedTuple):
    """A run and the one before that it is compared with; `before` is None for the first."""

    run: Run
    before: Run | None

    @property
    def parameters(self) -> dict[str, int]:
        """The run's ids as queries take them."""
        return {"run": self.run.id, "before": self.before.id if self.before else 0}


class Cell(NamedTuple):
    """Findings that have all of DIMENSIONS in common, by state."""

    key: tuple[str, ...]
    new: int
    known: int
    resolved: int


class RuleCount(NamedTuple):
    """Findings of a rule in one severity, by state."""

    rule: str
    severity: str
    new: int
    known: int
    resolved: int


class Study(NamedTuple):
    """Open findings of a study, and how many of them are new."""

    study_uid: str
    modality: str
    manufacturer: str
    model: str
    station: str
    study_month: str
    errors: int
    warnings: int
    notes: int
    new: int


class Record(NamedTuple):
    """One finding with what its instance is. `body` is its JSON from "message" on (docs/json.md).

    `scope` is that of the group for findings of several instances, else "". Where such a finding is reported
    at no instance, it has no SOP Instance UID and no file. Texts are "" if absent.
    """

    state: State
    id: int
    rule: str
    severity: str
    fingerprint: str
    body: str
    scope: str
    first_run: int
    resolved_run: int | None
    sop_class_uid: str
    sop_instance_uid: str
    series_uid: str
    study_uid: str
    modality: str
    manufacturer: str
    model: str
    station: str
    study_month: str
    file: str

    def told(self) -> dict[str, Any]:
        """Return the members of `body` by name."""
        found: dict[str, Any] = json.loads("{" + self.body)
        return found


class History:
    """The scans of a store, read over one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def version(self) -> int:
        """Return the version of the tables, 0 if the store does not say it."""
        found = [row[0] for row in self._rows("SELECT value FROM meta WHERE key = 'schema'")]
        return int(found[0]) if found and str(found[0]).isdecimal() else 0

    def runs(self) -> list[Run]:
        """Return all runs, the first one first."""
        columns = ", ".join(Run._fields)
        return [_run(row) for row in self._rows(f"SELECT {columns} FROM runs ORDER BY id")]

    def find(self, name: str) -> Run:
        """Return a run by its id, or "last" or "last~N", which count those that ended.

        Raises UsageError if there is none.
        """
        runs = self.runs()
        if re.fullmatch(r"[0-9]{1,18}", name):
            found = [run for run in runs if run.id == int(name)]
            if found:
                return found[0]
            raise UsageError(f"The store has no run {int(name)}", _known(runs))
        relative = re.fullmatch(r"last(?:~([0-9]{1,9}))?", name)
        if not relative:
            raise UsageError(f"{name!r} is no run", "Give its id, last, or last~1 for the one before")
        ended = [run for run in runs if run.ended]
        back = int(relative[1] or 0)
        if back >= len(ended):
            raise UsageError(f"The store has {len(ended)} runs that ended: there is no {name}", _known(runs))
        return ended[-1 - back]

    def compared(self, name: str) -> Compared:
        """Return a run and the last one before it that ended."""
        run = self.find(name)
        before = [each for each in self.runs() if each.ended and each.id < run.id]
        return Compared(run, before[-1] if before else None)

    def cells(self, compared: Compared) -> Iterator[Cell]:
        """Yield the numbers of findings by DIMENSIONS, in no order."""
        query = f"""SELECT {_KEYS},
            SUM(CASE WHEN {_NOW} AND NOT {_BEFORE} THEN 1 ELSE 0 END),
            SUM(CASE WHEN {_NOW} AND {_BEFORE} THEN 1 ELSE 0 END),
            SUM(CASE WHEN {_NOW} THEN 0 ELSE 1 END)
            FROM {_SUBJECT} WHERE {_NOW} OR {_BEFORE}
            GROUP BY {", ".join(str(number + 1) for number in range(len(DIMENSIONS)))}"""
        width = len(DIMENSIONS)
        for row in self._rows(query, compared):
            yield Cell(tuple(row[:width]), int(row[width]), int(row[width + 1]), int(row[width + 2]))

    def by_rule(self, compared: Compared) -> list[RuleCount]:
        """Return the numbers of findings by rule and severity, the most severe, then most frequent first."""
        query = f"""SELECT f.rule, f.severity, SUM(CASE WHEN {_NOW} AND NOT {_BEFORE} THEN 1 ELSE 0 END),
            SUM(CASE WHEN {_NOW} AND {_BEFORE} THEN 1 ELSE 0 END), SUM(CASE WHEN {_NOW} THEN 0 ELSE 1 END)
            FROM findings f WHERE {_NOW} OR {_BEFORE} GROUP BY f.rule, f.severity"""
        rows = self._rows(query, compared)
        found = [RuleCount(row[0], row[1], *(int(number) for number in row[2:])) for row in rows]
        order = {"error": 0, "warning": 1}
        return sorted(
            found, key=lambda each: (order.get(each.severity, 2), -each.new - each.known, each.rule)
        )

    def studies(self, compared: Compared, most: int) -> list[Study]:
        """Return the studies with the most errors, then warnings, then notes."""
        query = f"""SELECT i.study_uid, MIN(COALESCE(i.modality, '')), MIN(COALESCE(i.manufacturer, '')),
            MIN(COALESCE(i.model, '')), MIN(COALESCE(i.station, '')), MIN(COALESCE(i.study_month, '')),
            SUM(CASE f.severity WHEN 'error' THEN 1 ELSE 0 END) AS errors,
            SUM(CASE f.severity WHEN 'warning' THEN 1 ELSE 0 END) AS warnings,
            SUM(CASE f.severity WHEN 'note' THEN 1 ELSE 0 END) AS notes,
            SUM(CASE WHEN {_BEFORE} THEN 0 ELSE 1 END)
            FROM {_SUBJECT} WHERE {_NOW} AND COALESCE(i.study_uid, '') <> '' GROUP BY i.study_uid
            ORDER BY errors DESC, warnings DESC, notes DESC, i.study_uid LIMIT :most"""
        rows = self._rows(query, compared, most=most)
        return [Study(*row[:6], *(int(number) for number in row[6:])) for row in rows]

    def examples(self, compared: Compared, each: int, *, files: bool) -> Iterator[Record]:
        """Yield at most `each` findings of every rule and state: the most severe, then the latest."""
        query = f"""WITH ranked AS (SELECT f.id AS id, ROW_NUMBER() OVER (
                PARTITION BY f.rule, {_STATE}
                ORDER BY {_RANK}, f.first_run DESC, f.fingerprint, f.id) AS place
            FROM findings f WHERE {_NOW} OR {_BEFORE})
            SELECT {_columns(files)} FROM {_SUBJECT}
            JOIN ranked r ON r.id = f.id WHERE r.place <= :each ORDER BY f.rule, state, r.place"""
        for row in self._rows(query, compared, each=each):
            yield Record(*row)

    def records(
        self, compared: Compared, states: Sequence[State], *, files: bool, most: int = 0, severe: bool = False
    ) -> Iterator[Record]:
        """Yield the findings of these states by id, at most `most` (0: all), with `severe` errors first."""
        where = {"new": f"({_NOW} AND NOT {_BEFORE})", "known": f"({_NOW} AND {_BEFORE})"}
        where["resolved"] = f"({_BEFORE} AND NOT {_NOW})"
        wanted = " OR ".join(where[state] for state in states)
        order = f"{_RANK}, f.rule, f.id" if severe else "f.id"
        query = f"SELECT {_columns(files)} FROM {_SUBJECT} WHERE {wanted} ORDER BY {order}"
        limit = {"most": most} if most else {}
        for row in self._rows(query + (" LIMIT :most" if most else ""), compared, **limit):
            yield Record(*row)

    def _rows(self, query: str, compared: Compared | None = None, **more: int) -> Iterator[Any]:
        from sqlalchemy import text

        parameters = {**(compared.parameters if compared else {}), **more}
        options = {"yield_per": _BATCH}
        yield from self._connection.execute(text(query), parameters, execution_options=options)


def _columns(files: bool) -> str:
    return _RECORD.format(file=_FILE if files else "''")


def _run(row: Any) -> Run:
    texts = {"started", "finished", "state", "version", "edition"}
    given = row._mapping
    values: dict[str, Any] = {name: given[name] or ("" if name in texts else 0) for name in Run._fields}
    return Run(**{**values, "roots": tuple(map(str, json.loads(given["roots"] or "[]")))})


def _known(runs: Sequence[Run]) -> str:
    listed = ", ".join(f"{run.id} ({run.state})" for run in runs[-10:])
    return f"The latest are: {listed}" if runs else "There is none yet: dcmlint scan ROOT --store URL"
