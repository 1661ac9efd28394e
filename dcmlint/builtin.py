"""The plugin that dcmlint itself is: everything built in comes through the public hooks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dcmlint.hookspecs import hookimpl

if TYPE_CHECKING:
    from dcmlint.execute import Executor
    from dcmlint.rule import Rule
    from dcmlint.source import Source

__all__ = [
    "dcmlint_executors",
    "dcmlint_policies",
    "dcmlint_reporters",
    "dcmlint_rules",
    "dcmlint_sources",
    "dcmlint_standard",
]

_REMOTE = ("s3", "gs", "az", "abfs", "http", "https")
"""URI schemes that fsspec reads."""


@hookimpl
def dcmlint_rules() -> Iterable[Rule]:
    """Return the rules of the folder `rules/`."""
    from dcmlint.catalogue import rules_in

    return rules_in("dcmlint.rules")


@hookimpl
def dcmlint_policies() -> Mapping[str, Path]:
    """Return the policies of the folder `rules/policies/`, by the names of their files."""
    rules = __import__("dcmlint.rules", fromlist=["_"])
    folder = Path(rules.__path__[0]) / "policies"
    return {path.stem: path for path in sorted(folder.glob("*.yaml"))}


@hookimpl
def dcmlint_sources() -> Mapping[str, Callable[[], Source]]:
    """Return the sources for paths, for members of archives, and for object stores."""
    from dcmlint.source.paths import Paths

    return {"file": Paths, "archive": _members, **dict.fromkeys(_REMOTE, _remote)}


def _members() -> Source:
    from dcmlint.source.archive import Members

    return Members()


def _remote() -> Source:
    from dcmlint.source.remote import Remote

    return Remote()


@hookimpl
def dcmlint_reporters() -> Mapping[str, Any]:
    """Return the reporters of `dcmlint.report`."""
    from dcmlint.report import reporters

    return reporters()


@hookimpl
def dcmlint_executors() -> Mapping[str, Callable[..., Executor]]:
    """Return the executors: in this process, and in worker processes."""
    from dcmlint.execute import in_pool, in_process

    return {"serial": in_process, "pool": in_pool}


@hookimpl
def dcmlint_standard() -> Mapping[str, Path]:
    """Return the embedded edition's tables."""
    from dcmlint.standard.location import EMBEDDED

    return {"embedded": EMBEDDED}
