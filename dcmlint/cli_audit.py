"""The commands of `dcmlint audit`: arguments to calls."""

from __future__ import annotations

from typing import Annotated

import typer

__all__ = ["audit_app"]

audit_app = typer.Typer(
    help="Audit logs of `dcmlint fix` and `dcmlint deid apply`: verify and report.",
    no_args_is_help=True,
    rich_markup_mode=None,
    add_completion=False,
)

_LOG = Annotated[str, typer.Argument(metavar="LOG")]
_KEY_FILE = Annotated[
    str,
    typer.Option(metavar="FILE", help="File with the key; default: the environment's DCMLINT_AUDIT_KEY."),
]
_ORIGINALS = Annotated[str, typer.Option(metavar="DIR", help="Hold it against the originals in this folder.")]
_RESULTS = Annotated[str, typer.Option(metavar="DIR", help="Hold it against the results in this folder.")]


@audit_app.command("verify")
def audit_verify(
    log: _LOG,
    originals: _ORIGINALS = "",
    results: _RESULTS = "",
    key_file: _KEY_FILE = "",
    format: Annotated[str, typer.Option("--format", "-f", help="text or json.")] = "text",
    show_paths: Annotated[
        bool, typer.Option("--show-paths", help="Name files that no record is about: names may be PHI.")
    ] = False,
) -> None:
    """Tell whether records were changed, removed, moved, put in or cut off. Exit status: 1 if so."""
    from dcmlint.audit.commands import verify

    _echo(*verify(log, (originals, results), key_file, form=format, paths=show_paths))


@audit_app.command("report")
def audit_report(
    log: _LOG,
    output: Annotated[str, typer.Option("--output", "-o", metavar="FILE", help="The page to write.")] = "",
    originals: _ORIGINALS = "",
    results: _RESULTS = "",
    key_file: _KEY_FILE = "",
) -> None:
    """Write one HTML page for a review board: what was done, how, how often, and how it was verified."""
    from dcmlint.audit.commands import report

    _echo(*report(log, (originals, results), key_file, output, spelled=_spelled))


@audit_app.command("reproduce")
def audit_reproduce(
    log: _LOG,
    originals: Annotated[str, typer.Option(metavar="DIR", help="The folder of the originals.")] = "",
    results: _RESULTS = "",
    output: Annotated[
        str, typer.Option("--output", "-o", metavar="DIR", help="Write what is made again here.")
    ] = "",
    key_file: _KEY_FILE = "",
    format: Annotated[str, typer.Option("--format", "-f", help="text or json.")] = "text",
    any_version: Annotated[
        bool,
        typer.Option("--any-version", help="Try with another version or edition than the log's, and say so."),
    ] = False,
) -> None:
    """Make the results again from originals, key and log; compare bytes. Exit status: 1 if any differs.

    Names files that differ: names may be PHI.
    """
    from dcmlint.reproduce.commands import Asked, reproduce_log

    asked = Asked(log, originals, results, output, key_file, format, any_version)
    _echo(*reproduce_log(asked))


@audit_app.command("map")
def audit_map(
    log: _LOG,
    output: Annotated[
        str,
        typer.Option(
            "--output", "-o", metavar="FILE", help="The file to write, for your eyes only; - is the screen."
        ),
    ] = "",
    format: Annotated[str, typer.Option("--format", "-f", help="csv or jsonl.")] = "csv",
    key_file: _KEY_FILE = "",
) -> None:
    """Read back which file and SOP Instance UID became which, if the log keeps it: it is PHI."""
    from dcmlint.audit.mapping import write_map
    from dcmlint.report.csv_format import cell

    if told := write_map(log, key_file, output, format, cell=cell):
        typer.echo(told)


@audit_app.command("schema")
def audit_schema() -> None:
    """Print the JSON Schema of one record."""
    from dcmlint.audit.commands import schema_text

    typer.echo(schema_text())


def _spelled(profile: str) -> str:
    """Return the words of PS3.15 for the short name of a profile, or that name if it is none."""
    from dcmlint.deid.profile import parse_profile
    from dcmlint.errors import UsageError

    try:
        options = parse_profile(profile).options
    except UsageError:
        return profile
    told = ", ".join(f"{option.meaning} ({option.code}, DCM)" for option in options)
    return f"the Basic Application Confidentiality Profile of PS3.15 E.2{' with ' if told else ''}{told}"


def _echo(text: str, status: int) -> None:
    typer.echo(text)
    raise typer.Exit(status)
