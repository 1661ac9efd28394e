"""Names that an archive must have to be looked into; its content decides then."""

from __future__ import annotations

__all__ = ["SUFFIXES"]

SUFFIXES = (".zip", ".tar", ".tgz", ".tbz2", ".txz", ".gz", ".bz2", ".xz")
"""In lower case. Every file that is met is asked for them, so there is no more to it."""
