"""The command `dcmlint gate`: options to a configuration, and a gate that runs until it is told to stop."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from dcmlint_pacs.gate.config import Config

__all__ = ["app"]

app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False)


@app.command()
def gate(
    config: Annotated[
        str, typer.Option("--config", metavar="FILE", help="A gate.yaml with all there is to say.")
    ] = "",
    spool: Annotated[
        str, typer.Option("--spool", metavar="DIR", help="The folder in which objects are kept.")
    ] = "",
    port: Annotated[
        int | None, typer.Option("--port", help="Where the Storage SCP listens: 11112 by default.")
    ] = None,
    http_port: Annotated[
        int | None, typer.Option("--http-port", help="Where STOW-RS, status page and metrics are.")
    ] = None,
    bind: Annotated[
        str, typer.Option("--bind", metavar="ADDRESS", help="Listen there: 127.0.0.1 by default.")
    ] = "",
    aet: Annotated[
        str, typer.Option("--aet", metavar="TITLE", help="Our AE title: DCMLINT by default.")
    ] = "",
    policy: Annotated[
        list[str] | None, typer.Option("--policy", metavar="NAME", help="A policy, by name or file.")
    ] = None,
    forward: Annotated[
        list[str] | None,
        typer.Option(
            "--forward", metavar="TARGET", help="dimse://AET@host:port or dicomweb+https://host/dicom-web."
        ),
    ] = None,
    log: Annotated[str, typer.Option("--log", metavar="FORM", help="Log lines as text or json.")] = "",
) -> None:
    """Receive objects by C-STORE and STOW-RS, lint them, and keep, forward or quarantine them.

    Objects with an error go to quarantine; a gate.yaml can say it otherwise. Nothing is acknowledged before
    it is flushed to the disk, or the target has it.
    """
    from dcmlint_pacs.gate.options import Given, configured

    given = Given(spool, port, http_port, bind, aet, tuple(policy or ()), tuple(forward or ()), log)
    _run(configured(config, given))


def _run(config: Config) -> None:
    """Run a gate until SIGTERM or SIGINT."""
    import signal
    import threading

    from dcmlint_pacs.gate.service import running

    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    with running(config) as gate:
        gate.started()
        while not stopped.wait(3600):
            pass
        gate.log.line("stopping", "nobody is let in any more; what is in hand is finished")
    gate.log.line("stopped", "all associations have ended")
