"""`dcmlint preflight`: options to calls."""

from __future__ import annotations

from typing import Annotated

import typer

__all__ = ["app"]

app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False)


@app.command(
    epilog="Exit status: 0 the peer takes all; 1 it does not take something, or something cannot be sent "
    "(with --strict also what needs a conversion, or is unknown); 2 the job could not be done."
)
def preflight(
    paths: Annotated[
        list[str],
        typer.Argument(metavar="DATASET...", help="Files, folders, archives, or locations such as s3://"),
    ],
    peer: Annotated[
        str,
        typer.Option(
            metavar="PEER",
            help="dimse://AET@host:port, dimse+tls://, dicomweb+https://host/root, or a conformance file.",
        ),
    ],
    format: Annotated[
        list[str] | None,
        typer.Option(
            "--format",
            "-f",
            metavar="NAME[:FILE]",
            help="text (default), json or html: the matrix; sarif, junit and such: findings. Repeatable.",
        ),
    ] = None,
    output: Annotated[
        str, typer.Option("--output", "-o", metavar="FILE", help="Write the report here, not to the screen.")
    ] = "",
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit with 1 for what needs a conversion or is unknown, too.")
    ] = False,
    aet: Annotated[
        str, typer.Option(metavar="AET", help="Our AE title (else DCMLINT_AET, else DCMLINT).")
    ] = "",
    where: Annotated[
        list[str] | None,
        typer.Option(metavar="ATTRIBUTE=VALUE", help="Of data in a PACS, only what matches. Repeatable."),
    ] = None,
    per_series: Annotated[
        str, typer.Option("--per-series", metavar="N", help="Of data in a PACS, so many instances a series.")
    ] = "",
) -> None:
    """Will this peer take these data? Negotiates associations, or reads what it declares; stores nothing."""
    from dcmlint_pacs.preflight.run import Wanted, run

    wanted = Wanted(
        tuple(paths), peer, tuple(format or ()), output, strict, aet, tuple(where or ()), per_series
    )
    raise typer.Exit(run(wanted))
