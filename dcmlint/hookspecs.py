"""The hooks of dcmlint: what a plugin may bring along, who asks for it, and when.

A plugin is a module (or object) named by an entry point of the group `dcmlint`:

    [project.entry-points.dcmlint]
    my-site = "my_site.dcmlint_plugin"

Its hook implementations are functions marked with `dcmlint.hookspecs.hookimpl`. Hooks take no
arguments, return data, run once at start-up and never for a file. What dcmlint itself brings comes
in through the same hooks (`dcmlint.builtin`). What cannot be used of a plugin is named and left out
(`dcmlint.plugins`); a name or rule id that is taken stays with the one that had it first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pluggy import HookimplMarker, HookspecMarker

if TYPE_CHECKING:
    from dcmlint.execute import Executor
    from dcmlint.rule import Rule
    from dcmlint.source import Source

__all__ = ["HOOKS", "PROJECT", "hookimpl", "hookspec"]

PROJECT = "dcmlint"
"""The name of the hooks' project and of the entry point group."""

HOOKS = (
    "dcmlint_rules",
    "dcmlint_policies",
    "dcmlint_sources",
    "dcmlint_reporters",
    "dcmlint_executors",
    "dcmlint_standard",
    "dcmlint_commands",
)
"""Every hook, in the order of this file."""

hookspec = HookspecMarker(PROJECT)
hookimpl = HookimplMarker(PROJECT)


@hookspec
def dcmlint_rules() -> Iterable[Rule]:  # type: ignore[empty-body]
    """Return rules with their `id` and `doc` filled in; `dcmlint.catalogue.rules_in` does that for a
    package laid out like `dcmlint.rules`.

    Called by `dcmlint.catalogue.catalogue`, once, before the first file is opened. Each rule is
    enabled like the built-in ones, under its own id. A rule whose id is taken is left out.
    """


@hookspec
def dcmlint_policies() -> Mapping[str, Path]:  # type: ignore[empty-body]
    """Return policy files (YAML) by the name that a user gives to choose them.

    Called when a policy is asked for by name. Policies are read only then.
    """


@hookspec
def dcmlint_sources() -> Mapping[str, Callable[[], Source]]:  # type: ignore[empty-body]
    """Return factories of sources by URI scheme in lower case: {"s3": S3Source} for s3://...

    Called by `dcmlint.scan.Session`, once. The factory runs in each process when the first input of
    that scheme is met. Paths without a scheme belong to the scheme "file".
    """


@hookspec
def dcmlint_reporters() -> Mapping[str, Any]:  # type: ignore[empty-body]
    """Return factories of reporters by the name that `--format` takes (see `dcmlint.report`).

    Called by the command line, once, when the options are read.
    """


@hookspec
def dcmlint_executors() -> Mapping[str, Callable[..., Executor]]:  # type: ignore[empty-body]
    """Return factories of executors by the name that `--executor` takes; each is called with the number of
    jobs, and with `scheduler=ADDRESS` if the user gave one.

    Called by `dcmlint.execute.executor`, once, before the first file is opened. A factory without a
    parameter `scheduler` is one for which an address makes no sense: then the user is told so. The factory
    may raise UsageError.
    """


@hookspec
def dcmlint_standard() -> Mapping[str, Path]:  # type: ignore[empty-body]
    """Return folders of compiled tables by edition ("2026c"), in the format of `dcmlint.standard`.

    Called when an edition is looked up by name: `dcmlint standard use`.
    """


@hookspec
def dcmlint_commands() -> Mapping[str, Callable[[], Any]]:  # type: ignore[empty-body]
    """Return factories of commands by name: {"gate": ...} for `dcmlint gate`; each returns a `typer.Typer`.

    Called by the command line when it meets a name that is none of its own, and for its help. A name of
    dcmlint's own commands is never looked for here.
    """
