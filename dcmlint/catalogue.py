"""The catalogue: every rule by id, and which of them a selection leaves on.

A rule's id is its path below the package's folder: `pixel/high_bit_mismatch.py` is
`pixel/high-bit-mismatch`. Its documentation is the module's docstring.
"""

# ruff: noqa: PTH118, PTH208
# Strings: this runs at every start, once for each rule.
from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from types import MappingProxyType, ModuleType

from dcmlint.errors import PluginError, UsageError
from dcmlint.plugins import brought
from dcmlint.rule import Rule

__all__ = [
    "ALWAYS_ON",
    "catalogue",
    "collected",
    "find_rule",
    "known_names",
    "plugin_of",
    "rules_in",
    "select_rules",
    "suggestion",
]

ALWAYS_ON = frozenset({"internal/check-failed", "file/unreadable", "file/not-dicom", "file/git-lfs-pointer"})
"""Rules that `--select` of others leaves on: that an input was not checked is always said."""


@cache
def catalogue() -> Mapping[str, Rule]:
    """Return all rules by id, sorted, of dcmlint and of every plugin.

    Raises PluginError, naming both plugins, for an id that is there twice.
    """
    return MappingProxyType({rule_id: rule for rule_id, (rule, _) in sorted(_owned().items())})


def plugin_of(rule_id: str) -> str | None:
    """Return the name of the plugin that brings the rule ("dcmlint" is built in), None if none does."""
    rule = _owned().get(rule_id)
    return None if rule is None else rule[1]


@cache
def _owned() -> dict[str, tuple[Rule, str]]:
    return collected(brought("dcmlint_rules"))


def collected(found: Iterable[tuple[str, Iterable[Rule]]]) -> dict[str, tuple[Rule, str]]:
    """Return (rule, plugin) by id, of (plugin, its rules).

    Raises PluginError for what is no rule, for an id that cannot be selected, and for one that is there
    twice.
    """
    owned: dict[str, tuple[Rule, str]] = {}
    for plugin, rules in found:
        for rule in rules:
            _admit(rule, plugin)
            if rule.id in owned:
                raise PluginError(
                    f"rule {rule.id} is brought by two plugins: {owned[rule.id][1]} and {plugin}"
                )
            owned[rule.id] = (rule, plugin)
    return owned


def rules_in(package: str) -> Iterator[Rule]:
    """Yield the rules of a package laid out as `<group>/<rule_name>.py`, with `id` and `doc`."""
    module = _import(package)
    for root in module.__path__:
        for group in _names(root):
            for name in _names(os.path.join(root, group)):
                if name.endswith(".py"):
                    yield from _rules_of(package, group, name[:-3])


def _names(folder: str) -> list[str]:
    try:
        return sorted(name for name in os.listdir(folder) if name[0] not in "_.")
    except NotADirectoryError:
        return []


def _rules_of(package: str, group: str, name: str) -> Iterator[Rule]:
    module = _import(f"{package}.{group}.{name}")
    rules: tuple[Rule, ...] = getattr(module, "RULES", None) or (module.RULE,)
    rule_id = f"{group}/{name}".replace("_", "-")
    for rule in rules:
        yield replace(rule, id=rule.id or rule_id, doc=rule.doc or module.__doc__ or "")


def _import(name: str) -> ModuleType:
    __import__(name)
    return sys.modules[name]


def _admit(rule: Rule, plugin: str) -> None:
    """Raise PluginError unless `rule` is a Rule with an id that can be selected."""
    if not isinstance(rule, Rule):
        raise PluginError(f"plugin {plugin!r}: dcmlint_rules returned {type(rule).__name__}, not a Rule")
    group, slash, name = rule.id.partition("/")
    if not (slash and all(part.replace("-", "").isalnum() and part.islower() for part in (group, name))):
        raise PluginError(f"plugin {plugin!r}: {rule.id!r} is no rule id; write group/name in lower case")


def find_rule(rule_id: str) -> Rule:
    """Return the rule; raises UsageError, with what is spelled like it, if there is none."""
    rule = catalogue().get(rule_id)
    if rule is not None:
        return rule
    if rule_id in known_names(catalogue()):
        if "/" in rule_id:
            raise UsageError(f"Rule {rule_id} is announced, but not in this version.")
        raise UsageError(f"{rule_id} is a group of rules.", f"List it with: dcmlint rules --select {rule_id}")
    raise _unknown(rule_id, catalogue())


def known_names(rules: Iterable[str]) -> frozenset[str]:
    """Return every id and group that a selection may name: those of `rules` and the announced ones."""
    from dcmlint.announced import ANNOUNCED

    known = set(rules) | set(ANNOUNCED)
    known.update(f"{group}/{name}" for group, names in ANNOUNCED.items() for name in names.split())
    return frozenset(known | {rule_id.partition("/")[0] for rule_id in known})


def select_rules(
    rules: Mapping[str, Rule],
    select: Sequence[str] = (),
    ignore: Sequence[str] = (),
    *,
    always: frozenset[str] = ALWAYS_ON,
) -> dict[str, Rule]:
    """Return the rules that are on: those of `select` (none given: all) without those of `ignore`.

    Each names an id or a group. An id outranks a group, whichever list it is in. The rules of
    `always` stay unless ignored by id. Raises UsageError for a name that is neither.
    """
    if not (select or ignore):
        return dict(rules)
    selected, ignored = _checked(select, rules), _checked(ignore, rules)

    def is_on(rule_id: str) -> bool:
        if rule_id in ignored:
            return False
        if rule_id in selected or rule_id in always:
            return True
        group = rule_id.partition("/")[0]
        return group not in ignored and (not selected or group in selected)

    return {rule_id: rule for rule_id, rule in rules.items() if is_on(rule_id)}


def _checked(names: Sequence[str], rules: Mapping[str, Rule]) -> frozenset[str]:
    wanted = frozenset(names)
    for name in sorted(wanted):
        if name not in rules and name not in known_names(rules) and not name.startswith("site/"):
            raise _unknown(name, rules)
    return wanted


def _unknown(name: str, rules: Mapping[str, Rule]) -> UsageError:
    return UsageError(f"Unknown rule or group: {name}", suggestion(name, rules))


def suggestion(name: str, rules: Iterable[str] | None = None) -> str:
    """Return a hint with the rules and groups that are spelled like `name`, or how to list them."""
    from difflib import get_close_matches

    known = sorted(known_names(catalogue() if rules is None else rules))
    near = get_close_matches(name.lower().replace("_", "-"), known, n=3, cutoff=0.6)
    if not near:
        near = [rule_id for rule_id in known if rule_id.partition("/")[2] == name]
    return f"Did you mean {', '.join(near)}?" if near else "List them with: dcmlint rules"
