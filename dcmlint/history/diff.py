"""Two runs of a store compared: what is new, what was resolved, what stayed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import TextIO

from dcmlint.history.overview import run_facts, when
from dcmlint.history.rows import row
from dcmlint.report.render import printable
from dcmlint.store.query import Compared, History, Record, RuleCount, State

__all__ = ["FORMATS", "write_diff"]

FORMATS = ("text", "json")

_NAMES: Mapping[State, str] = {"new": "new", "resolved": "resolved", "known": "unchanged"}
_MAX_TEXT = 300


def write_diff(
    history: History, compared: Compared, out: TextIO, *, form: str, files: bool, limit: int
) -> None:
    """Write the numbers and lists of findings; at most `limit` of each list (0: all)."""
    pieces = (
        _json(history, compared, files, limit) if form == "json" else _text(history, compared, files, limit)
    )
    for piece in pieces:
        out.write(piece)


def _totals(rules: list[RuleCount]) -> dict[State, int]:
    return {state: sum(getattr(each, state) for each in rules) for state in _NAMES}


def _text(history: History, compared: Compared, files: bool, limit: int) -> Iterator[str]:
    run, before = compared.run, compared.before
    assert before is not None
    rules = history.by_rule(compared)
    totals = _totals(rules)
    yield f"From run {before.id} ({when(before.finished)}) to run {run.id} ({when(run.finished)}):\n"
    yield ", ".join(f"{totals[state]:,} {name}" for state, name in _NAMES.items()) + "\n"
    changed = [each for each in rules if each.new or each.resolved]
    if changed:
        yield "\nBy rule\n"
        width = max(len(each.rule) for each in changed)
        for each in changed:
            numbers = f"{each.new:>8,} new {each.resolved:>8,} resolved {each.known:>8,} unchanged"
            yield f"  {each.severity:<8} {each.rule:<{width}} {numbers}\n"
    for state in ("new", "resolved"):
        if totals[state]:
            yield f"\n{_NAMES[state].capitalize()}\n"
            yield from _list(history, compared, state, files=files, limit=limit)
            if limit and totals[state] > limit:
                yield f"  and {totals[state] - limit:,} more: --limit 0 lists all\n"


def _list(history: History, compared: Compared, state: State, *, files: bool, limit: int) -> Iterator[str]:
    for record in history.records(compared, (state,), files=files, most=limit, severe=True):
        yield f"  {record.severity:<8} {_sentence(record)}\n"


def _sentence(record: Record) -> str:
    cells = row(record)
    where = (
        cells["file"] or cells["sop_instance_uid"] or f"{record.scope or 'study'} {cells['study_uid'] or ''}"
    )
    message = printable(str(cells["message"]), _MAX_TEXT)
    path = f" at {cells['path']}" if cells["path"] and str(cells["path"]) not in message else ""
    return f"{record.rule}  {message}{path} ({str(where).strip()})"


def _json(history: History, compared: Compared, files: bool, limit: int) -> Iterator[str]:
    assert compared.before is not None
    rules = history.by_rule(compared)
    totals = {name: _totals(rules)[state] for state, name in _NAMES.items()}
    head = {
        "from": run_facts(compared.before),
        "to": run_facts(compared.run),
        "counts": totals,
        "limit": limit,
    }
    yield "{\n" + "".join(f"{json.dumps(name)}: {json.dumps(value)},\n" for name, value in head.items())
    for place, (state, name) in enumerate(_NAMES.items()):
        yield f"{',' if place else ''}{json.dumps(name)}: ["
        separator = "\n"
        for record in history.records(compared, (state,), files=files, most=limit, severe=True):
            yield separator + json.dumps(row(record), separators=(",", ":"))
            separator = ",\n"
        yield "\n]\n"
    yield "}\n"
