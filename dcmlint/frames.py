"""The frames of a multi-frame object and their functional groups, for rules (PS3.3 C.7.6.16)."""

from __future__ import annotations

from collections.abc import Sequence

from dcmlint.read.item import Instance, Item

__all__ = ["PER_FRAME", "SHARED", "frame_items", "is_cut", "macro", "shared_item"]

SHARED = 0x52009229
PER_FRAME = 0x52009230


def frame_items(instance: Instance) -> Sequence[Item]:
    """Return the Items of the Per-frame Functional Groups Sequence, () if there are none."""
    return instance.root.items(PER_FRAME) or ()


def shared_item(instance: Instance) -> Item | None:
    """Return the Item of the Shared Functional Groups Sequence."""
    items = instance.root.items(SHARED)
    return items[0] if items else None


def macro(sequence: int, *groups: Item | None) -> Item | None:
    """Return the Item of a Functional Group Macro in the first of the groups that has it."""
    for group in groups:
        items = group.items(sequence) if group is not None else None
        if items:
            return items[0]
    return None


def is_cut(instance: Instance) -> bool:
    """Tell whether the bytes of the per-frame groups are damaged, so that frames may be missing."""
    for fault in instance.faults:
        item: Item | None = fault.item
        if fault.tag == PER_FRAME:
            return True
        while item is not None:
            if item.tag == PER_FRAME:
                return True
            item = item.parent
    return False
