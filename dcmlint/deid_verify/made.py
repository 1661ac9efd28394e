"""Findings of verification: one way to make each, so that no value gets into any."""

from __future__ import annotations

from dcmlint.model import Finding, Location, Severity

__all__ = ["finding"]


def finding(
    rule: str,
    severity: Severity,
    where: tuple[Location, int | None, int | None] = ((), None, None),
    **words: str,
) -> Finding:
    """Return a finding of `deid/<rule>`; `where` is (location, tag, offset in the file).

    `words` fill the message. They are words of this package, never of a file.
    """
    location, tag, offset = where
    return Finding(f"deid/{rule}", severity, location, tag, offset, None, words)
