"""The commands `dcmlint deid ...`: arguments to calls."""

from __future__ import annotations

from typing import Annotated

import typer

from dcmlint import cli_options as options
from dcmlint.cli_deid_verify import deid_verify

__all__ = ["deid_app"]

deid_app = typer.Typer(
    help="De-identify by PS3.15, and verify what was de-identified.",
    no_args_is_help=True,
    rich_markup_mode=None,
    add_completion=False,
)


@deid_app.command("apply")
def deid_apply(
    source: Annotated[str, typer.Argument(metavar="IN", help="A folder of originals, or one file.")],
    output: Annotated[str, typer.Argument(metavar="OUT", help="The folder that results are written to.")],
    profile: Annotated[
        str,
        typer.Option("--profile", metavar="PROFILE", help="basic, and options after it: basic+clean-desc."),
    ] = "basic",
    policy: Annotated[
        list[str] | None,
        typer.Option("--policy", metavar="FILE", help="A YAML file that adds to rows or overrides them."),
    ] = None,
    key_file: Annotated[
        str,
        typer.Option(
            "--key-file", metavar="FILE", help="The key; else DCMLINT_DEID_KEY in the environment has it."
        ),
    ] = "",
    log: Annotated[
        str, typer.Option("--log", metavar="FILE", help="The audit log; default: OUT.audit.jsonl.")
    ] = "",
    actor: options.LogActor = None,
    keep_paths: options.KeepPaths = False,
    keep_identifiers: options.KeepIdentifiers = False,
    break_signatures: Annotated[
        bool, typer.Option("--break-signatures", help="Do signed objects too: their signatures go.")
    ] = False,
    jobs: options.Jobs = "",
) -> None:
    """De-identify every file of IN into OUT. Exit status 1 if a file could not be."""
    from dcmlint.audit.record import named_actor
    from dcmlint.deid.run import Request, apply
    from dcmlint.execute import jobs_of

    request = Request(
        source,
        output,
        profile,
        tuple(policy or ()),
        key_file,
        log,
        named_actor(actor),
        break_signatures,
        keep_paths,
        keep_identifiers,
        jobs_of(jobs),
    )
    outcome = apply(request, lambda path, reason: typer.echo(f"{path}: not written. {reason}", err=True))
    earlier = f", {outcome.before} by an earlier run" if outcome.before else ""
    typer.echo(f"{outcome.written} files de-identified{earlier}, {len(outcome.refused)} not written.")
    for told, number in sorted(outcome.exceptions.items()):
        typer.echo(f"To be known of {number} of them: {told}")
    typer.echo(f"Audit log: {outcome.log}")
    raise typer.Exit(1 if outcome.refused else 0)


deid_app.command("verify")(deid_verify)
