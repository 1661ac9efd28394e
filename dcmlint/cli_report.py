"""The commands `dcmlint report` and `dcmlint diff`: arguments to calls."""

from __future__ import annotations

from typing import Annotated

import typer

__all__ = ["diff", "report"]

_STORE = Annotated[
    str,
    typer.Option(
        "--store",
        metavar="URL",
        envvar="DCMLINT_STORE",
        help="The store of `dcmlint scan`: a path, or postgresql://user@host/database.",
    ),
]
_OUTPUT = Annotated[
    str, typer.Option("--output", "-o", metavar="FILE", help="Write it here, not to the screen.")
]
_SHOW_FILES = Annotated[
    bool, typer.Option("--show-files", help="Show paths of files: they may hold names of patients.")
]


def report(
    store: _STORE = "",
    format: Annotated[
        str,
        typer.Option(
            "--format", "-f", metavar="NAME", help="html (default), markdown, csv, parquet, json or sarif."
        ),
    ] = "html",
    output: _OUTPUT = "",
    run: Annotated[
        str,
        typer.Option("--run", metavar="RUN", help="Its id, last (default), or last~1 for the one before."),
    ] = "last",
    show_files: _SHOW_FILES = False,
) -> None:
    """Report on a scan of an archive: what is new since the one before, what got worse, what is open."""
    from dcmlint.history.report import Wanted, write_report

    write_report(Wanted(store, format, output, show_files), run)


def diff(
    first: Annotated[str, typer.Argument(metavar="RUN", help="The id of a run, last, or last~1.")],
    second: Annotated[str, typer.Argument(metavar="RUN", help="The run to compare it with.")],
    store: _STORE = "",
    format: Annotated[
        str, typer.Option("--format", "-f", metavar="NAME", help="text (default) or json.")
    ] = "text",
    output: _OUTPUT = "",
    limit: Annotated[
        int, typer.Option("--limit", metavar="N", help="Findings of each list at most; 0: all.")
    ] = 20,
    show_files: _SHOW_FILES = False,
) -> None:
    """Compare two runs of a store: findings that are new in the second, resolved, unchanged."""
    from dcmlint.history.report import Wanted, write_comparison

    write_comparison(Wanted(store, format, output, show_files), (first, second), limit)
