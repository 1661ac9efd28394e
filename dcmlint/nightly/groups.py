"""Checks over several instances: the groups that have changed, one after the other.

Workers read the members of a group from the store and check them; this process writes what came of it, in a
transaction for each group, which also takes its mark away. A scan that ends in between goes on with the
groups that still have one.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from dcmlint.nightly.stop import Stop
from dcmlint.policy.judge import Judge
from dcmlint.scan import Session
from dcmlint.store.open import Store

__all__ = ["Done", "check_groups"]


class Done(NamedTuple):
    """What came of one group: how many findings are new, and how many are gone."""

    new: int = 0
    resolved: int = 0


def check_groups(
    store: Store, session: Session, judge: Judge, run: int, jobs: int, stop: Stop
) -> Iterator[Done]:
    """Check all groups that are marked as dirty, and yield what came of each."""
    yield from ()
