"""The command `dcmlint baseline`: arguments to calls."""

from __future__ import annotations

from typing import Annotated

import typer

from dcmlint import cli_options as options

__all__ = ["baseline_app"]

baseline_app = typer.Typer(
    help="The findings of today, so that only new ones are reported.", no_args_is_help=True
)

_PATHS = Annotated[list[str], typer.Argument(metavar="PATH...", help="Files and folders.")]


@baseline_app.command("create")
def baseline_create(
    paths: _PATHS,
    output: Annotated[
        str,
        typer.Option(
            "--output", "-o", metavar="FILE", help="Default: that of the settings, or dcmlint-baseline.json."
        ),
    ] = "",
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
    config: options.Config = "",
    isolated: options.Isolated = False,
    policy: options.Policies = None,
    select: options.Select = None,
    ignore: options.Ignore = None,
    jobs: options.Jobs = "",
) -> None:
    """Write all findings of today to a baseline file."""
    from dcmlint.baselining import create
    from dcmlint.options import Given, request_of

    given = Given(
        paths=tuple(paths),
        config=config,
        isolated=isolated,
        policies=tuple(policy or ()),
        select=options.names(select),
        ignore=options.names(ignore),
        jobs=jobs,
    )
    typer.echo(create(request_of(given), output, force=force))


@baseline_app.command("update")
def baseline_update(
    paths: _PATHS,
    baseline: Annotated[
        str,
        typer.Option(
            "--baseline", metavar="FILE", help="Default: that of the settings, or dcmlint-baseline.json."
        ),
    ] = "",
    accept_new: Annotated[bool, typer.Option("--accept-new", help="Put new findings in too.")] = False,
    prune: Annotated[
        bool, typer.Option("--prune", help="Forget instances that are not among the paths.")
    ] = False,
    config: options.Config = "",
    isolated: options.Isolated = False,
    policy: options.Policies = None,
    select: options.Select = None,
    ignore: options.Ignore = None,
    jobs: options.Jobs = "",
) -> None:
    """Take findings that are gone out of a baseline file."""
    from dcmlint.baselining import update
    from dcmlint.options import Given, request_of

    given = Given(
        paths=tuple(paths),
        baseline=baseline,
        config=config,
        isolated=isolated,
        policies=tuple(policy or ()),
        select=options.names(select),
        ignore=options.names(ignore),
        jobs=jobs,
    )
    typer.echo(update(request_of(given), accept_new=accept_new, prune=prune))
