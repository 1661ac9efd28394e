"""What a rule of scope `value` is given: one value field that did not pass its VR's screen."""

from __future__ import annotations

from typing import NamedTuple

from dcmlint.read.item import Item

__all__ = ["Value"]


class Value(NamedTuple):
    """The value of one Data Element: `raw` as it lies in the bytes, `vm` as PS3.6 gives it ("" =
    unknown tag)."""

    item: Item
    tag: int
    vr: str
    raw: bytes
    vm: str
