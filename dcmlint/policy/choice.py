"""Which rules run: those of dcmlint and its plugins and those of the policy, chosen by id and group."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple

from dcmlint.catalogue import catalogue, select_rules
from dcmlint.errors import UsageError
from dcmlint.policy.model import Policy
from dcmlint.rule import Rule

__all__ = ["Choice", "all_rules"]


def all_rules(policy: Policy) -> Mapping[str, Rule]:
    """Return every rule by id, those of the policy last; parameters have the values of the policy."""
    rules = dict(catalogue())
    for rule_id, values in policy.parameters.items():
        rules[rule_id] = _with_parameters(rules[rule_id], values)
    if policy.rules:
        from dcmlint.policy.site import as_rule

        for site in policy.rules:
            if site.id in rules:
                raise UsageError(
                    f"{site.source}, line {site.line}: a plugin brings the rule {site.id} already"
                )
            rules[site.id] = as_rule(site)
    return rules


def _with_parameters(rule: Rule, values: Mapping[str, Any]) -> Rule:
    given = {
        name: tuple([value] if isinstance(value, str) else value)
        if isinstance(rule.parameters[name].default, tuple)
        else value
        for name, value in values.items()
    }
    return rule if rule.check is None else replace(rule, check=partial(rule.check, **given))


class Choice(NamedTuple):
    """`running` are the rules that run, `on` the ids of those that are on where no scope says otherwise."""

    running: Mapping[str, Rule]
    on: frozenset[str]

    @staticmethod
    def of(policy: Policy, select: Sequence[str] = (), ignore: Sequence[str] = ()) -> Choice:
        """Return the choice of a policy, with `select` and `ignore` of a command line in their place.

        A policy's own `select` is about rules of others: what it defines itself is on as well.
        Raises UsageError for a name that is neither rule nor group.
        """
        rules = all_rules(policy)
        wanted: tuple[str, ...] = tuple(select)
        if not wanted and policy.select is not None:
            wanted = (*policy.select, *policy.extend_select, *(rule.id for rule in policy.rules))
        elif wanted:
            wanted = (*wanted, *policy.extend_select)
        chosen = select_rules(rules, wanted, tuple(ignore) or policy.ignore)
        # What `severity` switches off runs all the same, so that cached results do not depend on it.
        return Choice(
            {
                rule_id: rule
                for rule_id, rule in rules.items()
                if rule_id in chosen or _selects(policy, rule_id)
            },
            frozenset(chosen),
        )


def _selects(policy: Policy, rule_id: str) -> bool:
    group = rule_id.partition("/")[0]
    return any(rule_id in scope.select or group in scope.select for scope in policy.scopes)
