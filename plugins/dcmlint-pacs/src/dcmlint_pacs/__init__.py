"""A plugin for dcmlint: PACS as sources, and what is to be known before data are sent to one.

This module is imported at every start of dcmlint, so nothing else is imported here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from dcmlint.hookspecs import hookimpl

if TYPE_CHECKING:
    from dcmlint.rule import Rule
    from dcmlint.source import Source

__all__ = ["dcmlint_commands", "dcmlint_rules", "dcmlint_sources"]


@hookimpl
def dcmlint_rules() -> Iterable[Rule]:
    """Return the rules about peers: `interop/*`."""
    from dcmlint.catalogue import rules_in

    return rules_in("dcmlint_pacs.rules")


@hookimpl
def dcmlint_sources() -> Mapping[str, Callable[[], Source]]:
    """Return the sources for DICOMweb servers and DIMSE peers."""
    return {
        "dicomweb+https": _web,
        "dicomweb+http": _web,
        "dimse": _dimse,
        "dimse+tls": _dimse,
    }


def _web() -> Source:
    from dcmlint_pacs.web.source import WebSource

    return WebSource()


def _dimse() -> Source:
    from dcmlint_pacs.dimse.source import DimseSource

    return DimseSource()


@hookimpl
def dcmlint_commands() -> Mapping[str, Callable[[], Any]]:
    """Return the commands `preflight`, `conformance` and `gate`."""
    return {"preflight": _preflight, "conformance": _conformance, "gate": _gate}


def _preflight() -> Any:
    from dcmlint_pacs.cli_preflight import app

    return app


def _conformance() -> Any:
    from dcmlint_pacs.cli_conformance import app

    return app


def _gate() -> Any:
    from dcmlint_pacs.cli_gate import app

    return app
