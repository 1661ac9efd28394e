"""`dcmlint report` and `dcmlint diff`: a run of a store in one of the formats, to a file or the screen."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from typing import NamedTuple, TextIO

from dcmlint.errors import UsageError
from dcmlint.history import diff
from dcmlint.report.output import open_bytes, open_output
from dcmlint.store.query import Compared, History
from dcmlint.store.reading import reading

__all__ = ["FORMATS", "Wanted", "write_comparison", "write_report"]

FORMATS = ("html", "markdown", "csv", "parquet", "json", "sarif")
"""What `dcmlint report --format` takes."""


class Wanted(NamedTuple):
    """What was asked for. `output` "" is standard output; `files` shows paths, which may hold names."""

    store: str
    format: str
    output: str = ""
    files: bool = False


def write_report(wanted: Wanted, run: str) -> None:
    """Write the report on a run; raises UsageError for what cannot be done."""
    if wanted.format not in FORMATS:
        raise UsageError(f"Unknown format: {wanted.format}", f"Known: {', '.join(FORMATS)}")
    if wanted.format == "parquet" and not wanted.output:
        raise UsageError("Parquet is no text.", "Say where it goes: --output FILE")
    with reading(wanted.store) as history:
        if wanted.format == "parquet":
            from dcmlint.history.tables import write_parquet

            compared = history.compared(run)
            with _named(wanted.output), open_bytes(wanted.output) as stream:
                write_parquet(history, compared, stream, files=wanted.files)
            return
        compared = history.compared(run)
        with _opened(wanted.output) as out:
            _write(history, compared, out, wanted)


def _write(history: History, compared: Compared, out: TextIO, wanted: Wanted) -> None:
    from dcmlint import __version__
    from dcmlint.history import tables

    files = wanted.files
    if wanted.format == "html":
        from dcmlint.history.page import page

        out.write(page(history, compared, files=files, version=__version__))
    elif wanted.format == "markdown":
        from dcmlint.history.brief import brief
        from dcmlint.history.overview import overview

        out.write(brief(overview(history, compared)))
    elif wanted.format == "csv":
        tables.write_csv(history, compared, out, files=files)
    elif wanted.format == "json":
        tables.write_json(history, compared, out, files=files, version=__version__)
    else:
        from dcmlint.history.sarif import write_sarif

        write_sarif(history, compared, out, files=files, version=__version__)


def write_comparison(wanted: Wanted, runs: tuple[str, str], limit: int) -> None:
    """Write what the second run has that the first one had not, and the other way round."""
    if wanted.format not in diff.FORMATS:
        raise UsageError(f"Unknown format: {wanted.format}", f"Known: {', '.join(diff.FORMATS)}")
    if limit < 0:
        raise UsageError("--limit takes a number from 0 on", "0 lists all")
    with reading(wanted.store) as history:
        compared = Compared(history.find(runs[1]), history.find(runs[0]))
        with _opened(wanted.output) as out:
            diff.write_diff(history, compared, out, form=wanted.format, files=wanted.files, limit=limit)


@contextlib.contextmanager
def _opened(output: str) -> Iterator[TextIO]:
    if not output:
        if hasattr(sys.stdout, "reconfigure"):
            sys.stdout.reconfigure(encoding="utf-8", newline="")
        yield sys.stdout
        return
    with _named(output), open_output(output) as stream:
        yield stream


@contextlib.contextmanager
def _named(output: str) -> Iterator[None]:
    """Say which file cannot be written."""
    try:
        yield
    except OSError as error:
        raise UsageError(f"{output} cannot be written: {error.strerror}") from error
