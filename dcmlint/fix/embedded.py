"""What the results of one `dcmlint fix` depend on besides its files, as text for its audit log, and back.

The log must have no path and no UID in clear. So globs and UIDs of a policy are left out; the record of each
file says instead which per-file-ignores and waivers held for it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from dcmlint.catalogue import catalogue
from dcmlint.errors import UsageError
from dcmlint.plugins import brought, installed
from dcmlint.policy.judge import Judge, Whereabouts
from dcmlint.policy.model import Policy, Scope, Waiver
from dcmlint.scan import Session, Settings

__all__ = ["embedded", "fixable", "held_back", "restored", "rule_plugins"]


def fixable(session: Session) -> list[str]:
    """Return the ids of the rules that run and may mend, sorted."""
    return sorted(each.id for each in session.rules.values() if each.fix is not None)


def rule_plugins() -> str:
    """Return names and versions of the plugins that bring rules, "" if there are none."""
    names = {name for name, rules in brought("dcmlint_rules") if rules}
    return ", ".join(f"{point.name} {point.version}" for point in installed().points if point.name in names)


def embedded(session: Session, judge: Judge) -> str:
    """Return the rules that may mend, a line each, and as JSON what settings say of them, if anything."""
    rules = fixable(session)
    said = {name: value for name, value in _said(session, judge, _Bearing(rules)) if value}
    return "".join(f"{each}\n" for each in rules) + (f"\n{json.dumps(said, indent=1)}\n" if said else "")


def held_back(judge: Judge, where: Whereabouts, rules: Sequence[str]) -> tuple[str, ...]:
    """Return what keeps these rules from mending one file in particular, in words."""
    bearing = _Bearing(rules)
    ignores, waivers = judge.by_file(where)
    said = [_ignored(number + 1, bearing.of(judge.policy.per_file_ignores[number][2])) for number in ignores]
    said += [_waived(number + 1, bearing.of(judge.waivers[number].rules)) for number in waivers]
    return tuple(filter(None, said))


def restored(text: str, exceptions: Sequence[str], root: str) -> Settings:
    """Return settings that mend files below `root` which have these `exceptions` as they were mended.

    Raises UsageError if the text is none of `embedded`.
    """
    _, brace, rest = text.partition("{")
    try:
        said = json.loads(brace + rest) if brace else {}
        policy = Policy(
            select=tuple(said["select"]) if "select" in said else None,
            ignore=tuple(said.get("ignore", ())),
            severity=said.get("severity", {}),
            parameters=said.get("parameters", {}),
            scopes=tuple(_scope(each) for each in said.get("scopes", ())),
            per_file_ignores=tuple(
                (root, "*", tuple(rules))
                for number, rules in said.get("per-file-ignores", {}).items()
                if _ignored(int(number), rules) in exceptions
            ),
            waivers=tuple(
                Waiver(tuple(each["rule"]), "as the log says", when=each["when"], paths=tuple(each["path"]))
                for number, each in said.get("waivers", {}).items()
                if not each["by file"] or _waived(int(number), each["rule"]) in exceptions
            ),
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UsageError("The policy in the log is not one of dcmlint fix.") from error
    return Settings(policy=policy)


class _Bearing:
    """Which names of a policy are about rules that may mend, or their groups."""

    def __init__(self, rules: Iterable[str]) -> None:
        self.rules = frozenset(rules)
        self._names = self.rules | {each.partition("/")[0] for each in self.rules}

    def of(self, names: Iterable[str]) -> list[str]:
        return [name for name in names if name in self._names]


def _ignored(number: int, rules: Sequence[str]) -> str:
    return f"rules off by per-file-ignores {number}: {', '.join(rules)}" if rules else ""


def _waived(number: int, rules: Sequence[str]) -> str:
    return f"findings waived by waiver {number}: {', '.join(rules)}" if rules else ""


def _said(session: Session, judge: Judge, bearing: _Bearing) -> Iterator[tuple[str, Any]]:
    """Yield what settings say of rules that may mend; expired waivers are none."""
    policy = judge.policy
    yield from _choice(session)
    for name, values in (("severity", policy.severity), ("parameters", policy.parameters)):
        kept: Mapping[str, Any] = {key: values[key] for key in bearing.of(values)}
        yield name, kept
    yield "scopes", [each for each in (_of_scope(scope, bearing) for scope in policy.scopes) if len(each) > 1]
    ignores = {number: bearing.of(each[2]) for number, each in enumerate(policy.per_file_ignores, 1)}
    yield "per-file-ignores", {number: rules for number, rules in ignores.items() if rules}
    waivers = {number + 1: _of_waiver(each, bearing) for number, each in sorted(judge.waivers.items())}
    yield "waivers", {number: each for number, each in waivers.items() if each["rule"]}


def _choice(session: Session) -> Iterator[tuple[str, list[str]]]:
    """Yield the rules that are on, or off if these are fewer; a policy's own mend nothing."""
    on = sorted(session.on & catalogue().keys())
    off = sorted(catalogue().keys() - session.on)
    yield ("select", on) if on and len(on) < len(off) else ("ignore", off)


def _of_scope(scope: Scope, bearing: _Bearing) -> dict[str, Any]:
    severity = dict(scope.severity)
    said = {
        "select": bearing.of(scope.select),
        "ignore": bearing.of(scope.ignore),
        "severity": {name: severity[name] for name in bearing.of(severity)},
    }
    return {"when": scope.when, **{name: value for name, value in said.items() if value}}


def _scope(said: Mapping[str, Any]) -> Scope:
    severity = tuple(said.get("severity", {}).items())
    return Scope(said["when"], tuple(said.get("select", ())), tuple(said.get("ignore", ())), severity)


def _of_waiver(waiver: Waiver, bearing: _Bearing) -> dict[str, Any]:
    by_file = bool(waiver.files or waiver.uids)
    rules = bearing.of(waiver.rules)
    return {"rule": rules, "when": waiver.when, "path": list(waiver.paths), "by file": by_file}
