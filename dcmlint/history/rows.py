"""One finding of a store as the columns that CSV, JSON and Parquet have (docs/history.md)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from dcmlint.report.csv_format import COLUMNS as CHECK_COLUMNS
from dcmlint.report.render import printable, shown_file, shown_uid
from dcmlint.store.query import Record

__all__ = ["COLUMNS", "Kind", "Value", "row"]

Kind = Literal["text", "number", "list"]
Value = str | int | list[str] | None

_NUMBERS = ("offset", "length", "line", "first_run", "resolved_run")
_HISTORY = (
    *("state", "first_run", "resolved_run", "scope", "study_uid", "series_uid"),
    *("modality", "manufacturer", "model", "station", "study_month"),
)
_MAX_TEXT = 64

COLUMNS: Mapping[str, Kind] = {
    name: "number" if name in _NUMBERS else "list" if name == "attributes" else "text"
    for name in (*CHECK_COLUMNS, *_HISTORY)
}
"""What each column holds: those of `dcmlint check --format csv` first, then what the store knows besides."""


def row(record: Record) -> dict[str, Value]:
    """Return a finding by COLUMNS, None where there is nothing."""
    told = record.told()
    own: dict[str, Value] = {
        "rule": record.rule,
        "severity": record.severity,
        "file": shown_file(record.file, "/") if record.file else None,
        "sop_class_uid": shown_uid(record.sop_class_uid),
        "sop_instance_uid": shown_uid(record.sop_instance_uid),
        "fingerprint": record.fingerprint,
        "state": record.state,
        "first_run": record.first_run,
        "resolved_run": record.resolved_run if record.state == "resolved" else None,
        "scope": record.scope or None,
        "study_uid": shown_uid(record.study_uid),
        "series_uid": shown_uid(record.series_uid),
    }
    for name in ("modality", "manufacturer", "model", "station", "study_month"):
        own[name] = printable(getattr(record, name), _MAX_TEXT) or None
    return {name: own[name] if name in own else told.get(name) for name in COLUMNS}
