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
from typing import Any, NamedTuple, get_args

from dcmlint import plugins
from dcmlint.errors import UsageError
from dcmlint.hookspecs import HOOKS, PROJECT
from dcmlint.model import SEVERITIES
from dcmlint.plugins import Problem
from dcmlint.rule import Rule, Scope
from dcmlint.standard.dictionary import tag_of

__all__ = [
    "ALWAYS_ON",
    "catalogue",
    "find_rule",
    "known_names",
    "owners",
    "problems",
    "rules_in",
    "select_rules",
    "suggestion",
]

ALWAYS_ON = frozenset({"internal/check-failed", "file/unreadable", "file/not-dicom", "file/git-lfs-pointer"})
"""Rules that `--select` of others leaves on: that an input was not checked is always said."""

_RUN = ("value", "item", "instance", "group")
"""Scopes of rules that have a check."""


class _Admitted(NamedTuple):
    """The rules by id, the plugins that bring them, and what was left out."""

    rules: Mapping[str, Rule]
    owners: Mapping[str, str]
    problems: tuple[Problem, ...]


@cache
def catalogue() -> Mapping[str, Rule]:
    """Return all rules by id, sorted, of dcmlint and of every plugin.

    A rule of a plugin that has an id that is taken, or that could not be run, is left out: `problems`.
    """
    return MappingProxyType(dict(sorted(_admitted().rules.items())))


def owners() -> Mapping[str, str]:
    """Return the name of the plugin that brings the rule for each id in the catalogue."""
    return _admitted().owners


def problems(hooks: Iterable[str] = HOOKS) -> tuple[Problem, ...]:
    """Return what was left out of plugins as a whole, of these hooks, and of their rules."""
    hooks = tuple(hooks)
    return plugins.problems(hooks) + (_admitted().problems if "dcmlint_rules" in hooks else ())


@cache
def _admitted() -> _Admitted:
    """Judge the rules of plugins; what is dcmlint's own is taken as it is."""
    rules: dict[str, Rule] = {}
    owner: dict[str, str] = {}
    left_out: list[Problem] = []
    for plugin, found in plugins.brought("dcmlint_rules"):
        for rule in found:
            what = "" if plugin == PROJECT else _flaw(rule)
            if not what and rule.id in owner:
                what = f"brings rule {rule.id} as plugin {owner[rule.id]!r} does"
            if what:
                left_out.append(plugins.problem(plugin, "dcmlint_rules", f"{what}: it is left out"))
            else:
                owner[rule.id] = plugin
                rules[rule.id] = rule
    return _Admitted(rules, owner, tuple(dict.fromkeys(left_out)))


def _flaw(rule: Any) -> str:
    """Return why a rule could not be selected, run or reported, "" if it can."""
    if not isinstance(rule, Rule):
        return f"brings {type(rule).__name__} as a rule, not a Rule"
    texts = (rule.id, rule.doc, rule.citation, rule.message)
    if not all(isinstance(text, str) for text in texts):
        return "brings a rule of which id, doc, citation or message is no text"
    group, slash, name = rule.id.partition("/")
    if not (slash and all(part.replace("-", "").isalnum() and part.islower() for part in (group, name))):
        return f"brings rule {rule.id!r}, which is no rule id (group/name in lower case)"
    if rule.severity not in SEVERITIES or rule.scope not in get_args(Scope):
        return f"brings rule {rule.id} of an unknown severity or scope"
    if rule.scope in _RUN and not callable(rule.check):
        return f"brings rule {rule.id} of scope {rule.scope} without a check"
    if rule.fix is not None and not callable(getattr(rule.fix, "edits", None)):
        return f"brings rule {rule.id} with a fix that cannot be called"
    return _flaw_of_selects(rule)


def _flaw_of_selects(rule: Rule) -> str:
    if not isinstance(rule.selects, tuple):
        return f"brings rule {rule.id} with selects that are {type(rule.selects).__name__}, not a tuple"
    if rule.scope in ("item", "value") and not rule.selects:
        return f"brings rule {rule.id} of scope {rule.scope} that selects nothing"
    for selected in rule.selects if rule.scope in ("item", "instance") else ():
        try:
            known = selected == "private" or tag_of(selected)
        except (KeyError, TypeError):
            known = False
        if not known:
            return f"brings rule {rule.id} that selects {selected!r}, which is no keyword"
    return ""


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
