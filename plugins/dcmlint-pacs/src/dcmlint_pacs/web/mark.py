"""What a listing leaves with an entry: a mark of what was said of it, and its Transfer Syntaxes."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["marked", "syntaxes_of"]


def marked(mark: str, syntaxes: Sequence[str]) -> str:
    """Return the ETag of an entry. Where the Transfer Syntaxes change, so has the content."""
    return " ".join((mark, *syntaxes))


def syntaxes_of(etag: str) -> Sequence[str]:
    """Return the Transfer Syntaxes in an ETag, () if the server does not say them."""
    return etag.split(" ")[1:]
