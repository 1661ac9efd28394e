"""A plugin for dcmlint: the entry point in pyproject.toml names this module."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TextIO

from dcmlint.hookspecs import hookimpl
from dcmlint.report import Reporter
from dcmlint.rule import Rule

__all__ = ["dcmlint_policies", "dcmlint_reporters", "dcmlint_rules"]


@hookimpl
def dcmlint_rules() -> Iterable[Rule]:
    """Return the rules of the folder `rules/`."""
    from dcmlint.catalogue import rules_in

    return rules_in("dcmlint_example_site.rules")


@hookimpl
def dcmlint_policies() -> Mapping[str, Path]:
    """Return the policies of the folder `policies/` by name, as `extends:` and `--policy` take it."""
    folder = Path(__file__).parent / "policies"
    return {path.stem: path for path in sorted(folder.glob("*.yaml"))}


@hookimpl
def dcmlint_reporters() -> Mapping[str, Callable[[TextIO], Reporter]]:
    """Return the report `--format by-station`."""
    from dcmlint_example_site.by_station import ByStation

    return {"by-station": ByStation}
