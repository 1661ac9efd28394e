"""The command `dcmlint fix`: arguments to calls."""

from __future__ import annotations

from typing import Annotated

import typer

from dcmlint import cli_options as options

__all__ = ["fix_app"]

fix_app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False)


@fix_app.command()
def fix(
    paths: Annotated[list[str] | None, typer.Argument(metavar="PATH...", help="Files and folders.")] = None,
    output: Annotated[
        str,
        typer.Option("--output", "-o", metavar="DIR", help="Write all files here, mended or as they are."),
    ] = "",
    in_place: Annotated[
        bool, typer.Option("--in-place", help="Write over the files; needs --backup.")
    ] = False,
    backup: Annotated[
        str, typer.Option("--backup", metavar="DIR", help="Keep here what --in-place writes over.")
    ] = "",
    diff: Annotated[
        bool,
        typer.Option(
            "--diff", help="Show what changes, Attribute by Attribute, with values: they may be PHI."
        ),
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Write nothing; say what would be done.")
    ] = False,
    unsafe_fixes: Annotated[
        bool,
        typer.Option("--unsafe-fixes", help="Fix also what may change the meaning; see the rules' pages."),
    ] = False,
    break_signatures: Annotated[
        bool,
        typer.Option(
            "--break-signatures", help="Fix digitally signed objects too: signatures become invalid."
        ),
    ] = False,
    log: Annotated[
        str, typer.Option("--log", metavar="FILE", help="Write an audit log here; needs a key.")
    ] = "",
    key_file: Annotated[
        str,
        typer.Option("--key-file", metavar="FILE", help="The log's key; default: from DCMLINT_AUDIT_KEY."),
    ] = "",
    actor: options.LogActor = None,
    keep_paths: options.KeepPaths = False,
    keep_identifiers: options.KeepIdentifiers = False,
    select: options.Select = None,
    extend_select: options.ExtendSelect = None,
    ignore: options.Ignore = None,
    extend_ignore: options.ExtendIgnore = None,
    fail_on: Annotated[
        str,
        typer.Option(
            metavar="SEVERITY",
            help="Exit with 1 if this or worse is left: error (default), warning, note or never.",
        ),
    ] = "",
    config: options.Config = "",
    isolated: options.Isolated = False,
    policy: options.Policies = None,
    set_: options.Set = None,
    exclude: options.Exclude = None,
) -> None:
    """Fix what can be fixed for certain, into another folder; bytes that are not at fault stay as they are.

    Exit status: 0 nothing of the severity of --fail-on is left; 1 something is, or a file could not be fixed;
    with --diff alone 1 if anything would change; 2 the job could not be done.
    """
    from dcmlint.audit.record import named_actor
    from dcmlint.fix.run import FixRequest
    from dcmlint.fix.run import fix as run_fix
    from dcmlint.options import Given, request_of

    given = Given(
        paths=tuple(paths or ()),
        select=options.names(select),
        extend_select=options.names(extend_select),
        ignore=options.names(ignore),
        extend_ignore=options.names(extend_ignore),
        fail_on=fail_on,
        config=config,
        isolated=isolated,
        policies=tuple(policy or ()),
        inline=tuple(set_ or ()),
        exclude=tuple(exclude or ()),
        no_cache=True,
    )
    request = FixRequest(
        request_of(given), output, in_place, backup, diff, dry_run, unsafe_fixes, break_signatures
    )
    request = request._replace(
        log=log,
        key_file=key_file,
        actor=named_actor(actor) if log else actor or "",
        keeps_paths=keep_paths,
        keeps_identifiers=keep_identifiers,
    )
    raise typer.Exit(run_fix(request))
