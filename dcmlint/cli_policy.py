"""The commands of `dcmlint policy`, and `dcmlint init`: arguments to calls."""

from __future__ import annotations

from typing import Annotated

import typer

__all__ = ["init", "policy_app"]

policy_app = typer.Typer(
    help="Policies: which there are, what they say, and their examples.", no_args_is_help=True
)


@policy_app.command("list")
def policy_list() -> None:
    """List the policies that can be named: those that ship, and those of plugins."""
    from dcmlint.explain_policy import policy_list

    _warn()
    _echo(*policy_list())


@policy_app.command("show")
def policy_show(name: Annotated[str, typer.Argument(metavar="NAME|FILE")]) -> None:
    """Show what a policy is for, its rules, and the settings that it changes."""
    from dcmlint.explain_policy import policy_page

    typer.echo(policy_page(name))


@policy_app.command("test")
def policy_test(
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="[NAME|FILE]...", help="Default: the settings file in force."),
    ] = None,
) -> None:
    """Run the examples of rules: each must report what it says it does, and nothing else."""
    from dcmlint.explain_policy import policy_test

    _echo(*policy_test(names or ()))


@policy_app.command("schema")
def policy_schema() -> None:
    """Print the JSON Schema of settings files and policies, for editors."""
    from dcmlint.explain_policy import policy_schema

    typer.echo(policy_schema())


def init(
    policy: Annotated[
        list[str] | None, typer.Option("--policy", metavar="NAME", help="Build on this policy.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Write it though there are settings.")] = False,
) -> None:
    """Write a dcmlint.yaml with comments into this folder, to start from."""
    from dcmlint.starter import write_starter

    typer.echo(write_starter(policy or (), overwrite=force))


def _warn() -> None:
    """Say which policies of plugins cannot be used."""
    from dcmlint.catalogue import problems

    for problem in problems(["dcmlint_policies"]):
        typer.echo(f"dcmlint: warning: {problem}", err=True)


def _echo(text: str, status: int) -> None:
    typer.echo(text)
    raise typer.Exit(status)
