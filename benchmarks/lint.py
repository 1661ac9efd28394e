"""Findings of bytes or files in the shape the measurements compare: rule, severity, path, tags."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

from dcmlint.model import Finding
from dcmlint.standard.dictionary import label

__all__ = ["Reported", "lint_bytes", "path_of", "reported", "session"]


class Reported(NamedTuple):
    """One finding as the measurements see it."""

    rule: str
    severity: str
    path: str
    tag: int | None
    attributes: tuple[int, ...]


@cache
def session() -> Any:
    """Return one session with all default rules."""
    from dcmlint.scan import Session

    return Session()


def path_of(location: tuple[int, ...], tag: int | None) -> str:
    """Return the attribute path: "Sequence[1].Keyword", "" for the whole instance."""
    steps = [f"{label(location[i])}[{location[i + 1]}]" for i in range(0, len(location), 2)]
    return ".".join([*steps, label(tag)] if tag is not None else steps)


def reported(findings: Iterator[Finding] | tuple[Finding, ...]) -> list[Reported]:
    """Return findings in the shape that is compared."""
    return [
        Reported(found.rule, found.severity, path_of(found.location, found.tag), found.tag, found.attributes)
        for found in findings
    ]


def lint_bytes(content: bytes) -> list[Reported]:
    """Return the findings on the bytes of a file, with all default rules."""
    from dcmlint.check import check_instance
    from dcmlint.read.opener import read_instance

    return reported(tuple(check_instance(read_instance(content), session().plans)))
