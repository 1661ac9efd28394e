"""What shells offer as values of options when Tab is pressed: (value, what it is).

A plugin that cannot be used is no reason to write into the line that someone is typing: then nothing is
offered. Paths are left to the shell.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import wraps

from dcmlint.errors import UsageError

__all__ = ["executors", "formats", "rule_ids", "rules_and_groups", "severities", "texts"]

Offer = list[tuple[str, str]]


def _quiet(offers: Callable[[str], Offer]) -> Callable[[str], Offer]:
    @wraps(offers)
    def offered(incomplete: str) -> Offer:
        try:
            return [each for each in offers(incomplete) if each[0].startswith(incomplete)]
        except UsageError:
            return []

    return offered


@_quiet
def rules_and_groups(incomplete: str) -> Offer:
    """Return rule ids and groups for the last name of a list with commas, after the names before it."""
    from dcmlint.catalogue import catalogue

    before, comma, _ = incomplete.rpartition(",")
    groups = Counter(rule.group for rule in catalogue().values())
    names = {group: f"all {number} rules of the group" for group, number in groups.items()}
    names |= {rule.id: rule.title for rule in catalogue().values()}
    given = set(before.split(","))
    return [(f"{before}{comma}{name}", told) for name, told in names.items() if name not in given]


@_quiet
def rule_ids(incomplete: str) -> Offer:
    """Return the id of each rule."""
    from dcmlint.catalogue import catalogue

    return [(rule.id, rule.title) for rule in catalogue().values()]


@_quiet
def formats(incomplete: str) -> Offer:
    """Return the formats of reports, those of plugins among them."""
    from dcmlint.plugins import named

    return [(name, "format of the report") for name in named("dcmlint_reporters")]


@_quiet
def executors(incomplete: str) -> Offer:
    """Return the executors, those of plugins among them."""
    from dcmlint.plugins import named

    return [(name, "who does the work") for name in named("dcmlint_executors")]


@_quiet
def texts(incomplete: str) -> Offer:
    """Return the formats of what is told of rules."""
    from dcmlint.explain import FORMATS

    return [(name, "format") for name in FORMATS]


@_quiet
def severities(incomplete: str) -> Offer:
    """Return what `--fail-on` takes."""
    from dcmlint.tally import FAIL_ON

    return [(name, "exit with 1 from this on" if name != "never" else "exit with 0") for name in FAIL_ON]
