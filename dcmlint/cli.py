"""The command line: arguments to calls, results to exit status, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from dcmlint import cli_options as options
from dcmlint import completion
from dcmlint.cli_baseline import baseline_app
from dcmlint.cli_options import names
from dcmlint.cli_policy import init, policy_app
from dcmlint.cli_report import diff, report
from dcmlint.cli_scan import scan, store_app
from dcmlint.errors import UsageError

if TYPE_CHECKING:
    from dcmlint.options import Given

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

    def list_commands(self, ctx: Any) -> list[str]:
        from dcmlint.plugins import named

        own = [*super().list_commands(ctx), *_LATER]
        return own + [name for name in sorted(named("dcmlint_commands")) if name not in own]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        return super().get_command(ctx, cmd_name) or _later(cmd_name)

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Take a shell's name after --show-completion and --install-completion, which are flags to Typer: it
        knows the current shell only, and would leave the name unread."""
        if len(args) == 2 and args[0].endswith("-completion") and not ctx.resilient_parsing:
            for parameter in self.get_params(ctx):
                if args[0] in parameter.opts and parameter.callback is not None:
                    parameter.callback(ctx, parameter, args[1])  # does not come back
        return super().parse_args(ctx, args)


def _audit() -> typer.Typer:
    from dcmlint.cli_audit import audit_app

    return audit_app


def _deid() -> typer.Typer:
    from dcmlint.cli_deid import deid_app

    return deid_app


def _fix() -> typer.Typer:
    from dcmlint.cli_fix import fix_app

    return fix_app


_LATER: dict[str, Callable[[], typer.Typer]] = {"audit": _audit, "deid": _deid, "fix": _fix}
"""Commands that are loaded when they are asked for: every hook starts with `check`."""


def _later(name: str) -> Any:
    """Return a command that is loaded now, of dcmlint or of a plugin, None if there is none of this name."""
    factory = _LATER.get(name)
    if factory is None:
        from dcmlint.plugins import named

        factory = named("dcmlint_commands").get(name)
    if factory is None:
        if name in _PACS_COMMANDS:
            raise UsageError(f"dcmlint {name} comes with a plugin that is not installed.", _INSTALL_PACS)
        return None
    command = typer.main.get_command(factory())
    command.name = name
    return command


_PACS_COMMANDS = ("preflight", "conformance", "gate")
_INSTALL_PACS = "python -m pip install 'dcmlint[pacs]'"

app = typer.Typer(
    cls=_TextGroup,
    name="dcmlint",
    help="Check DICOM files against the standard: what is wrong, where, why, and what to do about it.",
    epilog="Exit status: 0 clean; 1 findings from --fail-on on, a check or plugin that failed, or a named "
    "input that could not be read; 2 the job could not be done.",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
)
standard = typer.Typer(help="The standard's tables, and the edition in use.", no_args_is_help=True)
app.add_typer(standard, name="standard")
app.add_typer(policy_app, name="policy")
app.command()(init)
app.command()(scan)
app.add_typer(store_app, name="store")
app.command()(report)
app.command()(diff)
app.add_typer(baseline_app, name="baseline")


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
        list[str] | None,
        typer.Option(
            "--format",
            "-f",
            metavar="NAME[:FILE]",
            help="A report to write, and where: text (default), json, jsonl, sarif, github-sarif, github, "
            "gitlab, junit, csv or markdown. May be repeated.",
            autocompletion=completion.formats,
        ),
    ] = None,
    output: Annotated[
        str, typer.Option("--output", "-o", metavar="FILE", help="Write the report here, not to the screen.")
    ] = "",
    select: options.Select = None,
    extend_select: options.ExtendSelect = None,
    ignore: options.Ignore = None,
    extend_ignore: options.ExtendIgnore = None,
    fail_on: Annotated[
        str,
        typer.Option(
            metavar="SEVERITY",
            help="Exit with 1 from this on: error (default), warning, note or never.",
            autocompletion=completion.severities,
        ),
    ] = "",
    config: options.Config = "",
    isolated: options.Isolated = False,
    policy: options.Policies = None,
    set_: options.Set = None,
    show_settings: Annotated[
        bool, typer.Option("--show-settings", help="Show the settings in force and exit.")
    ] = False,
    baseline: Annotated[
        str, typer.Option("--baseline", metavar="FILE", help="Report only what is not in this baseline.")
    ] = "",
    ratchet: Annotated[
        bool, typer.Option("--ratchet", help="Fail if findings of the baseline are gone: update it.")
    ] = False,
    exclude: options.Exclude = None,
    jobs: options.Jobs = "",
    executor: options.Executor = "",
    scheduler: options.Scheduler = "",
    where: options.Where = None,
    per_series: options.PerSeries = "",
    instances: options.Instances = False,
    keep: options.Keep = "",
    no_cache: Annotated[bool, typer.Option("--no-cache", help="Neither use nor keep results.")] = False,
    cache_dir: Annotated[
        str, typer.Option("--cache-dir", metavar="FOLDER", help="Where results of earlier runs are kept.")
    ] = "",
    skip_non_dicom: options.SkipNonDicom = False,
    respect_gitignore: Annotated[
        bool, typer.Option("--respect-gitignore", help="Leave out what git ignores in folders.")
    ] = False,
    archives: options.Archives = "",
    deep: Annotated[
        bool, typer.Option("--deep", help="Decode the pixels too, in a process of its own (slow).")
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
    statistics: Annotated[bool, typer.Option("--statistics", help="Count findings by rule.")] = False,
    statistics_by: Annotated[
        list[str] | None,
        typer.Option(metavar="NAMES", help="Count findings by rule, module, manufacturer, sop-class."),
    ] = None,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Only the summary (text output), and no progress bar.")
    ] = False,
) -> None:
    """Check files and folders. DICOM is recognised by content, not by name."""
    from dcmlint.options import Given

    given = Given(
        paths=tuple(paths or ()),
        formats=tuple(format or ()),
        output=output,
        select=names(select),
        extend_select=names(extend_select),
        ignore=names(ignore),
        extend_ignore=names(extend_ignore),
        exclude=tuple(exclude or ()),
        fail_on=fail_on,
        jobs=jobs,
        config=config,
        isolated=isolated,
        policies=tuple(policy or ()),
        inline=tuple(set_ or ()),
        baseline=baseline,
        ratchet=ratchet,
        no_cache=no_cache,
        cache_dir=cache_dir,
        skip_non_dicom=skip_non_dicom,
        null=null,
        show_files=show_files,
        statistics=statistics,
        statistics_by=names(statistics_by),
        quiet=quiet,
        stdin_filename=stdin_filename,
        respect_gitignore=respect_gitignore,
        deep=deep,
        archives=archives,
        executor=executor,
        scheduler=scheduler,
        where=tuple(where or ()),
        per_series=per_series,
        instances=instances,
        keep=keep,
    )
    raise typer.Exit(_checked(given, show_settings=show_settings, watch=watch))


def _checked(given: Given, *, show_settings: bool, watch: bool) -> int:
    """Return the exit status of a check, of watching, or of showing the settings."""
    from dcmlint.signals import TerminatedError, ending_by_signal

    try:
        with ending_by_signal():
            return _done(given, show_settings=show_settings, watch=watch)
    except TerminatedError as ended:
        typer.echo("dcmlint: error: terminated", err=True)
        return ended.status
    except KeyboardInterrupt:
        typer.echo("dcmlint: error: interrupted", err=True)
        return 130


def _done(given: Given, *, show_settings: bool, watch: bool) -> int:
    from dcmlint.options import request_of, settings_text
    from dcmlint.run import check as run_check

    if show_settings:
        typer.echo(settings_text(given))
        return 0
    if given.deep:
        from dcmlint.deep import missing_decoders

        if missing := missing_decoders():
            typer.echo(f"dcmlint: note: no decoder is installed for {', '.join(missing)}", err=True)
    if watch:
        from dcmlint.watch import watch as run_watch

        return run_watch(request_of(given))
    return run_check(request_of(given))


_WITH = Annotated[
    list[str] | None,
    typer.Option("--policy", metavar="NAME", help="With the rules of this policy: a name or a file."),
]


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
    policy: _WITH = None,
    format: Annotated[
        str, typer.Option("--format", "-f", help="text or json.", autocompletion=completion.texts)
    ] = "text",
) -> None:
    """List the rules: id, severity, what is wrong."""
    from dcmlint.explain import rule_list

    _warn("dcmlint_rules")
    typer.echo(rule_list(names(select), names(ignore), form=format, policies=policy or ()))


@app.command()
def rule(
    rule_id: Annotated[
        str | None,
        typer.Argument(
            metavar="ID", help="Such as pixel/high-bit-mismatch.", autocompletion=completion.rule_ids
        ),
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Show every rule.")] = False,
    policy: _WITH = None,
    format: Annotated[
        str, typer.Option("--format", "-f", help="text or json.", autocompletion=completion.texts)
    ] = "text",
) -> None:
    """Show what a rule checks, why it matters, an example, and its source."""
    from dcmlint.explain import rule_page, rule_pages

    _warn("dcmlint_rules")
    if (rule_id is None) != every:
        raise UsageError("Name one rule, or give --all.", "List them with: dcmlint rules")
    if rule_id is None:
        typer.echo(rule_pages(form=format))
    else:
        typer.echo(rule_page(rule_id, form=format, policies=policy or ()))


@app.command()
def explain(file: Annotated[str, typer.Argument(metavar="FILE")]) -> None:
    """Show what a file is checked against: SOP Class, IOD, each Module and why it applies."""
    from dcmlint.explain import explain_file

    _warn("dcmlint_rules")
    typer.echo(explain_file(file))


@app.command()
def sr(
    file: Annotated[str, typer.Argument(metavar="FILE")],
    show_values: Annotated[
        bool,
        typer.Option("--show-values", help="Show texts, names, dates and numbers: they may be PHI."),
    ] = False,
) -> None:
    """Show the content tree of a Structured Report, with template rows and findings."""
    from dcmlint.content_tree import tree_text

    _warn("dcmlint_rules")
    typer.echo(tree_text(file, values=show_values))


@app.command()
def plugins(
    format: Annotated[str, typer.Option("--format", "-f", help="text or json.")] = "text",
) -> None:
    """List the plugins: where from, what they bring, and what of them cannot be used."""
    from dcmlint.explain_plugins import plugin_list

    text, status = plugin_list(format)
    typer.echo(text)
    raise typer.Exit(status)


def _warn(hook: str) -> None:
    """Say what plugins bring by this hook and cannot be used."""
    from dcmlint.catalogue import problems

    for problem in problems([hook]):
        typer.echo(f"dcmlint: warning: {problem}", err=True)


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

    _warn("dcmlint_standard")
    typer.echo(use(edition))


@app.command()
def clean(
    cache_dir: Annotated[
        str,
        typer.Option("--cache-dir", metavar="FOLDER", help="Default: that of the settings, or the user's."),
    ] = "",
) -> None:
    """Delete the results of earlier runs."""
    from dcmlint.cache import remove_cache
    from dcmlint.options import Given, request_of

    freed = remove_cache(cache_dir or request_of(Given(paths=(".",))).cache)
    typer.echo(f"{freed / 1e6:.1f} MB of results deleted")
