"""Run the rules over an Instance.

`check_instance` is the loop that runs for every element of every file. Clean values are recognised
by one screen each; only what does not pass is looked at rule by rule.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from dcmlint.functional_group import check_functional_groups
from dcmlint.iod import IodPlan, Variant, iod_of, load
from dcmlint.model import UNDEFINED_LENGTH, Fault, Finding, Found, Severity
from dcmlint.plan import Attribute, ItemRules, Judged, Node, Plans, SiteRun, remember
from dcmlint.presence import check_modules, check_overlays, check_presence, check_standard_extension
from dcmlint.read.charset import charset_of
from dcmlint.read.item import Instance, Item
from dcmlint.read.vr import BINARY_SIZE, TEXT_VRS
from dcmlint.rows import RowPlan
from dcmlint.rule import Rule
from dcmlint.standard.shards import edition_label
from dcmlint.value import Value

__all__ = ["Run", "check_instance"]

_MAY_HAVE_EMPTY_ITEMS = {0x52009229, 0x52009230}
"""Shared and Per-frame Functional Groups: an Item without Macros is allowed (PS3.3 C.7.6.16)."""

_PLAIN = re.compile(rb"[ -\[\]-~]*").fullmatch
_MOST_BYTES = 64 << 20
"""Bytes of a value beyond which value rules do not look at it."""

_REMEMBERED_BYTES = 128
"""Bytes of a value up to which it is remembered which rules had nothing to say of it."""

_CUT = frozenset({"file/truncated", "encoding/length-overrun"})
_BULK = frozenset({"OB", "OD", "OF", "OL", "OV", "OW", "UN"})


def check_instance(instance: Instance, plans: Plans) -> list[Finding]:
    """Return the findings of the selected rules for one Instance.

    A rule whose check raises gives `internal/check-failed`; the others go on.
    """
    run = Run(instance, plans)
    for fault in instance.faults:
        run.fault(fault)
    plan = run.plan()
    root = instance.root
    if instance.meta is not None:
        run.elements(instance.meta, plans.node(()))
    if plan is None:
        run.item(root, plans.node(()))
    else:
        variant = plan.variant(instance)
        run.root(plan, variant)
    for accepts, rules in run.shape.rules:
        if accepts is None or not accepts(instance):
            for rule in rules:
                run.check(rule, instance, root)
    if plans.site is not None:
        run.site(plans.site)
    return _without_superseded(run.findings, plans.rules)


class Run:
    """The findings of one Instance while it is checked."""

    __slots__ = (
        "_asked",
        "_clean",
        "_cut",
        "_judged",
        "_plain",
        "_syntax",
        "cut_items",
        "findings",
        "instance",
        "plans",
        "rules",
        "shape",
    )

    def __init__(self, instance: Instance, plans: Plans) -> None:
        self.instance = instance
        self.plans = plans
        self.rules = plans.rules
        self.findings: list[Finding] = []
        self._clean: set[tuple[int, int, int]] = set()
        self._asked = 0
        self._cut = {(id(fault.item), fault.tag) for fault in instance.faults if fault.rule in _CUT}
        self.cut_items = _cut_items(instance)
        self._syntax = instance.syntax
        self._judged: set[Judged] = set()
        self._plain = plans.plain_items(instance.syntax)
        self.shape = plans.shape_of(instance.root.elements)

    def plan(self) -> IodPlan | None:
        """Return the plan of the Instance's IOD, None if there are no tables."""
        key = iod_of(self.instance)
        plans = self.plans.iods
        if key not in plans:
            plans[key] = load(self.plans, key)
        found: IodPlan | None = plans[key]
        return found

    def root(self, plan: IodPlan, variant: Variant) -> None:
        """Check the root Data Set against the IOD."""
        root = self.instance.root
        if self.plans.needs_tables:
            reported = check_modules(self, root, variant)
            check_presence(self, root, variant.node, skip=reported)
            check_standard_extension(self, root, plan)
            if variant.overlay:
                check_overlays(self, root, plan)
            if plan.groups:
                check_functional_groups(self, root, plan)
        self.elements(root, variant.node)

    def item(self, item: Item, node: Node) -> None:
        """Check one Item and all it holds."""
        if node.has_presence:
            check_presence(self, item, node)
        self.elements(item, node)

    def elements(self, item: Item, node: Node) -> None:
        """Check every element of one Item: the fast path, then what did not pass it."""
        buf = item.buf
        cells = node.cells.get(self._syntax) or node.cells_of(self._syntax)
        vr: str
        offset: int
        length: int
        items: list[Any] | None
        private = False
        private_cells = self.plans.private_cells
        for tag, (vr, offset, length, items) in item.elements.items():
            cell = cells.get(tag)
            if cell is None:
                if tag & 0x10000:
                    private = True
                    cell = private_cells.get(vr) or self.plans.private_cell(vr)
                else:
                    cell = cells[tag] = node.attribute(tag).cell(self._syntax)
            expected, screen, size, attribute = cell
            if vr == expected:
                if not length:
                    if attribute.may_be_empty:
                        continue
                elif screen is not None:
                    if screen(buf, offset, offset + length):
                        continue
                elif length == size:
                    continue
            if items is not None:
                self._sequence(item, tag, (vr, offset, length, items), attribute, items)
            else:
                self._element(item, tag, (vr, offset, length, items), attribute)
        found: tuple[ItemRules, ...]
        if item is self.instance.root:
            found = self.shape.item_rules
            self._recalled(item)
        elif item.elements.keys().isdisjoint(self.plans.triggers):
            found = ()
        else:
            found = self.plans.rules_of(item.elements)
        for accepts, rules in found:
            if accepts is None or not accepts(item):
                for rule in rules:
                    self.check(rule, item, item)
        if private:
            for accepts, rules in self.plans.private_rules:
                if accepts is None or not accepts(item):
                    for rule in rules:
                        self.check(rule, item, item)

    def _recalled(self, root: Item) -> None:
        """Run the rules of scope item of which it is known what they look at, those with something to say."""
        shape, key = self.shape, self._read(root)
        known = None if key is None else shape.outspoken.get(key)
        if known is not None:
            for rule in known:
                self.check(rule, root, root)
            return
        outspoken: list[Rule] = []
        for rule in shape.recalled:
            before = len(self.findings)
            self.check(rule, root, root)
            if len(self.findings) != before:
                outspoken.append(rule)
        if key is not None:
            shape.remember(key, tuple(outspoken))

    def _read(self, root: Item) -> tuple[Any, ...] | None:
        """Return what those rules look at, None if there is more to it than is worth remembering."""
        if self.instance.faults or not self.instance.on_bytes:
            return None
        vr: str
        offset: int
        length: int
        buf, elements = root.buf, root.elements
        found: list[Any] = [self._syntax]
        for tag in self.shape.reads:
            vr, offset, length, items = elements[tag]
            found.append(vr)
            if vr in _BULK:
                found.append(length)
            elif length > _REMEMBERED_BYTES or items is not None:
                return None
            else:
                found.append(bytes(buf[offset : offset + length]))
        return tuple(found)

    def _sequence(
        self, item: Item, tag: int, element: tuple[Any, ...], attribute: Attribute, items: list[Item]
    ) -> None:
        self._asked += 1
        if attribute.irregular or (attribute.vrs and element[0] not in attribute.vrs):
            self._irregular(item, tag, element, attribute)
        if not items:
            self._empty(item, tag, attribute)
        for low, high, row in attribute.counts:
            if not low <= len(items) <= high and (items or row.type == "3"):
                arguments = {"count": len(items), "allowed": row.row["n"]}
                severity: Severity = "warning" if items else "note"
                self.add("module/sequence-items", severity, item, tag, row=row, args=arguments)
        for row in attribute.valued:
            if not row.allowed.passes(self._syntax, b""):
                self._values(item, tag, element, row)
        node = attribute.node if attribute.rows else self.plans.node(())
        if not attribute.rows:
            self.instance.memo.setdefault("undescribed", set()).update(map(id, items))
        local, clean, findings = node.local, self._clean, self.findings
        presence = node.has_presence
        plain = self._plain
        for nested in items:
            if local:
                key = (id(nested.elements), id(node), tag)
                if key in clean or key in plain:
                    continue
                before, asked = len(findings), self._asked
            if presence:
                check_presence(self, nested, node)
            self.elements(nested, node)
            if local and len(findings) == before:
                if asked == self._asked and nested.buf is not item.buf:
                    self.plans.remember_plain(self._syntax, key, nested.elements)
                else:
                    clean.add(key)
            if not nested.elements and attribute.rows and tag not in _MAY_HAVE_EMPTY_ITEMS:
                self.add("module/sequence-empty-item", "warning", nested, None, row=attribute.rows[0])

    def _element(self, item: Item, tag: int, element: tuple[Any, ...], attribute: Attribute) -> None:
        self._asked += 1
        vr: str
        offset: int
        length: int
        vr, offset, length, _ = element
        if attribute.irregular or (attribute.vrs and vr not in attribute.vrs):
            self._irregular(item, tag, element, attribute)
        if not length:
            self._empty(item, tag, attribute)
            return
        if length == UNDEFINED_LENGTH or (id(item), tag) in self._cut:
            return
        end = offset + length
        if vr == "UN" and len(attribute.vrs) == 1 and attribute.vrs[0] not in BINARY_SIZE:
            vr = attribute.vrs[0]
        if length <= _MOST_BYTES and not attribute.is_clean(vr, item.buf, offset, end):
            self._value(Value(item, tag, vr, bytes(item.buf[offset:end]), attribute.vm), attribute)
        if attribute.valued and vr not in _BULK:
            raw, syntax = bytes(item.buf[offset:end]), self._syntax
            for row in attribute.valued:
                if not row.allowed.passes(syntax, raw):
                    if not row.allowed.constant:
                        self._values(item, tag, element, row)
                        continue
                    known = self.plans.judged if row.allowed.unconditional else self._judged
                    if (id(row), syntax, raw) not in known:
                        before = len(self.findings)
                        self._values(item, tag, element, row)
                        if len(self.findings) == before and length <= _REMEMBERED_BYTES:
                            remember(known, (id(row), syntax, raw))

    def _value(self, value: Value, attribute: Attribute) -> None:
        """Run the rules about a value that did not pass its screen, those that may have to say something."""
        plans, item, vr, raw = self.plans, value.item, value.vr, value.raw
        key: tuple[Any, ...] | None = None
        if len(raw) <= _REMEMBERED_BYTES:
            key = (value.tag, vr, raw, charset_of(item) if vr in TEXT_VRS else None)
            outspoken = plans.outspoken.get(key)
            if outspoken is not None:
                for rule in outspoken:
                    self.check(rule, value, item)
                return
        by_vr = plans.by_vr
        if _PLAIN(raw):
            by_vr = (
                plans.single_by_vr if attribute.may_be_single and vr not in BINARY_SIZE else plans.plain_by_vr
            )
        found: list[Rule] = []
        for rule in by_vr.get(vr, ()):
            before = len(self.findings)
            self.check(rule, value, item)
            ran = self.instance.on_bytes or not rule.on_bytes
            silent = rule.by_value and ran and len(self.findings) == before
            if not silent and not (rule.accepts is not None and rule.accepts(value)):
                found.append(rule)
        if key is not None:
            plans.remember(key, tuple(found))

    def _irregular(self, item: Item, tag: int, element: tuple[Any, ...], attribute: Attribute) -> None:
        vr, offset, length, items = element
        raw = b"" if items is not None or length > 0x10000 else bytes(item.buf[offset : offset + length])
        value = Value(item, tag, vr, raw, attribute.vm)
        for rule in self.plans.by_vr.get(attribute.oddity, ()):
            self.check(rule, value, item)
        if attribute.vrs and vr not in attribute.vrs:
            for rule in self.plans.by_vr.get("other vr", ()):
                self.check(rule, value, item)

    def _empty(self, item: Item, tag: int, attribute: Attribute) -> None:
        for row in attribute.valued:
            for fault in row.allowed.forbidden(item):
                arguments = {"value": "", "position": 0, "constraint": fault.extra}
                self.add(fault.rule, fault.severity, item, tag, row=row, args=arguments)
        for row in attribute.rows:
            if row.type == "1" and row.included(item):
                self.add("module/empty-type-1", "error", item, tag, row=row)
                return
            if row.type == "1C" and not row.surely_not_required(item):
                self.add("module/empty-type-1c", "error", item, tag, row=row)
                return

    def _values(self, item: Item, tag: int, element: tuple[Any, ...], row: RowPlan) -> None:
        for fault in row.allowed.faults(item, element):
            arguments = {
                "value": fault.value.decode("latin-1"),
                "position": fault.position,
                "constraint": fault.extra,
            }
            self.add(fault.rule, fault.severity, item, tag, row=row, args=arguments)

    def check(self, rule: Rule, subject: Any, item: Item) -> None:
        """Run one rule and keep what it finds."""
        self._asked += 1
        if rule.on_bytes and not self.instance.on_bytes:
            return
        try:
            for fault in rule.check(subject):  # type: ignore[misc]
                self._found(rule, fault, fault.item or item)
        except Exception as error:
            arguments = {"rule": rule.id, "error": type(error).__name__}
            self.add("internal/check-failed", "error", item, None, args=arguments)

    def site(self, rules: SiteRun) -> None:
        """Run the rules of the policy."""
        root = self.instance.root
        for rule_id, found in rules(self.instance):
            if isinstance(found, Exception):
                arguments = {"rule": rule_id, "error": type(found).__name__}
                self.add("internal/check-failed", "error", root, None, args=arguments)
            else:
                self._found(self.rules[rule_id], found, found.item or root)

    def _found(self, rule: Rule, found: Found, item: Item) -> None:
        element = item.elements.get(found.tag) if found.tag is not None else None
        offset = found.offset if found.offset is not None else _offset(item, element)
        length = found.length if found.length is not None else (element[2] if element else None)
        self.findings.append(
            Finding(
                rule.id,
                found.severity or rule.severity,
                item.location,
                found.tag,
                offset if self.instance.on_bytes else None,
                length if self.instance.on_bytes else None,
                found.args,
                "",
                found.attributes,
            )
        )

    def fault(self, fault: Fault) -> None:
        """Keep what the scanner met, if its rule is selected."""
        rule = self.rules.get(fault.rule)
        if rule is None:
            return
        location = fault.item.location if fault.item is not None else ()
        on_bytes = self.instance.on_bytes
        offset, length = (fault.offset, fault.length) if on_bytes else (None, None)
        self.findings.append(Finding(rule.id, rule.severity, location, fault.tag, offset, length, fault.args))

    def add(
        self,
        rule_id: str,
        severity: Severity,
        item: Item,
        tag: int | None,
        *,
        row: RowPlan | None = None,
        args: dict[str, Any] | None = None,
        attributes: Iterable[int] = (),
        module: str = "",
        citation: str = "",
    ) -> None:
        """Keep a finding of the tables, if its rule is selected."""
        if rule_id not in self.rules:
            return
        edition = edition_label()
        if row is not None:
            module, citation, edition = row.part.module, row.part.citation, row.edition
            if severity == "error" and not row.strict:
                severity = "warning"
        element = item.elements.get(tag) if tag is not None else None
        on_bytes = self.instance.on_bytes
        self.findings.append(
            Finding(
                rule_id,
                severity,
                item.location,
                tag,
                _offset(item, element) if on_bytes else None,
                element[2] if element and on_bytes else None,
                args or {},
                module,
                tuple(attributes),
                citation,
                edition,
            )
        )


def _without_superseded(findings: list[Finding], rules: Mapping[str, Rule]) -> list[Finding]:
    """Return the findings but those of which another rule says more about the same Attribute."""
    superseded = {
        (name, finding.location, finding.tag)
        for finding in findings
        if finding.rule in rules
        for name in rules[finding.rule].supersedes
    }
    if not superseded:
        return findings
    return [each for each in findings if (each.rule, each.location, each.tag) not in superseded]


def _cut_items(instance: Instance) -> set[int]:
    """Return the ids of the Items that end where a truncated file does."""
    found: set[int] = set()
    for fault in instance.faults:
        item = fault.item if fault.rule == "file/truncated" else None
        while item is not None:
            found.add(id(item))
            item = item.parent
    return found


def _offset(item: Item, element: tuple[Any, ...] | None) -> int | None:
    return item.base + (item.offset if element is None else element[1])
