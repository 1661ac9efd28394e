"""The commands `dcmlint scan` and `dcmlint store`: arguments to calls."""

from __future__ import annotations

from typing import Annotated

import typer

from dcmlint import cli_options as options

__all__ = ["scan", "store_app"]

store_app = typer.Typer(
    help="Stores of `dcmlint scan`: what is in them, and their upkeep.", no_args_is_help=True
)

_STORE = Annotated[
    str,
    typer.Option(
        "--store",
        metavar="URL",
        envvar="DCMLINT_STORE",
        help="A file (SQLite), or postgresql://user@host/database.",
    ),
]


def scan(
    roots: Annotated[
        list[str] | None,
        typer.Argument(metavar="ROOT...", help="Folders of the archive, or s3://bucket/prefix."),
    ] = None,
    store: _STORE = "",
    select: options.Select = None,
    extend_select: options.ExtendSelect = None,
    ignore: options.Ignore = None,
    extend_ignore: options.ExtendIgnore = None,
    fail_on: Annotated[
        str,
        typer.Option(
            metavar="SEVERITY",
            help="Exit with 1 on new findings from this on: error (default), warning, note or never.",
        ),
    ] = "",
    config: options.Config = "",
    isolated: options.Isolated = False,
    policy: options.Policies = None,
    set_: options.Set = None,
    baseline: Annotated[
        str, typer.Option("--baseline", metavar="FILE", help="Leave out what is in this baseline.")
    ] = "",
    exclude: options.Exclude = None,
    skip_non_dicom: options.SkipNonDicom = False,
    archives: options.Archives = "",
    jobs: options.Jobs = "",
    executor: options.Executor = "",
    scheduler: options.Scheduler = "",
    where: options.Where = None,
    per_series: options.PerSeries = "",
    instances: options.Instances = False,
    keep: options.Keep = "",
    verify: Annotated[
        bool, typer.Option("--verify", help="Read what looks unchanged too, and compare.")
    ] = False,
    time_budget: Annotated[
        str,
        typer.Option(metavar="TIME", help="End after this time, such as 6h or 90m; the next scan goes on."),
    ] = "",
    sample: Annotated[
        str,
        typer.Option(metavar="SHARE", help="Only this share of the objects, such as 5%; always the same."),
    ] = "",
    since: Annotated[
        str, typer.Option(metavar="DATE", help="Only objects modified since, such as 2026-11-01.")
    ] = "",
    no_nice: Annotated[
        bool, typer.Option("--no-nice", help="Do not give way to others for processor and disk.")
    ] = False,
    status_file: Annotated[
        str, typer.Option(metavar="FILE", help="Keep the state of the scan here, as JSON.")
    ] = "",
    metrics_file: Annotated[
        str, typer.Option(metavar="FILE", help="Keep metrics here, for the textfile collector of Prometheus.")
    ] = "",
    log_format: Annotated[str, typer.Option(metavar="FORMAT", help="text (default) or json.")] = "text",
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Only warnings on standard error.")] = False,
) -> None:
    """Check an archive into a store: what is new, what has changed, what is gone.

    Exit status: 0 nothing new, 1 new findings from --fail-on on, 2 failed, 3 ended before the end.
    """
    from dcmlint.nightly.options import ScanGiven, scan_request
    from dcmlint.nightly.run import scan as run_scan

    given = ScanGiven(
        locations=tuple(roots or ()),
        store=store,
        select=options.names(select),
        extend_select=options.names(extend_select),
        ignore=options.names(ignore),
        extend_ignore=options.names(extend_ignore),
        fail_on=fail_on,
        config=config,
        isolated=isolated,
        policies=tuple(policy or ()),
        inline=tuple(set_ or ()),
        baseline=baseline,
        exclude=tuple(exclude or ()),
        skip_non_dicom=skip_non_dicom,
        archives=archives,
        jobs=jobs,
        verify=verify,
        time_budget=time_budget,
        sample=sample,
        since=since,
        gives_way=not no_nice,
        status_file=status_file,
        metrics_file=metrics_file,
        log_format=log_format,
        quiet=quiet,
        executor=executor,
        scheduler=scheduler,
        where=tuple(where or ()),
        per_series=per_series,
        instances=instances,
        keep=keep,
    )
    raise typer.Exit(run_scan(scan_request(given)))


@store_app.command("export")
def store_export(
    store: _STORE = "",
    canonical: Annotated[
        bool, typer.Option("--canonical", help="Without ids, runs and times: equal for equal findings.")
    ] = False,
    output: Annotated[str, typer.Option("--output", "-o", metavar="FILE", help="Write it here.")] = "",
) -> None:
    """Print the open findings as JSON, sorted by place, rule and fingerprint."""
    from dcmlint.nightly.stores import export_lines

    export_lines(store, output, canonical=canonical)


@store_app.command("info")
def store_info(
    store: _STORE = "",
    format: Annotated[str, typer.Option("--format", "-f", help="text or json.")] = "text",
) -> None:
    """Show what is in a store: runs, instances, findings, size. No value of any object is shown."""
    from dcmlint.nightly.stores import info_text

    typer.echo(info_text(store, format))


@store_app.command("retention")
def store_retention(
    store: _STORE = "",
    days: Annotated[
        int, typer.Option(metavar="DAYS", min=1, help="Keep what ended within this many days.")
    ] = 400,
) -> None:
    """Forget findings that were resolved, objects that are gone, and runs, once they are old."""
    from dcmlint.nightly.stores import retention_text

    typer.echo(retention_text(store, days))


@store_app.command("vacuum")
def store_vacuum(store: _STORE = "") -> None:
    """Give the space back that deleted rows took."""
    from dcmlint.nightly.stores import vacuum_text

    typer.echo(vacuum_text(store))
