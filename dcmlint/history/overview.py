"""What a run comes to beside the one before it: the facts that page, Markdown and JSON begin with."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from dcmlint.history.cube import OTHERS, Cube
from dcmlint.report.render import shown_uid
from dcmlint.store.query import Compared, History, Run, Study

__all__ = ["Overview", "Worse", "banners", "overview", "run_facts", "when", "worse"]

_STUDIES = 200
_RUNS = 90


class Overview(NamedTuple):
    """The run, the numbers of findings, the worst studies, and the latest runs, oldest first."""

    compared: Compared
    cube: Cube
    studies: list[Study]
    runs: list[Run]
    unfinished: list[Run]
    """Runs after this one that did not end."""
    first: int
    """The id of the store's first run, 0 if there is none: all that it found was new."""


class Worse(NamedTuple):
    """A value of an axis that has more open findings than before."""

    axis: str
    value: str
    before: int
    now: int


def overview(history: History, compared: Compared) -> Overview:
    """Return what a run comes to."""
    runs = history.runs()
    until = [run for run in runs if run.ended and run.id <= compared.run.id]
    studies = [study for study in history.studies(compared, _STUDIES) if shown_uid(study.study_uid)]
    return Overview(
        compared,
        Cube(lambda: history.cells(compared)),
        studies,
        until[-_RUNS:],
        [run for run in runs if run.id > compared.run.id and not run.ended],
        until[0].id if until else 0,
    )


def worse(cube: Cube, *axes: str) -> list[Worse]:
    """Return the values of these axes that have more open findings than before, the greatest rise first."""
    found = []
    for axis in axes:
        for value, (new, known, resolved) in cube.totals(axis).items():
            if new > resolved and value not in ("", OTHERS):
                found.append(Worse(axis, value, known + resolved, known + new))
    return sorted(found, key=lambda each: (each.before - each.now, each.axis, each.value))


def when(text: str) -> str:
    """Return a time of the store as people read it, to the minute."""
    return f"{text[:16].replace('T', ' ')} UTC" if text else "not finished"


def run_facts(run: Run) -> dict[str, str | int]:
    """Return a run as JSON values, without its roots: folders may be named after patients."""
    names = ("id", "started", "finished", "state", "version", "edition", "visited", "changed", "removed")
    numbers = ("errors", "warnings", "notes", "new_findings", "resolved_findings")
    return {name: getattr(run, name) for name in (*names, *numbers)}


def banners(found: Overview) -> Iterator[str]:
    """Yield what a reader must know before the numbers."""
    run = found.compared.run
    if run.state == "partial":
        yield f"Run {run.id} is partial: what it did not see of the archive is as it was before."
    elif not run.ended:
        yield f"Run {run.id} did not end ({run.state}): its numbers are not complete."
    for other in found.unfinished:
        verb = "is running or was stopped" if other.state == "running" else "failed"
        yield f"A later run, {other.id}, {verb} (started {when(other.started)}): this page does not have it."
