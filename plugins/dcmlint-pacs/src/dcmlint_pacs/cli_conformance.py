"""`dcmlint conformance`: options to calls."""

from __future__ import annotations

from typing import Annotated

import typer

__all__ = ["app"]

app = typer.Typer(
    help="Conformance files: what an application entity takes, in YAML.",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
    no_args_is_help=True,
)

_File = Annotated[str, typer.Argument(metavar="FILE")]
_Form = Annotated[str, typer.Option("--format", "-f", metavar="NAME", help="text or json.")]
_Output = Annotated[
    str, typer.Option("--output", "-o", metavar="FILE", help="Write here, not to the screen.")
]


@app.command()
def probe(
    peer: Annotated[str, typer.Argument(metavar="PEER", help="dimse://AET@host:port, or dimse+tls://")],
    output: _Output = "",
    aet: Annotated[
        str, typer.Option(metavar="AET", help="Our AE title (else DCMLINT_AET, else DCMLINT).")
    ] = "",
    sop_class: Annotated[
        list[str] | None, typer.Option(metavar="UID", help="Ask for this SOP Class too. May be repeated.")
    ] = None,
) -> None:
    """Write the conformance file of a live peer: what it accepts in associations. Nothing is stored."""
    from dcmlint_pacs.conformance.run import probe_to

    typer.echo(probe_to(peer, output, aet, sop_class or ()), err=True)


@app.command()
def check(files: Annotated[list[str], typer.Argument(metavar="FILE...")]) -> None:
    """Check conformance files: what is wrong, with its line."""
    from dcmlint_pacs.conformance.run import check as run_check

    typer.echo(run_check(files))


@app.command()
def diff(a: _File, b: _File, format: _Form = "text", output: _Output = "") -> None:
    """Compare two conformance files; exits with 1 if they differ."""
    from dcmlint_pacs.conformance.run import diff as run_diff
    from dcmlint_pacs.output import write_text

    text, status = run_diff(a, b, format)
    write_text(output, text + "\n")
    raise typer.Exit(status)


@app.command()
def pairs(a: _File, b: _File, format: _Form = "text", output: _Output = "") -> None:
    """Say what A and B can never send to each other; exits with 1 if there is anything."""
    from dcmlint_pacs.conformance.run import pairs as run_pairs
    from dcmlint_pacs.output import write_text

    text, status = run_pairs(a, b, format)
    write_text(output, text + "\n")
    raise typer.Exit(status)
