"""The open findings of a store as JSON."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import nullcontext
from typing import IO, Any

from sqlalchemy import Connection, select

from dcmlint.report.output import open_output
from dcmlint.store.open import open_store
from dcmlint.store.schema import findings, folders, instances

__all__ = ["canonical_lines", "export"]


def export(url: str, output: str = "", *, canonical: bool = False) -> None:
    """Write the open findings, one JSON object a line, sorted by place, rule and fingerprint."""
    store = open_store(url, read_only=True)
    stream: Any = open_output(output) if output else nullcontext(sys.stdout)
    try:
        with store.snapshot() as connection, stream as out:
            _write(out, canonical_lines(connection, runs=not canonical))
    finally:
        store.close()


def _write(out: IO[str], lines: Iterator[str]) -> None:
    for line in lines:
        out.write(line + "\n")


def canonical_lines(connection: Connection, *, runs: bool = False) -> Iterator[str]:
    """Yield each open finding as JSON; without `runs` nothing in it depends on when it was found."""
    chosen = (
        select(
            folders.c.path,
            instances.c.name,
            findings.c.scope,
            findings.c.key,
            findings.c.rule,
            findings.c.severity,
            findings.c.fingerprint,
            findings.c.body,
            findings.c.first_run,
            findings.c.last_run,
        )
        .select_from(
            findings.outerjoin(instances, findings.c.instance_id == instances.c.id).outerjoin(
                folders, instances.c.folder_id == folders.c.id
            )
        )
        .where(findings.c.resolved_run.is_(None))
        .order_by(
            folders.c.path,
            instances.c.name,
            findings.c.rule,
            findings.c.fingerprint,
            findings.c.scope.nulls_first(),
            findings.c.key.nulls_first(),
        )
    )
    for row in connection.execution_options(stream_results=True, yield_per=1000).execute(chosen):
        found: dict[str, Any] = {
            "file": (row.path or "") + (row.name or ""),
            "scope": row.scope,
            "key": row.key,
            "rule": row.rule,
            "severity": row.severity,
            **json.loads("{" + row.body),
        }
        if runs:
            found |= {"first_run": row.first_run, "last_run": row.last_run}
        yield json.dumps(found, sort_keys=True, separators=(",", ":"))
