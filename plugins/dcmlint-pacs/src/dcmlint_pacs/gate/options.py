"""What the options of `dcmlint gate` say, alone or over a `gate.yaml`."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, NamedTuple

from dcmlint.errors import UsageError
from dcmlint_pacs.gate.config import Config, Forward, checked
from dcmlint_pacs.gate.settings import read_config
from dcmlint_pacs.own import own
from dcmlint_pacs.peer import is_ae_title, peer_of

__all__ = ["Given", "configured"]


class Given(NamedTuple):
    """The options; "" and None = not given."""

    spool: str = ""
    port: int | None = None
    http_port: int | None = None
    bind: str = ""
    aet: str = ""
    policies: tuple[str, ...] = ()
    forward: tuple[str, ...] = ()
    log: str = ""


def configured(file: str, given: Given) -> Config:
    """Return the configuration of a file with options over it; raises UsageError for what cannot be meant."""
    if not file and not given.spool:
        raise UsageError("A gate needs a folder for what it receives.", "--spool DIR or --config gate.yaml")
    config = read_config(file) if file else Config(given.spool, aet=own().aet)
    changed = replace(config, **_changes(config, given))
    return checked(changed, is_default=bool(given.forward) and config.otherwise == "accept")


def _changes(config: Config, given: Given) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    if given.aet and not is_ae_title(given.aet):
        raise UsageError("--aet is no AE title: at most 16 characters, no backslash.")
    if given.log not in ("", "text", "json"):
        raise UsageError("--log is text or json.")
    for name in ("spool", "bind", "aet", "policies", "log"):
        if value := getattr(given, name):
            changes[name] = value
    if given.port is not None:
        changes["port"] = given.port
    if given.forward:
        changes["forward"] = Forward(tuple(peer_of(each) for each in given.forward))
    if given.http_port is not None or given.bind:
        port = config.http.port if given.http_port is None else given.http_port
        changes["http"] = replace(config.http, port=port, bind=given.bind or config.http.bind)
    return changes
