"""A policy as plain immutable data: what all its files say together. It can travel to workers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal, NamedTuple

from dcmlint.model import Severity

__all__ = ["NO_POLICY", "Level", "Policy", "Scope", "SiteRule", "Waiver"]

Level = Literal["error", "warning", "note", "off"]


class SiteRule(NamedTuple):
    """One rule of a policy. `form` names its demand ("check" or a short form), `demand` is what it says.

    `source` and `line` tell where it is written, `policy` the name of the policy it is of.
    """

    id: str
    severity: Severity
    form: str
    demand: Any
    when: str = ""
    title: str = ""
    description: str = ""
    message: str = ""
    attribute: str = ""
    show_value: bool = False
    citation: str = ""
    policy: str = ""
    source: str = ""
    line: int = 0
    passing: tuple[Any, ...] = ()
    failing: tuple[Any, ...] = ()


class Scope(NamedTuple):
    """Settings for instances that `when` is true for."""

    when: str
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    severity: tuple[tuple[str, Level], ...] = ()


class Waiver(NamedTuple):
    """Findings that are accepted, by whom, why, and until when ("" = for ever; else 2027-01-31).

    `base` is the folder that `files` are relative to.
    """

    rules: tuple[str, ...]
    reason: str
    owner: str = ""
    expires: str = ""
    files: tuple[str, ...] = ()
    uids: tuple[str, ...] = ()
    when: str = ""
    paths: tuple[str, ...] = ()
    base: str = ""
    source: str = ""
    line: int = 0

    @property
    def said(self) -> str:
        """The reason with its owner, as reports give it."""
        return f"{self.reason} ({self.owner})" if self.owner else self.reason


@dataclass(frozen=True)
class Policy:
    """All that the settings files say. What is None was not said; globs are pairs (folder, glob)."""

    files: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    select: tuple[str, ...] | None = None
    extend_select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    severity: Mapping[str, Level] = field(default_factory=dict)
    parameters: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    per_file_ignores: tuple[tuple[str, str, tuple[str, ...]], ...] = ()
    scopes: tuple[Scope, ...] = ()
    rules: tuple[SiteRule, ...] = ()
    waivers: tuple[Waiver, ...] = ()
    baseline: str = ""
    ratchet: bool = False
    include: tuple[tuple[str, str], ...] = ()
    exclude: tuple[tuple[str, str], ...] = ()
    run: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    """Settings of the command line: fail-on, jobs, format, statistics-by, cache, skip-non-dicom ..."""

    @property
    def conditions(self) -> tuple[str, ...]:
        """The conditions that settings and waivers ask about each instance; bit n of `scopes` is the nth."""
        said = [scope.when for scope in self.scopes] + [waiver.when for waiver in self.waivers]
        return tuple(dict.fromkeys(filter(None, said)))

    def __reduce__(self) -> tuple[Any, ...]:
        values = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return _policy, ({name: dict(v) if isinstance(v, Mapping) else v for name, v in values.items()},)


def _policy(values: dict[str, Any]) -> Policy:
    return Policy(**values)


NO_POLICY = Policy()
"""What is in force without any settings file."""
