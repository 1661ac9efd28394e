"""The command line: arguments to calls, results to exit status, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from dcmlint import completion
from dcmlint.errors import UsageError

__all__ = ["app"]


def _as_text(parameters: list[Any]) -> list[Any]:
    """Return the parameters, made to let values through as they are: text, lists of text, flags.

    Typer loads pydantic to convert any value that is not a flag, which takes as long as linting a
    hundred files. Values that are given to a callback (--help, --install-completion) are converted.
    """
    for parameter in parameters:
        if not isinstance(parameter.process_value, partial):
            parameter.process_value = partial(_value, parameter, parameter.process_value)
    return parameters


def _value(parameter: Any, convert: Callable[[Any, Any], Any], context: Any, value: Any) -> Any:
    if value is None:
        return () if parameter.multiple or parameter.nargs == -1 else None
    return value if parameter.callback is None else convert(context, value)


class _TextCommand(TyperCommand):
    def get_params(self, ctx: Any) -> list[Any]:
        return _as_text(super().get_params(ctx))


class _TextGroup(TyperGroup):
    def get_params(self, ctx: Any) -> list[Any]:
        return _as_text(super().get_params(ctx))

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Take a shell's name after --show-completion and --install-completion, which are flags to Typer: it
        knows the current shell only, and would leave the name unread."""
        if len(args) == 2 and args[0].endswith("-completion") and not ctx.resilient_parsing:
            for parameter in self.get_params(ctx):
                if args[0] in parameter.opts and parameter.callback is not None:
                    parameter.callback(ctx, parameter, args[1])  # does not come back
        return super().parse_args(ctx, args)


app = typer.Typer(
    cls=_TextGroup,
    name="dcmlint",
    help="Check DICOM files against the standard: what is wrong, where, why, and what to do about it.",
    epilog="Exit status: 0 clean; 1 findings from --fail-on on, a check that failed, or a named input that "
    "could not be read; 2 the job could not be done.",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
)
standard = typer.Typer(help="The standard's tables, and the edition in use.", no_args_is_help=True)
app.add_typer(standard, name="standard")


@app.callback(invoke_without_command=True)
def _main(
    version: Annotated[bool, typer.Option("--version", help="Show the version and exit.")] = False,
) -> None:
    if version:
        from dcmlint import __version__
        from dcmlint.standard.shards import edition_label

        typer.echo(f"dcmlint {__version__} (tables {edition_label()})")
        raise typer.Exit


@app.command(cls=_TextCommand)
def check(
    paths: Annotated[
        list[str] | None,
        typer.Argument(metavar="PATH...", help="Files, folders, or - for a list of paths on standard input."),
    ] = None,
    format: Annotated[
        str,
        typer.Option("--format", "-f", help="text, json, jsonl or sarif.", autocompletion=completion.formats),
    ] = "text",
    output: Annotated[
        str, typer.Option("--output", "-o", metavar="FILE", help="Write the report here, not to the screen.")
    ] = "",
    select: Annotated[
        list[str] | None,
        typer.Option(
            metavar="RULES",
            help="Only these: ids or groups, with commas between. May be repeated.",
            autocompletion=completion.rules_and_groups,
        ),
    ] = None,
    ignore: Annotated[
        list[str] | None,
        typer.Option(
            metavar="RULES",
            help="Not these. An id outranks a group, whichever option names it.",
            autocompletion=completion.rules_and_groups,
        ),
    ] = None,
    fail_on: Annotated[
        str,
        typer.Option(
            metavar="SEVERITY",
            help="Exit with 1 from this on: error, warning, note or never.",
            autocompletion=completion.severities,
        ),
    ] = "error",
    jobs: Annotated[
        str,
        typer.Option("--jobs", "-j", metavar="N", help="Processes to work in; default: one per processor."),
    ] = "",
    no_cache: Annotated[
        bool,
        typer.Option("--no-cache", help="Use no results of earlier runs (none are kept in this version)."),
    ] = False,
    skip_non_dicom: Annotated[
        bool, typer.Option("--skip-non-dicom", help="Pass over what is not DICOM, even if named.")
    ] = False,
    respect_gitignore: Annotated[
        bool, typer.Option("--respect-gitignore", help="Leave out what git ignores in folders.")
    ] = False,
    watch: Annotated[
        bool, typer.Option("--watch", "-w", help="Check, then check again what changes, until interrupted.")
    ] = False,
    null: Annotated[
        bool,
        typer.Option("--null", "-0", help="The list on standard input is NUL-separated (else found out)."),
    ] = False,
    stdin_filename: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="With -: standard input is the object itself, reported as NAME."),
    ] = None,
    show_files: Annotated[
        bool, typer.Option("--show-files", help="List clean and skipped files too (text output).")
    ] = False,
    statistics: Annotated[
        bool, typer.Option("--statistics", help="Count findings by rule (text output).")
    ] = False,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Only the summary (text output), and no progress bar.")
    ] = False,
) -> None:
    """Check files and folders. DICOM is recognised by content, not by name."""
    from dcmlint.run import Request
    from dcmlint.run import check as run_check
    from dcmlint.scan import Settings

    request = Request(
        tuple(paths or ()),
        Settings(_names(select), _names(ignore), skip_non_dicom),
        format=format,
        output=output,
        fail_on=fail_on,
        jobs=_number_of_jobs(jobs),
        separator=b"\0" if null else b"",
        show_files=show_files,
        statistics=statistics,
        quiet=quiet,
        stdin_filename=stdin_filename,
        respect_gitignore=respect_gitignore,
    )
    if watch:
        from dcmlint.watch import watch as run_watch

        raise typer.Exit(run_watch(request))
    try:
        status = run_check(request)
    except KeyboardInterrupt:
        typer.echo("dcmlint: error: interrupted", err=True)
        status = 130
    raise typer.Exit(status)


def _names(values: list[str] | None) -> tuple[str, ...]:
    """Return the names in repeated options, each with commas between."""
    return tuple(name for value in values or () for part in value.split(",") if (name := part.strip()))


def _number_of_jobs(text: str) -> int:
    from dcmlint.execute import available_cpus

    if not text:
        return available_cpus()
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= 1024):
        raise UsageError(f"--jobs takes a number from 1 to 1024, not {text}")
    return int(text)


@app.command()
def rules(
    select: Annotated[
        list[str] | None,
        typer.Option(
            metavar="RULES", help="Only these ids or groups.", autocompletion=completion.rules_and_groups
        ),
    ] = None,
    ignore: Annotated[
        list[str] | None,
        typer.Option(
            metavar="RULES", help="Not these ids or groups.", autocompletion=completion.rules_and_groups
        ),
    ] = None,
    format: Annotated[
        str, typer.Option("--format", "-f", help="text or json.", autocompletion=completion.texts)
    ] = "text",
) -> None:
    """List the rules: id, severity, what is wrong."""
    from dcmlint.explain import rule_list

    typer.echo(rule_list(_names(select), _names(ignore), form=format))


@app.command()
def rule(
    rule_id: Annotated[
        str | None,
        typer.Argument(
            metavar="ID", help="Such as pixel/high-bit-mismatch.", autocompletion=completion.rule_ids
        ),
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Show every rule.")] = False,
    format: Annotated[
        str, typer.Option("--format", "-f", help="text or json.", autocompletion=completion.texts)
    ] = "text",
) -> None:
    """Show what a rule checks, why it matters, an example, and its source."""
    from dcmlint.explain import rule_page, rule_pages

    if (rule_id is None) != every:
        raise UsageError("Name one rule, or give --all.", "List them with: dcmlint rules")
    typer.echo(rule_pages(form=format) if rule_id is None else rule_page(rule_id, form=format))


@app.command()
def explain(file: Annotated[str, typer.Argument(metavar="FILE")]) -> None:
    """Show what a file is checked against: SOP Class, IOD, each Module and why it applies."""
    from dcmlint.explain import explain_file

    typer.echo(explain_file(file))


@standard.command("list")
def standard_list() -> None:
    """List the editions that are there; * marks the one in use."""
    from dcmlint.standard.show import list_editions

    typer.echo(list_editions())


@standard.command("show")
def standard_show(
    name: Annotated[str, typer.Argument(metavar="IOD|MODULE|KEYWORD", help="Or a SOP Class UID, or a tag.")],
) -> None:
    """Show what the tables say of an IOD, a Module or an Attribute."""
    from dcmlint.standard.show import show

    typer.echo(show(name))


@standard.command("fetch")
def standard_fetch(
    edition: Annotated[
        str | None, typer.Argument(help="Such as 2025c, or 2025 for its latest; default: the current one.")
    ] = None,
) -> None:
    """Get an edition from NEMA and compile its tables. The embedded edition needs no network."""
    from dcmlint.standard.fetch import fetch

    typer.echo(fetch(edition))


@standard.command("use")
def standard_use(
    edition: Annotated[str, typer.Argument(help="One that is listed, or `embedded`.")],
) -> None:
    """Choose the edition that files are checked against."""
    from dcmlint.standard.fetch import use

    typer.echo(use(edition))
