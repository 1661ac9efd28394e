"""What one policy file says of itself, without what it extends: for lists, pages and documentation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from dcmlint.policy.document import read_document
from dcmlint.policy.load import load_policy, policy_file
from dcmlint.policy.model import SiteRule
from dcmlint.policy.site import said

__all__ = ["About", "about", "changes"]

_OF_ITSELF = ("name", "description", "rules")


class About(NamedTuple):
    """`settings` has every key but name, description and rules as it is written."""

    name: str
    file: str
    description: str
    settings: Mapping[str, Any]
    rules: tuple[SiteRule, ...]


def about(name: str) -> About:
    """Return what the policy of this name, or in this file, says; raises UsageError if it is not valid."""
    file = policy_file(name, str(Path.cwd()), "policy")
    policy = load_policy(file)
    content = read_document(file).content
    return About(
        content.get("name", name),
        file,
        content.get("description", "").strip(),
        {key: value for key, value in content.items() if key not in _OF_ITSELF},
        tuple(rule for rule in policy.rules if rule.source == file),
    )


def changes(settings: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Yield (key, what it is about, what it says) for each setting of a policy, the lists among them entry
    by entry."""
    for key, value in settings.items():
        if isinstance(value, dict):
            for name, inner in value.items():
                yield key, name, said(inner)
        elif isinstance(value, list):
            for each in value:
                yield key, *(_scope(each) if isinstance(each, dict) else (said(each), ""))
        else:
            yield key, said(value), ""


def _scope(scope: Mapping[str, Any]) -> tuple[str, str]:
    told = [f"{key}: {said(value)}" for key, value in scope.items() if key != "when"]
    return str(scope["when"]), "; ".join(told)
