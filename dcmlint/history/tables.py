"""All findings of a run, one after the other, in memory that does not grow: CSV, JSON and Parquet."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import islice
from typing import Any, BinaryIO, TextIO

from dcmlint.extra import import_extra
from dcmlint.history.overview import run_facts
from dcmlint.history.rows import COLUMNS, Value, row
from dcmlint.report.csv_format import cell
from dcmlint.store.query import Compared, History, State

__all__ = ["write_csv", "write_json", "write_parquet"]

_STATES: tuple[State, ...] = ("new", "known", "resolved")
_BATCH = 10_000


def write_csv(history: History, compared: Compared, out: TextIO, *, files: bool) -> None:
    """Write a header, then a line for each finding: open ones, and those that were resolved."""
    out.write(",".join(COLUMNS) + "\r\n")
    for record in history.records(compared, _STATES, files=files):
        out.write(",".join(map(_cell, row(record).values())) + "\r\n")


def _cell(value: Value) -> str:
    return cell(" ".join(value) if isinstance(value, list) else value)


def write_json(history: History, compared: Compared, out: TextIO, *, files: bool, version: str) -> None:
    """Write one JSON document (docs/history.md)."""
    rules = history.by_rule(compared)
    states = {state: sum(getattr(each, state) for each in rules) for state in _STATES}
    head: dict[str, Any] = {
        "tool": {"name": "dcmlint", "version": version},
        "run": run_facts(compared.run),
        "before": run_facts(compared.before) if compared.before else None,
        "summary": {"open": states["new"] + states["known"], **states},
        "rules": [each._asdict() for each in rules],
    }
    out.write("{\n" + "".join(f"{json.dumps(name)}: {json.dumps(value)},\n" for name, value in head.items()))
    out.write('"findings": [')
    separator = "\n"
    for record in history.records(compared, _STATES, files=files):
        out.write(separator + json.dumps(row(record), separators=(",", ":")))
        separator = ",\n"
    out.write("\n]\n}\n")


def write_parquet(history: History, compared: Compared, out: BinaryIO, *, files: bool) -> None:
    """Write one Parquet file with a row for each finding."""
    pyarrow = import_extra("pyarrow", extra="parquet", wanted_by="--format parquet")
    parquet = import_extra("pyarrow.parquet", extra="parquet", wanted_by="--format parquet")
    schema = _schema(pyarrow, compared)
    with parquet.ParquetWriter(out, schema, compression="zstd") as writer:
        for rows in _batches(row(record) for record in history.records(compared, _STATES, files=files)):
            writer.write_table(pyarrow.Table.from_pylist(rows, schema=schema))


def _batches(rows: Iterator[dict[str, Value]]) -> Iterator[list[dict[str, Value]]]:
    while batch := list(islice(rows, _BATCH)):
        yield batch


def _schema(pyarrow: Any, compared: Compared) -> Any:
    kinds = {"text": pyarrow.string(), "number": pyarrow.int64(), "list": pyarrow.list_(pyarrow.string())}
    about = {
        "dcmlint.run": str(compared.run.id),
        "dcmlint.finished": compared.run.finished,
        "dcmlint.before": str(compared.before.id) if compared.before else "",
        "dcmlint.schema": "1",
    }
    return pyarrow.schema([(name, kinds[kind]) for name, kind in COLUMNS.items()], metadata=about)
