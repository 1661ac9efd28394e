"""Which Attributes are missing, forbidden, or not of the IOD (PS3.5 7.4, PS3.3 A.1.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dcmlint.iod import IodPlan, ModuleUse, Variant
from dcmlint.plan import Node, remember, repeating_base
from dcmlint.read.item import Item
from dcmlint.rows import Part, RowPlan
from dcmlint.standard.dictionary import entry, unplaced

if TYPE_CHECKING:
    from dcmlint.check import Run

__all__ = ["check_modules", "check_overlays", "check_presence", "check_standard_extension"]

_OVERLAY_ACTIVATION_LAYER = 0x60001001
_ALTERNATIVE_TO = {0x00080119: 0x00080100, 0x00080120: 0x00080100}
"""Long Code Value and URN Code Value stand for Code Value: one of the three is missing, not three
(PS3.3 8.8)."""


def check_presence(
    run: Run, item: Item, node: Node, *, skip: frozenset[int] = frozenset(), shift: int = 0
) -> None:
    """Report missing Type 1, 2, 1C and 2C Attributes and those that may not be present.

    `skip` are tags reported already; `shift` is added to tags, for repeating groups. Items that have
    the same Attributes, and the same values where values decide, are alike.
    """
    elements = item.elements
    if run.cut_items:
        skip |= lost_tags(run, item, node)
    if not node.conditional and not node.forbidding:  # the common Item: Types 1 and 2 only
        if not node.required <= elements.keys():
            _required(run, item, node, skip, shift)
        return
    shape = _shape(item, node) if item.parent is not None else None
    if shape is not None and shape in run.plans.complete:
        return
    before = len(run.findings)
    _required(run, item, node, skip, shift)
    for tag in node.forbidding.keys() & elements.keys():
        for row in node.forbidding[tag]:
            if _is_empty_type_1c(item, row.type, tag):
                shape = None
                continue
            severity = row.forbidden(item)
            if severity is not None:
                why = {"constraint": "the condition for it does not hold"}
                run.add("module/not-permitted", severity, item, tag + shift, row=row, args=why)
                break
    if shape is not None and len(run.findings) == before and not run.cut_items:
        remember(run.plans.complete, shape)


def _shape(item: Item, node: Node) -> tuple[Any, ...] | None:
    """Return what decides on the presence faults of an Item: its tags and the values conditions
    read; None if other Items, or long values, have a say."""
    if node.reads is None:
        return None
    elements, buf = item.elements, item.buf
    seen: list[Any] = [id(node), *elements]
    for tag in node.reads:
        if tag in elements:
            _, offset, length, items = elements[tag]
            if length > 0x100 and items is None:
                return None
            seen.append(bytes(buf[offset : offset + length]) if items is None else len(items))
    return tuple(seen)


def _required(run: Run, item: Item, node: Node, skip: frozenset[int], shift: int) -> None:
    elements = item.elements
    missing = node.required.difference(elements)
    if missing:
        for tag in sorted(missing - skip):
            row = next(row for row in node.rows[tag] if row.type in ("1", "2") and not row.conditional)
            run.add(f"module/missing-type-{row.type}", "error", item, tag + shift, row=row)
    reported = set(missing)
    for row in sorted(node.conditional.awake(item), key=_tag) if node.conditional else ():
        tag = row.tag
        if tag in elements or tag in skip or tag in reported or _ALTERNATIVE_TO.get(tag) in reported:
            continue
        severity = row.required(item)
        if severity is not None:
            reported.add(tag)
            run.add(f"module/missing-type-{row.type.lower()}", severity, item, tag + shift, row=row)


def _tag(row: RowPlan) -> int:
    return row.tag


def _is_empty_type_1c(item: Item, attribute_type: str, tag: int) -> bool:
    element = item.elements[tag]
    return attribute_type == "1C" and (not element[3] if element[3] is not None else not element[2])


def check_modules(run: Run, root: Item, variant: Variant) -> frozenset[int]:
    """Report Modules that must be there and of which nothing is; return the tags thus reported."""
    reported: set[int] = set()
    elements = root.elements
    missing = variant.node.required.difference(elements) - lost_tags(run, root, variant.node)
    for use, decision in variant.uses if missing else ():
        if decision.required and not use.tags.isdisjoint(missing) and elements.keys().isdisjoint(use.tags):
            reported.update(_missing_module(run, root, variant.node, use, missing))
    for use in variant.excluded:
        _forbidden_module(run, root, use)
    return frozenset(reported)


def _missing_module(run: Run, root: Item, node: Node, use: ModuleUse, missing: frozenset[int]) -> list[int]:
    """Report the Module once, with the Attributes that it must have; return all that are its own."""
    rows = {
        tag: row
        for tag in use.tags & missing
        for row in node.rows[tag]
        if row.part.record == use.part.record and row.type in ("1", "2") and not row.conditional
    }
    if len(rows) < 2:
        return []
    rule = "module/missing-module" if use.usage == "M" else "module/conditional-module-missing"
    first = rows[min(rows)]
    attributes = set(rows)
    if use.usage == "M":
        awake = [row for row in node.conditional.awake(root) if row.part.record == use.part.record]
        attributes.update(row.tag for row in awake if row.required(root) == "error")
    run.add(rule, "error", root, None, row=first, attributes=sorted(attributes))
    own = (tag for tag in use.tags if all(row.part.record == use.part.record for row in node.rows[tag]))
    return [*attributes, *own]


def _forbidden_module(run: Run, root: Item, use: ModuleUse) -> None:
    """Report a conditional Module whose parsed condition is false though its Type 1 are there."""
    if use.may_be_present or not use.evidence or not use.evidence <= root.elements.keys():
        return
    run.add(
        "module/conditional-module-not-permitted",
        "warning",
        root,
        None,
        module=use.name,
        citation=use.part.citation,
        attributes=sorted(use.evidence),
    )


def lost_tags(run: Run, item: Item, node: Node) -> frozenset[int]:
    """Return the tags of an Item that may lie beyond the cut of a truncated file: nobody can tell
    whether they are missing."""
    if id(item) not in run.cut_items:
        return frozenset()
    last = max(item.elements, default=0)
    return frozenset(tag for tag in node.rows if tag > last)


def check_overlays(run: Run, root: Item, plan: IodPlan) -> None:
    """Apply the Overlay Plane Module once for each repeating group that holds an overlay."""
    part = next(use.part for use in plan.uses if use.part.record == "m:overlay-plane")
    node = run.plans.overlay_node(Part(part.record, part.module, part.citation))
    groups = sorted({tag >> 16 for tag in root.elements if tag >> 24 == 0x60 and not tag & 0x10000})
    for group in groups:
        own = {repeating_base(tag): found for tag, found in root.elements.items() if tag >> 16 == group}
        if set(own) <= {_OVERLAY_ACTIVATION_LAYER}:
            continue
        plane = Item(run.instance, root.buf, root.base, None, 0, 0, root.offset)
        plane.elements = own
        check_presence(run, plane, node, shift=(group - 0x6000) << 16)


def check_standard_extension(run: Run, root: Item, plan: IodPlan) -> None:
    """Note Attributes of PS3.6 that no Module of the IOD has: a Standard Extended SOP Class."""
    extra = run.shape.extensions.get(plan.key)
    if extra is None:
        found = [tag for tag in root.elements.keys() - plan.looked_at if _extends(plan, tag)]
        extra = run.shape.extensions[plan.key] = tuple(sorted(found))
    if extra:
        run.add(
            "module/attribute-not-in-iod",
            "note",
            root,
            None,
            attributes=extra,
            module=plan.name,
            citation=plan.citation,
            args={"count": len(extra), "iod": plan.name},
        )


def _extends(plan: IodPlan, tag: int) -> bool:
    """Tell whether PS3.6 knows the tag, the tables know a Module for it, and the IOD has none.

    What does not extend the IOD is remembered in the plan: it is the same for every Instance.
    """
    placed = not tag & 0x10000 and tag & 0xFFFF and 0x00080000 <= tag < 0xFFFA0000
    if (
        placed
        and repeating_base(tag) not in plan.allowed
        and tag not in unplaced()
        and entry(tag) is not None
    ):
        return True
    if len(plan.looked_at) < 50_000:
        plan.looked_at.add(tag)
    return False
