"""Options that say who does the work: those of every command that checks many files."""

from __future__ import annotations

from typing import Annotated

import typer

from dcmlint import completion

__all__ = ["ExecutorOption", "SchedulerOption"]

ExecutorOption = Annotated[
    str,
    typer.Option(
        "--executor",
        metavar="NAME",
        help="Who does the work: serial, pool, or one of a plugin (dask).",
        autocompletion=completion.executors,
    ),
]

SchedulerOption = Annotated[
    str,
    typer.Option("--scheduler", metavar="ADDRESS", help="Scheduler of the executor, as tcp://host:8786."),
]
