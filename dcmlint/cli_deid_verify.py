"""The command `dcmlint deid verify`: arguments to calls."""

from __future__ import annotations

from typing import Annotated

import typer

from dcmlint import cli_options as options

__all__ = ["deid_verify"]


def deid_verify(
    output: Annotated[str, typer.Argument(metavar="OUT", help="A folder of de-identified files, or one.")],
    profile: Annotated[
        str,
        typer.Option(
            "--profile",
            metavar="PROFILE",
            help="basic, and options after it: basic+clean-desc; default: that of --log, else basic.",
        ),
    ] = "",
    against: Annotated[
        str, typer.Option("--against", metavar="IN", help="The originals: a folder, or one file.")
    ] = "",
    pairs: Annotated[
        str,
        typer.Option(
            "--map",
            metavar="FILE",
            help="Which file is of which: OUTPUT<tab>ORIGINAL, paths below OUT and IN.",
        ),
    ] = "",
    log: Annotated[
        str,
        typer.Option("--log", metavar="FILE", help="The audit log of deid apply: it says which is of which."),
    ] = "",
    key_file: Annotated[
        str, typer.Option("--key-file", metavar="FILE", help="The log's key; else DCMLINT_DEID_KEY has it.")
    ] = "",
    ocr: Annotated[
        bool, typer.Option("--ocr", help="Read the pixels too, with the program tesseract (slow).")
    ] = False,
    ocr_frames: Annotated[
        str,
        typer.Option(
            "--ocr-frames",
            metavar="WHICH",
            help="Frames that --ocr reads of each file: sampled (first, middle, last) or all.",
        ),
    ] = "sampled",
    format: Annotated[
        list[str] | None,
        typer.Option(
            "--format", "-f", metavar="NAME[:FILE]", help="A report to write, as for check. May be repeated."
        ),
    ] = None,
    report: Annotated[
        str, typer.Option("--output", "-o", metavar="FILE", help="Write the report here, not to the screen.")
    ] = "",
    select: options.Select = None,
    ignore: options.Ignore = None,
    fail_on: Annotated[
        str, typer.Option(metavar="SEVERITY", help="Exit with 1 from this on: error, warning, note or never.")
    ] = "error",
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Only the summary (text output).")] = False,
) -> None:
    """Verify files that any tool has de-identified. Nothing is changed, and no value is shown."""
    from dcmlint.deid_verify.told import Wanted, tell_verification

    wanted = Wanted(
        output,
        profile,
        against,
        pairs,
        log,
        key_file,
        formats=tuple(format or ()),
        report=report,
        select=options.names(select),
        ignore=options.names(ignore),
        fail_on=fail_on,
        quiet=quiet,
        ocr=ocr,
        ocr_frames=ocr_frames,
    )
    raise typer.Exit(tell_verification(wanted))
