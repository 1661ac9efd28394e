"""Rules and tables compiled for a SOP Class into sets, cells and rows that a check runs through.

A Node says what may, must and must not be in one Data Set or Item. It is compiled once for each
combination of parts and kept; nothing of any file is kept. Cells, one for each Attribute met, are
made on first sight.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from dcmlint.read.vr import BINARY_SIZE, ambiguous_vr, permitted_vrs
from dcmlint.rows import Part, RowPlan
from dcmlint.rule import Rule
from dcmlint.screen import fixed_length, screen
from dcmlint.standard.dictionary import Entry, entry, tag_of
from dcmlint.standard.shards import record
from dcmlint.trigger import Index, row_atoms

__all__ = ["Attribute", "Cell", "ItemRules", "Judged", "Node", "Plans", "Shape", "remember", "repeating_base"]

K = TypeVar("K")
Screen = Callable[[Any, int, int], Any]
Cell = tuple[str, "Screen | None", int, "Attribute"]
"""(expected VR, screen that accepts clean values, only valid length, what the slow path needs)."""

ItemKey = tuple[int, int, int]
"""(id() of the elements, which equal Items share, id() of the Node, tag of the Sequence)."""

Judged = tuple[int, str, bytes]
"""(id() of a row, Transfer Syntax, bytes of a value)."""

Accepts = Callable[[Any], bool]
ItemRules = tuple["Accepts | None", tuple[Rule, ...]]
"""(what accepts Items that none of the rules reports, the rules)."""

_MOST_VALUES = 1 << 14
"""Distinct values of which it is remembered which rules had nothing to say."""

_MOST_READ = 64
"""What is there in Data Sets of one shape, for which the outspoken rules are remembered."""

_MOST_ITEMS = 1 << 13
"""Distinct Items that are known to be clean."""

_MOST_SHAPES = 1024
_MOST_ROOTS = 512
"""Different sets of Attributes, of Items and of Data Sets, for which the rules are remembered."""

SiteRun = Callable[[Any], Iterable[tuple[str, Any]]]
"""Instance to (rule id, Found or the exception of a check that failed)."""

_WIDE = frozenset({"OD", "OF", "OL", "OV"})
"""Bulk VRs whose values are longer than the 2 bytes that every Value Field is padded to."""

_BULK = frozenset({"OB", "OD", "OF", "OL", "OV", "OW", "UN"})


def _accept(buf: Any, start: int, end: int) -> bool:
    return True


def repeating_base(tag: int) -> int:
    """Return the tag in the first repeating group: (60xx,eeee) as (6000,eeee), others unchanged."""
    return tag & 0xFF00FFFF if tag >> 24 in (0x50, 0x60) and not tag & 0x10000 else tag


class Attribute:
    """What the slow path needs to know of one Attribute in one Node."""

    __slots__ = (
        "_node",
        "_plans",
        "_screens",
        "counts",
        "irregular",
        "may_be_empty",
        "may_be_single",
        "oddity",
        "rows",
        "tag",
        "valued",
        "vm",
        "vrs",
    )

    def __init__(self, plans: Plans, tag: int, rows: tuple[RowPlan, ...]) -> None:
        self._plans = plans
        self.tag = tag
        self.rows = rows
        self.valued = tuple(row for row in rows if row.has_values)
        known = entry(tag)
        private = bool(tag & 0x10000)
        self.vrs = permitted_vrs(known.vr) if known is not None else ()
        self.vm = known.vm if known is not None else ("1-n" if private else "")
        self.oddity = "" if private else _oddity(tag, known)
        self.irregular = bool(self.oddity)
        self.may_be_single = self.vm[:1] == "1" and self.vm[1:2] in ("", "-")
        self.counts = tuple(_item_counts(row) for row in rows if row.row.get("n"))
        self.may_be_empty = not self.irregular and not any(
            row.type in ("1", "1C")
            or row.row.get("n", "0")[0] != "0"
            or (row.has_values and row.allowed.forbids)
            for row in rows
        )
        self._screens: dict[str, Screen | None] = {}
        self._node: Node | None = None

    @property
    def node(self) -> Node:
        """The Node of the Items, if the Attribute is a Sequence."""
        if self._node is None:
            parts: dict[Part, None] = {}
            for row in self.rows:
                if row.items is not None:
                    part = row.part
                    parts[Part(f"l:{row.items}", part.module, part.citation, row.strict)] = None
            self._node = self._plans.node(tuple(parts))
        return self._node

    @node.setter
    def node(self, node: Node) -> None:
        self._node = node

    def is_clean(self, vr: str, buf: Any, start: int, end: int) -> bool:
        """Tell whether a value passes the screen of `vr`, so that no value rule needs to look."""
        if vr in _BULK:
            return vr not in _WIDE or not (end - start) % BINARY_SIZE[vr]
        if vr not in self._screens:
            self._screens[vr] = screen(vr, self.vm, self.tag)
        found = self._screens[vr]
        if found is not None:
            return bool(found(buf, start, end))
        length = fixed_length(vr, self.vm)
        return length is not None and length == end - start and vr not in ("FL", "FD")

    def cell(self, syntax: str) -> Cell:
        """Return the cell of the fast path in Data Sets of this Transfer Syntax."""
        vr = ambiguous_vr(self.vrs[0]) if self.vrs else ""
        if self.irregular or not vr or vr == "SQ":
            return (vr, None, -1, self)
        awake = [row for row in self.valued if not row.allowed.awake(syntax).anything]
        if awake:
            return (vr, self._listed(vr, awake, syntax), -1, self)
        if vr in _BULK:
            return (vr, _multiple_of(BINARY_SIZE[vr]) if vr in _WIDE else _accept, -1, self)
        found = screen(vr, self.vm, self.tag)
        if found is not None:
            return (vr, found, -1, self)
        length = fixed_length(vr, self.vm)
        if length is None and vr in BINARY_SIZE and self.vm == "1-n":
            return (vr, _multiple_of(BINARY_SIZE[vr]), -1, self)
        return (vr, None, -1 if length is None else length, self)

    def _listed(self, vr: str, awake: list[RowPlan], syntax: str) -> Screen | None:
        """Return a screen of the values that every list has; None if each value needs a look."""
        if self.vm != "1":
            return None
        accepted = frozenset.intersection(*(row.allowed.awake(syntax).accepted for row in awake))
        if vr in BINARY_SIZE:
            accepted = frozenset(value for value in accepted if len(value) == BINARY_SIZE[vr])
        return (lambda buf, start, end: bytes(buf[start:end]) in accepted) if accepted else None


def _oddity(tag: int, known: Entry | None) -> str:
    """Return the selector of the rules that look at a tag whatever its value; "" if none does."""
    if tag & 0xFFFF == 0 and tag != 0x00020000:
        return "group length"
    if known is None:
        return "unknown"
    return "retired" if known.retired else ""


def _item_counts(row: RowPlan) -> tuple[int, float, RowPlan]:
    """Return (least, most, row) for the number of Items that a row allows."""
    low, _, high = row.row["n"].partition("-")
    return int(low), float("inf") if high == "n" else int(high or low), row


def _multiple_of(size: int) -> Screen:
    return lambda buf, start, end: not (end - start) % size


class Node:
    """What the tables say of one Data Set or Item: see the module's docstring.

    `required` are tags of Type 1 and 2 rows, `conditional` the rows whose absence needs a
    condition, `forbidding` those whose presence does. `local` = no condition looks outside.
    `reads` are the tags whose values decide on what is required or forbidden (None = more does).
    """

    __slots__ = (
        "_plans",
        "attributes",
        "cells",
        "conditional",
        "forbidding",
        "has_presence",
        "local",
        "parts",
        "reads",
        "required",
        "rows",
    )

    def __init__(self, plans: Plans, parts: tuple[Part, ...]) -> None:
        self._plans = plans
        self.parts = parts
        rows: dict[int, list[RowPlan]] = {}
        for part in parts:
            for row in plans.rows_of(part):
                rows.setdefault(row.tag, []).append(row)
        self._override(rows)
        self.rows = {tag: tuple(found) for tag, found in rows.items()}
        every = [row for found in self.rows.values() for row in found if not _repeats(row)]
        self.required = frozenset(row.tag for row in every if row.type in ("1", "2") and not row.conditional)
        conditional = [row for row in every if row.conditional and row.type != "3"]
        self.conditional = Index([(row, row.wakes) for row in conditional])
        forbidding: dict[int, list[RowPlan]] = {}
        for row in every:
            if row.may_forbid:
                forbidding.setdefault(row.tag, []).append(row)
        self.forbidding = forbidding
        self.has_presence = bool(self.required or self.conditional or self.forbidding)
        self.local = all(row.local for row in every)
        reads = [row.reads for row in every if row.conditional or row.may_forbid]
        outside = any(found is None for found in reads)
        self.reads = None if outside else tuple(frozenset().union(*(found or () for found in reads)))
        self.attributes: dict[int, Attribute] = {}
        self.cells: dict[str, dict[int, Cell]] = {}

    def _override(self, rows: dict[int, list[RowPlan]]) -> None:
        """Drop rows that a more special Module overrides (PS3.3 "this definition shall override")."""
        for tag, found in rows.items():
            if len(found) > 1:
                gone = {f"m:{name}" for row in found for name in row.row.get("o", ())}
                if gone:
                    rows[tag] = [row for row in found if row.part.record not in gone]

    def attribute(self, tag: int) -> Attribute:
        """Return what the Node knows of an even tag, made on first sight."""
        found = self.attributes.get(tag)
        if found is None:
            rows = self.rows.get(repeating_base(tag), ())
            found = self.attributes[tag] = Attribute(self._plans, tag, rows)
        return found

    def cells_of(self, syntax: str) -> dict[int, Cell]:
        """Return the cells met so far in Data Sets of this Transfer Syntax."""
        found = self.cells.get(syntax)
        if found is None:
            if len(self.cells) >= 64:
                self.cells.clear()
            found = self.cells[syntax] = {}
        return found


def _repeats(row: RowPlan) -> bool:
    return row.tag >> 24 in (0x50, 0x60)


class Shape:
    """What follows from the Attributes of a root: the rules of scope instance and item that look at it, and
    by the key of an IOD the Attributes that are not of it.

    `recalled` are the rules of scope item of which `Rule.reads` tells all that they look at; `reads` are the
    tags of that, and `outspoken` has by what is there the rules that have something to say.
    """

    __slots__ = ("extensions", "item_rules", "outspoken", "reads", "recalled", "rules")

    def __init__(self, plans: Plans, elements: Mapping[int, Any]) -> None:
        self.rules = tuple(
            [alike for tags, alike in plans.root_triggers if not tags or not tags.isdisjoint(elements)]
        )
        looking = [alike for tags, alike in plans.item_rules if not tags.isdisjoint(elements)]
        parted = [(accepts, *_parted(rules)) for accepts, rules in looking]
        self.item_rules = tuple([(accepts, asked) for accepts, asked, _ in parted if asked])
        self.recalled = tuple([rule for _, _, recalled in parted for rule in recalled])
        reads = frozenset().union(*(_tags(rule.reads) for rule in self.recalled))
        self.reads = tuple([tag for tag in elements if tag in reads])
        self.outspoken: dict[tuple[Any, ...], tuple[Rule, ...]] = {}
        self.extensions: dict[str, tuple[int, ...]] = {}

    def remember(self, key: tuple[Any, ...], outspoken: tuple[Rule, ...]) -> None:
        """Remember the rules of `recalled` that have something to say."""
        if len(self.outspoken) >= _MOST_READ:
            self.outspoken.clear()
        self.outspoken[key] = outspoken


def _parted(rules: tuple[Rule, ...]) -> tuple[tuple[Rule, ...], tuple[Rule, ...]]:
    """Return the rules to ask each time, and those of which `reads` tells all."""
    asked = tuple([rule for rule in rules if not rule.reads])
    return asked, tuple([rule for rule in rules if rule.reads])


class Plans:
    """Every rule compiled by scope, and the Nodes compiled so far.

    `rules` are the selected ones by id; what is not among them is not reported.
    """

    def __init__(self, rules: Mapping[str, Rule]) -> None:
        self.rules = rules
        self._nodes: dict[tuple[Part, ...], Node] = {}
        self._rows: dict[Part, tuple[RowPlan, ...]] = {}
        self.private_cells: dict[str, Cell] = {}
        self._overlay: Node | None = None
        self.iods: dict[str, Any] = {}
        self.site: SiteRun | None = None
        """Runs the rules of the policy over an Instance."""
        self.needs_tables = any(rule.scope == "table" for rule in rules.values())
        self.by_vr = _by_selector(rules.values())
        plain = [rule for rule in rules.values() if not rule.odd_bytes]
        self.plain_by_vr = _by_selector(plain)
        self.single_by_vr = _by_selector(rule for rule in plain if not rule.several)
        self.outspoken: dict[tuple[Any, ...], tuple[Rule, ...]] = {}
        """(tag, VR, bytes, character set) to the rules about values that may have to say something."""
        self._plain_items: dict[str, dict[ItemKey, Mapping[int, Any]]] = {}
        self.instance_rules = tuple(rule for rule in rules.values() if rule.scope == "instance")
        item_rules = [rule for rule in rules.values() if rule.scope == "item"]
        self.item_rules = _alike(rule for rule in item_rules if "private" not in rule.selects)
        private = [rule for rule in item_rules if "private" in rule.selects]
        self.private_rules = tuple([alike for _, alike in _alike(private)])
        self.triggers = frozenset(tag for tags, _ in self.item_rules for tag in tags)
        self._item_shapes: dict[tuple[int, ...], tuple[ItemRules, ...]] = {}
        self._shapes: dict[tuple[int, ...], Shape] = {}
        self.complete: set[tuple[Any, ...]] = set()
        """What decides on the Attributes that must or may not be in an Item, where all was well."""
        self.judged: set[Judged] = set()
        """Values that rows without conditions allow."""
        self.root_triggers = _alike(self.instance_rules)

    def node(self, parts: tuple[Part, ...]) -> Node:
        """Return the Node of these parts; () gives the generic one, which knows PS3.6 only."""
        found = self._nodes.get(parts)
        if found is None:
            found = self._nodes[parts] = Node(self, parts)
        return found

    def remember(self, key: tuple[Any, ...], outspoken: tuple[Rule, ...]) -> None:
        """Remember the rules that may have to say something of a value."""
        if len(self.outspoken) >= _MOST_VALUES:
            self.outspoken.clear()
        self.outspoken[key] = outspoken

    def plain_items(self, syntax: str) -> dict[ItemKey, Mapping[int, Any]]:
        """Return the Items known to be clean, whatever is around them, in this Transfer Syntax."""
        return self._plain_items.setdefault(syntax, {})

    def remember_plain(self, syntax: str, key: ItemKey, elements: Mapping[int, Any]) -> None:
        """Remember that nothing looked twice at an Item: no value, no condition, no rule.

        Its elements are kept with the key, so that no others get their id().
        """
        found = self._plain_items[syntax]
        if len(found) >= _MOST_ITEMS:
            found.clear()
        found[key] = elements

    def rules_of(self, elements: Mapping[int, Any]) -> tuple[ItemRules, ...]:
        """Return the rules of scope item for an Item with these elements."""
        shape = tuple(elements)
        found = self._item_shapes.get(shape)
        if found is None:
            if len(self._item_shapes) >= _MOST_SHAPES:
                self._item_shapes.clear()
            found = tuple([rules for tags, rules in self.item_rules if not tags.isdisjoint(elements)])
            self._item_shapes[shape] = found
        return found

    def shape_of(self, elements: Mapping[int, Any]) -> Shape:
        """Return what follows from the Attributes that are in the root of a Data Set."""
        tags = tuple(elements)
        found = self._shapes.get(tags)
        if found is None:
            if len(self._shapes) >= _MOST_ROOTS:
                self._shapes.clear()
            found = self._shapes[tags] = Shape(self, elements)
        return found

    def overlay_node(self, part: Part) -> Node:
        """Return the Node of one overlay: the Overlay Plane Module, its tags in the first group."""
        if self._overlay is None:
            node = self._overlay = Node(self, (part,))
            rows = [row for found in node.rows.values() for row in found]
            node.required = frozenset(
                row.tag for row in rows if row.type in ("1", "2") and not row.conditional
            )
            conditional = [row for row in rows if row.conditional and row.type != "3"]
            node.conditional = Index([(row, None) for row in conditional])
        return self._overlay

    def rows_of(self, part: Part) -> tuple[RowPlan, ...]:
        """Return the compiled rows of a part; Nodes that have the part share them."""
        found = self._rows.get(part)
        if found is None:
            rows = (record(part.record) or {"rows": []})["rows"]
            local_tags = frozenset(row["t"] for row in rows)
            found = self._rows[part] = tuple([RowPlan(row, part, local_tags) for row in rows])
            for row in found:
                if row.conditional and row.type != "3":
                    row.wakes = row_atoms(row, local_tags)
        return found

    def private_cell(self, vr: str) -> Cell:
        """Return the cell of a private Data Element of this VR."""
        found = self.private_cells.get(vr)
        if found is None:
            attribute = Attribute(self, 0x00090010, ())
            attribute.vrs = (vr,)
            attribute.tag = 0x00091001
            found = self.private_cells[vr] = attribute.cell("")
        return found


def remember(known: set[K], found: K) -> None:
    """Remember what need not be judged again; a bounded number."""
    if len(known) >= _MOST_VALUES:
        known.clear()
    known.add(found)


def _alike(rules: Iterable[Rule]) -> tuple[tuple[frozenset[int], ItemRules], ...]:
    """Return the tags that rules select, and those together that share `selects` and `accepts`."""
    found: dict[tuple[tuple[str, ...], Accepts | None], list[Rule]] = {}
    for rule in rules:
        found.setdefault((rule.selects, rule.accepts), []).append(rule)
    return tuple([(_tags(selects), (accepts, tuple(alike))) for (selects, accepts), alike in found.items()])


def _by_selector(rules: Iterable[Rule]) -> dict[str, tuple[Rule, ...]]:
    found: dict[str, list[Rule]] = {}
    for rule in rules:
        if rule.scope == "value":
            for selector in rule.selects:
                found.setdefault(selector, []).append(rule)
    return {selector: tuple(selected) for selector, selected in found.items()}


def _tags(selects: Iterable[str]) -> frozenset[int]:
    return frozenset([tag_of(keyword) for keyword in selects if keyword != "private"])
