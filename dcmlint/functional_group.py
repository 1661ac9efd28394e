"""Functional Group Macros: which must be shared, per frame, or absent (PS3.3 C.7.6.16)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dcmlint.iod import PER_FRAME_GROUPS, SHARED_GROUPS, GroupUse, IodPlan
from dcmlint.read.item import Item

if TYPE_CHECKING:
    from dcmlint.check import Run

__all__ = ["check_functional_groups"]


def check_functional_groups(run: Run, root: Item, plan: IodPlan) -> None:
    """Report Macros that are missing, in both places, or where they may not be."""
    shared_items = root.items(SHARED_GROUPS)
    frames = root.items(PER_FRAME_GROUPS)
    shared = shared_items[0] if shared_items else None
    if shared_items is not None or frames is not None:
        _check_groups(run, root, plan, shared, list(frames or ()))
    if not frames and any(group.usage == "M" and group.only == "perframe" for group in plan.groups):
        _per_frame_missing(run, root, frames is None)


def _check_groups(run: Run, root: Item, plan: IodPlan, shared: Item | None, frames: list[Item]) -> None:
    for group in plan.groups:
        if group.sequences:
            _check_group(run, root, group, shared, frames)


def _per_frame_missing(run: Run, root: Item, absent: bool) -> None:
    """Per-Frame Functional Groups are required where a mandatory Macro may only be there."""
    rule = "module/missing-type-1c" if absent else "module/empty-type-1c"
    run.add(
        rule,
        "error",
        root,
        PER_FRAME_GROUPS,
        module="Multi-frame Functional Groups",
        citation="PS3.3 C.7.6.16.1.1",
    )


def _check_group(run: Run, root: Item, group: GroupUse, shared: Item | None, frames: list[Item]) -> None:
    tag = group.sequences[0]
    in_shared = shared is not None and tag in shared.elements
    holding = [frame for frame in frames if tag in frame.elements]
    if in_shared and holding:
        _add(run, "functional-group/shared-and-per-frame", holding[0], tag, group)
    if in_shared and group.only == "perframe" and shared is not None:
        _add(run, "functional-group/not-permitted", shared, tag, group, where="shared")
    if holding and group.only == "shared":
        _add(run, "functional-group/not-permitted", holding[0], tag, group, where="per-frame")
    if group.usage == "U" or in_shared:
        return
    lacking = [frame for frame in frames if tag not in frame.elements]
    if group.usage == "M":
        if not frames and group.only == "perframe":
            return
        if lacking or not frames:
            _missing(run, root, group, shared, lacking)
    elif group.condition is not None:
        wanting = [frame for frame in lacking if group.condition(frame)]
        if not frames and group.condition(shared or root):
            wanting = [shared or root]
        if wanting:
            _add(run, "functional-group/missing-macro", wanting[0], tag, group, sure=False)


def _missing(run: Run, root: Item, group: GroupUse, shared: Item | None, lacking: list[Item]) -> None:
    """Report a mandatory Macro once: in the first frame without it, or in the shared groups."""
    place = lacking[0] if lacking else shared if shared is not None else root
    _add(run, "functional-group/missing-macro", place, group.sequences[0], group)


def _add(
    run: Run, rule: str, item: Item, tag: int, group: GroupUse, *, where: str = "", sure: bool = True
) -> None:
    run.add(
        rule,
        "error" if sure else "warning",
        item,
        tag,
        module=group.name,
        citation=group.part.citation,
        args={"macro": group.name, "where": where},
    )
