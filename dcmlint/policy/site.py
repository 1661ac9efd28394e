"""Rules of a policy, compiled: what runs over an Instance, and the Rule that reports show."""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import cache
from typing import Any

from dcmlint.model import Found
from dcmlint.policy.bindings import Bindings
from dcmlint.policy.designator import designator
from dcmlint.policy.expression import Expression
from dcmlint.policy.forms import FORMS, Check, uses_file, uses_today
from dcmlint.policy.model import SiteRule
from dcmlint.policy.unique import MESSAGE as UNIQUE_MESSAGE
from dcmlint.read.item import Instance
from dcmlint.report.redaction import HIDDEN
from dcmlint.rule import Rule

__all__ = ["Conditions", "SiteChecks", "as_rule", "compiled", "expression", "said"]

_ASKED = 8
"""Rules after which the clock is asked: that costs as much as a rule."""

BUDGET_S = 1.0
"""Seconds of CPU that all rules of a policy may take on one Instance. Each is bounded by itself; this bounds
a policy of many rules that are all made to be slow."""


@cache
def expression(text: str) -> Expression:
    """Return the compiled expression; raises ExpressionError."""
    return Expression(text)


def as_rule(site: SiteRule) -> Rule:
    """Return the rule as catalogues and reports know it."""
    message = site.message or (FORMS[site.form].message if site.form in FORMS else UNIQUE_MESSAGE)
    message = message.replace("{value}", "{shown}" if site.show_value else HIDDEN)
    title = site.title or site.message.partition("\n")[0].replace("{", "").replace("}", "")
    title = title or f"{site.id.removeprefix('site/').replace('-', ' ').capitalize()}."
    return Rule(
        severity=site.severity,
        scope="policy",
        citation=site.citation or f"policy {site.policy}",
        message=message,
        id=site.id,
        doc="\n\n".join(part for part in (title, _what(site), site.description.strip()) if part),
    )


def _what(site: SiteRule) -> str:
    lines = [f"## What it does\nReports instances that do not pass this demand of the policy {site.policy}."]
    lines.append(f"\n    {site.form}: {said(site.demand)}")
    if site.when:
        lines.append(f"    when: {site.when}")
    return "\n".join(lines)


def said(value: Any) -> str:
    """Return a value of a settings file in one line."""
    if isinstance(value, dict):
        return ", ".join(f"{key} {said(each)}" for key, each in value.items())
    if isinstance(value, list):
        return ", ".join(map(said, value))
    return str(value).lower() if isinstance(value, bool) else str(value)


def compiled(site: SiteRule) -> Check:
    """Return what runs over an Instance for a rule; raises ExpressionError."""
    check = FORMS[site.form].compile(site.demand) if site.form in FORMS else _checking(site)
    if not site.when:
        return check
    condition = expression(site.when)

    def guarded(bindings: Bindings) -> Any:
        return check(bindings) if bindings.holds(condition) else ()

    return guarded


def _checking(site: SiteRule) -> Check:
    condition = expression(site.demand)
    name = site.attribute or next(iter(condition.names), "")
    where = designator(name) if name else None

    def check(bindings: Bindings) -> Sequence[Found]:
        if condition(bindings) is not False:
            return ()
        if where is None:
            return (Found(),)
        for item, tag in where.places(bindings.instance):
            shown = {"shown": str(item.first(tag))[:64]} if tag is not None and tag in item.elements else {}
            return (Found(tag, shown, item),)
        return (Found(where.tag),)

    return check


class SiteChecks:
    """The rules of a policy that are on, ready to run over Instances.

    `uses_file` and `uses_today` tell what the findings depend on besides the content.
    """

    def __init__(self, rules: Sequence[SiteRule]) -> None:
        self.rules = [rule for rule in rules if rule.form != "unique"]
        self._checks = [(rule.id, compiled(rule)) for rule in self.rules]
        texts = [
            text for rule in self.rules for text in (rule.when, rule.demand if rule.form == "check" else "")
        ]
        self.uses_file = any(uses_file(rule.form) for rule in self.rules) or any(
            expression(text).uses_file for text in texts if text
        )
        self.uses_today = any(uses_today(rule.form, rule.demand) for rule in self.rules)

    def run(self, instance: Instance) -> list[tuple[str, Found | Exception]]:
        """Return (rule id, fault) for each fault, and (rule id, exception) for a check that failed."""
        bindings = Bindings.of(instance)
        started = time.process_time()
        faults: list[tuple[str, Found | Exception]] = []
        for number, (rule_id, check) in enumerate(self._checks):
            try:
                for found in check(bindings):
                    faults.append((rule_id, found))
            except Exception as error:
                faults.append((rule_id, error))
            if not number % _ASKED and time.process_time() - started > BUDGET_S:
                faults.append((rule_id, TimeoutError()))
                break
        return faults


class Conditions:
    """Conditions of settings and waivers: which of them are true of an Instance, as bits."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._conditions = [expression(text) for text in texts]
        self.uses_file = any(each.uses_file for each in self._conditions)

    def bits(self, instance: Instance) -> int:
        """Return a number whose bit n is set if condition n is true."""
        bindings = Bindings.of(instance)
        found = 0
        for number, condition in enumerate(self._conditions):
            if bindings.holds(condition):
                found |= 1 << number
        return found
