"""The files of a run: which there are, and what has become of them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from dcmlint.audit.log import AuditLog
from dcmlint.deid.batch import Batch
from dcmlint.deid.tally import Tally
from dcmlint.source.paths import Paths

__all__ = ["Run", "earlier", "inputs", "relative_to", "top_of"]

_EARLIER = "An earlier run did not: its audit log says why."


class Run(NamedTuple):
    """One run: where results go, the log, what is not durable yet, and the counts."""

    output: Path
    log: AuditLog
    batch: Batch
    tally: Tally


def top_of(source: str) -> str:
    """Return the folder that paths of originals are relative to."""
    return source if Path(source).is_dir() else str(Path(source).parent)


def relative_to(top: str, path: str) -> str:
    """Return the relative path of an original, with "/"."""
    return os.path.relpath(path, top).replace(os.sep, "/")


def inputs(source: str) -> Iterator[str]:
    """Yield the path of every file; a DICOMDIR and archives are inputs of their own."""
    if top_of(source) != source:
        yield source
        return
    for entry in Paths(archives="none").entries(source):
        yield entry.path


def earlier(log: AuditLog, relative: str) -> str | None:
    """Return what an earlier run made of a file: "" for a result, else why there is none; None: nothing."""
    done = log.done(relative)
    if done is None:
        return None
    return "" if done.after else _EARLIER
