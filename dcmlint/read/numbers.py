"""Numbers told from their bytes, without decoding them (PS3.5 6.2)."""

from __future__ import annotations

import re

from dcmlint.read.item import Item

__all__ = ["is_surely_positive"]

_POSITIVE = re.compile(rb" *\+?[0.]*[1-9][^\\]*").fullmatch
_UNSIGNED = frozenset({"UL", "US", "UV"})


def is_surely_positive(item: Item, tag: int) -> bool:
    """Tell whether an element holds a single number above zero; False if that takes decoding."""
    vr, offset, length, items = item.elements[tag]
    if items is not None or length > 64:
        return False
    raw = bytes(item.buf[offset : offset + length])
    if vr in ("DS", "IS"):
        return _POSITIVE(raw) is not None
    return vr in _UNSIGNED and length <= 8 and any(raw)
