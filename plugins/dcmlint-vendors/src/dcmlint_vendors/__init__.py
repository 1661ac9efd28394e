"""A plugin for dcmlint: rules about private Attributes of vendors."""

from __future__ import annotations

from collections.abc import Iterable

from dcmlint.hookspecs import hookimpl
from dcmlint.rule import Rule

__all__ = ["dcmlint_rules"]


@hookimpl
def dcmlint_rules() -> Iterable[Rule]:
    """Return the rules of the folder `rules/`."""
    from dcmlint.catalogue import rules_in

    return rules_in("dcmlint_vendors.rules")
