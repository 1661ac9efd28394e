"""The texts of `dcmlint policy`: policies and their rules, and what came of the rules' examples."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from dcmlint.errors import UsageError
from dcmlint.plugins import named, owners
from dcmlint.policy.about import about, changes
from dcmlint.policy.examples import Ran, gaps, ran
from dcmlint.policy.find import find_settings
from dcmlint.policy.load import load_policy, policy_file
from dcmlint.policy.model import Policy, SiteRule
from dcmlint.policy.site import as_rule

__all__ = ["policy_list", "policy_page", "policy_schema", "policy_test"]


def policy_test(names: Sequence[str] = ()) -> tuple[str, int]:
    """Return what came of the examples of policies, and the exit status: 1 if one is not as it should be.

    `names` are those of policies or files; without any, the settings file in force is meant.
    """
    results: dict[tuple[str, str], list[Ran]] = {}
    rules: dict[tuple[str, str], SiteRule] = {}
    for policy in _policies(names):
        fresh = [rule for rule in policy.rules if (rule.source, rule.id) not in rules]
        rules.update({(rule.source, rule.id): rule for rule in fresh})
        for each in ran(fresh):
            results.setdefault((each.rule.source, each.rule.id), []).append(each)
    lines = [line for key, rule in rules.items() for line in _told(rule, results.get(key, []))]
    return "\n".join([*lines, _summary(len(rules), results)]), int(any(map(_failed, results.values())))


def _policies(names: Sequence[str]) -> Iterator[Policy]:
    for name in names:
        yield load_policy(policy_file(name, str(Path.cwd()), "dcmlint policy test"))
    if not names:
        file = find_settings(())
        if not file:
            raise UsageError(
                "There is no settings file here or above.", "Name a policy: dcmlint policy test NAME|FILE"
            )
        yield load_policy(file)


def _told(rule: SiteRule, results: list[Ran]) -> Iterator[str]:
    for each in results:
        if each.fault:
            where = f"{rule.source}, line {each.line}"
            yield f"{where}: {rule.id}: example {each.number} of `{each.kind}` {each.fault}"
    for gap in gaps(rule, results):
        yield f"{rule.source}, line {rule.line}: {rule.id}: note: it {gap}"


def _failed(results: list[Ran]) -> int:
    return sum(bool(each.fault) for each in results)


def _summary(rules: int, results: dict[tuple[str, str], list[Ran]]) -> str:
    examples, failed = sum(map(len, results.values())), sum(map(_failed, results.values()))
    counted = f"{_number(rules, 'rule')}, {_number(examples, 'example')}"
    if not examples:
        return counted
    it = "it" if failed == 1 else "they"
    return f"{counted}: {f'{failed} not as {it} should be' if failed else 'all as they should be'}"


def _number(count: int, thing: str) -> str:
    return f"{count} {thing}" if count == 1 else f"{count} {thing}s"


def policy_list() -> tuple[str, int]:
    """Return a line for each policy that can be named, and the exit status: 1 if one cannot be used."""
    rows, status = [], 0
    brought_by = owners("dcmlint_policies")
    for name in sorted(named("dcmlint_policies")):
        source = "" if brought_by[name] == "dcmlint" else f" (plugin {brought_by[name]})"
        try:
            own = about(name)
        except UsageError as error:
            rows.append((name, "", f"cannot be used: {error.message}{source}"))
            status = 1
        else:
            line = own.description.partition("\n")[0]
            rows.append((name, _number(len(own.rules), "rule"), f"{line}{source}"))
    return "\n".join(_table(rows)) or "There are no policies.", status


def policy_page(name: str) -> str:
    """Return what a policy is for, its rules, and what it changes.

    Raises UsageError if there is none of that name.
    """
    own = about(name)
    lines = [own.name, "=" * len(own.name), "", f"File: {own.file}"]
    lines += ["", own.description] if own.description else []
    lines += ["", f"{_number(len(own.rules), 'rule')}:"]
    lines += [f"  {line}" for line in _table([_row(rule) for rule in own.rules])]
    changed = list(changes(own.settings))
    if changed:
        lines += ["", "Settings:", *(f"  {line}" for line in _table(changed))]
    return "\n".join(lines)


def _row(rule: SiteRule) -> tuple[str, str, str]:
    where = f"; only where {rule.when}" if rule.when else ""
    return rule.id, rule.severity, as_rule(rule).title.rstrip(".") + where


def _table(rows: Sequence[tuple[str, str, str]]) -> Iterator[str]:
    """Yield the rows as lines, the columns aligned."""
    first, second = (max((len(row[column]) for row in rows), default=0) for column in (0, 1))
    for row in rows:
        yield f"{row[0]:<{first}}  {row[1]:<{second}}  {row[2]}".rstrip()


def policy_schema() -> str:
    """Return the JSON Schema of settings files and policies."""
    import json

    from dcmlint.policy.keys import json_schema

    return json.dumps(json_schema(), indent=1)
