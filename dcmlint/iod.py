"""Which Modules of an IOD apply to an Instance, and the root Node that follows (PS3.3 A.1.3).

The IOD comes from the SOP Class UID of the Data Set, never from File Meta Information; a
Directory Record Sequence makes a Basic Directory. Modules of Usage M always apply. Of Usage C and U
those apply whose condition holds, or which are evidently there.
"""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

from dcmlint.atoms import d3_atoms
from dcmlint.condition import Condition, compile_parsed
from dcmlint.d3_condition import compile_d3
from dcmlint.plan import Node, Plans
from dcmlint.read.item import Instance, Item
from dcmlint.rows import Part
from dcmlint.standard.dictionary import uid
from dcmlint.standard.shards import iod_shard, record

__all__ = ["Decision", "GroupUse", "IodPlan", "ModuleUse", "Variant", "citation", "iod_of"]

BASIC_DIRECTORY = "basic-directory"
_DIRECTORY_RECORD_SEQUENCE = 0x00041220
SHARED_GROUPS = 0x52009229
PER_FRAME_GROUPS = 0x52009230

Reason = Literal["mandatory", "condition", "present", "absent", "condition-false", "unknown"]


class Decision(NamedTuple):
    """Whether a Module applies, as surely as `strict` says, and why.

    `required` tells that it must be there even if none of its Attributes is.
    """

    applies: bool
    strict: bool
    required: bool
    reason: Reason


class ModuleUse:
    """One Module of an IOD with its Usage."""

    __slots__ = (
        "d3",
        "evidence",
        "linked",
        "may_be_present",
        "name",
        "parsed",
        "part",
        "tags",
        "usage",
        "wakes",
    )

    def __init__(self, use: dict[str, Any]) -> None:
        key = use["m"]
        rows = record(f"m:{key}") or {"rows": (), "name": key, "sect": ""}
        self.name: str = rows.get("name", key)
        self.part = Part(f"m:{key}", self.name, citation(rows.get("sect", "")))
        self.usage: str = use["u"]
        self.linked = bool(use.get("l"))
        self.may_be_present = bool(use.get("mbp"))
        self.parsed: Condition | None = compile_parsed(use["c"], frozenset()) if use.get("c") else None
        self.d3: Condition | None = compile_d3(use["d"]) if use.get("d") else None
        atoms = d3_atoms(use["d"]) if use.get("d") else None
        self.wakes = None if atoms is None else frozenset(tag for _, tag, _ in atoms)
        self.tags = frozenset(row["t"] for row in rows["rows"])
        self.evidence = frozenset(row["t"] for row in rows["rows"] if row["y"] in ("1", "2"))

    @property
    def sleepless(self) -> bool:
        """Whether the Module may apply though none of the tags in `wakes` and `evidence` is there."""
        return self.parsed is not None or (self.d3 is not None and self.wakes is None)

    def decide(self, root: Item) -> Decision:
        """Return whether the Module applies to the Data Set."""
        if self.usage == "M":
            return _MANDATORY
        parsed = self.parsed(root) if self.parsed is not None else None
        if parsed and self.usage == "C":
            sure = self.d3 is None or bool(self.d3(root))
            return _REQUIRED if sure else _LIKELY_REQUIRED
        if self.d3 is not None:
            if self.d3(root):
                return _EXPECTED if self.usage == "C" and parsed is not False else _PRESENT
            return _EXCLUDED if parsed is False else _ABSENT
        if not root.elements.keys().isdisjoint(self.evidence):
            return _EVIDENT
        if parsed is False:
            return _EXCLUDED
        return _UNKNOWN if self.usage == "C" else _ABSENT


_MANDATORY = Decision(True, True, True, "mandatory")
_REQUIRED = Decision(True, True, True, "condition")
_LIKELY_REQUIRED = Decision(True, False, True, "condition")
_EXPECTED = Decision(True, True, True, "present")
_PRESENT = Decision(True, True, False, "present")
_EVIDENT = Decision(True, False, False, "present")
_EXCLUDED = Decision(False, False, False, "condition-false")
_UNKNOWN = Decision(False, False, False, "unknown")
_ABSENT = Decision(False, False, False, "absent")


class GroupUse(NamedTuple):
    """One Functional Group Macro of an IOD with its Usage.

    `sequences` are the Sequences that the Macro puts into a Functional Group Item. `only` is
    "perframe", "shared" or "".
    """

    name: str
    usage: str
    sequences: tuple[int, ...]
    only: str
    condition: Condition | None
    part: Part


class Variant(NamedTuple):
    """An IOD with the Modules that apply to some Instance."""

    node: Node
    uses: tuple[tuple[ModuleUse, Decision], ...]
    excluded: tuple[ModuleUse, ...]
    overlay: bool


class IodPlan:
    """The compiled plan of one IOD; `variant(instance)` gives the Node for an Instance.

    `allowed` are the tags of its Modules; `looked_at` adds those known not to extend it.
    """

    def __init__(self, plans: Plans, key: str, shard: dict[str, Any]) -> None:
        self.plans = plans
        self.key = key
        self.name: str = shard["name"]
        self.citation = citation(shard["sect"])
        self.uses = tuple(ModuleUse(use) for use in shard["modules"])
        self._optional = tuple(use for use in self.uses if use.usage != "M")
        self._asleep = [
            _UNKNOWN if use.usage == "C" and use.d3 is None else _ABSENT for use in self._optional
        ]
        self._sharpen()
        self._sleepless = [at for at, use in enumerate(self._optional) if use.sleepless]
        self._wakes: dict[int, list[int]] = {}
        for at, use in enumerate(self._optional):
            for tag in use.wakes or use.evidence:
                self._wakes.setdefault(tag, []).append(at)
        self.pseudo = tuple(_pseudo(entry, self.name, self.citation) for entry in shard.get("pseudo", ()))
        self.groups = tuple(_group(use) for use in shard.get("fg", ()) if not use.get("cur"))
        parts = (Part(f"p:{entry[0]}", "", "") for entry in shard.get("pseudo", ()))
        constrained = (row["t"] for part in parts for row in (record(part.record) or {"rows": ()})["rows"])
        self.allowed = frozenset().union(*(use.tags for use in self.uses), constrained)
        self.looked_at = set(self.allowed)
        self._variants: dict[tuple[Any, ...], Variant] = {}

    def _sharpen(self) -> None:
        """Leave as evidence of a Module without condition only what no mandatory Module has."""
        mandatory = frozenset().union(*(use.tags for use in self.uses if use.usage == "M"))
        for use in self.uses:
            use.evidence -= mandatory

    def variant(self, instance: Instance) -> Variant:
        """Return the Node of the Data Set's root, and why each Module applies or not."""
        root = instance.root
        optional = list(self._asleep)
        awake = {at for tag in root.elements.keys() & self._wakes.keys() for at in self._wakes[tag]}
        for at in awake.union(self._sleepless):
            optional[at] = self._optional[at].decide(root)
        constraints = [condition is None or bool(condition(root)) for _, condition in self.pseudo]
        key = (*map(id, optional), *constraints)
        found = self._variants.get(key)
        if found is None:
            if len(self._variants) >= 512:
                self._variants.clear()
            found = self._variants[key] = self._compile(optional, constraints)
        return found

    def _compile(self, optional: list[Decision], constraints: list[bool]) -> Variant:
        decided = dict(zip(self._optional, optional, strict=True))
        uses = tuple((use, decided.get(use, _MANDATORY)) for use in self.uses)
        parts = [use.part._replace(strict=decision.strict) for use, decision in uses if decision.applies]
        parts += [part for (part, _), holds in zip(self.pseudo, constraints, strict=True) if holds]
        node = self.plans.node(tuple(parts))
        if self.groups:
            groups = self.plans.node(tuple(group.part for group in self.groups))
            for tag in (SHARED_GROUPS, PER_FRAME_GROUPS):
                node.attribute(tag).node = groups
        overlay = any(use.part.record == "m:overlay-plane" and found.applies for use, found in uses)
        excluded = tuple(use for use, decision in uses if decision is _EXCLUDED and use.usage == "C")
        return Variant(node, uses, excluded, overlay)


def _pseudo(entry: list[str], iod: str, where: str) -> tuple[Part, Condition | None]:
    """Return the content constraints of an IOD as a part, and when they apply."""
    condition = compile_d3(entry[1]) if len(entry) > 1 else None
    return Part(f"p:{entry[0]}", f"{iod} IOD", where), condition


def _group(use: dict[str, Any]) -> GroupUse:
    rows = record(f"g:{use['g']}") or {"rows": (), "name": use["g"]}
    name = rows.get("name", use["g"])
    part = Part(f"g:{use['g']}", name, citation(rows.get("sect", "C.7.6.16")), optional=True)
    condition = compile_parsed(use["c"], frozenset()) if use.get("c") else None
    sequences = tuple(row["t"] for row in rows["rows"] if row.get("i") and not row.get("s"))
    return GroupUse(name, use["u"], sequences, use.get("only", ""), condition, part)


def citation(section: str) -> str:
    """Return "PS3.3 C.8.2.1" for the section key "C.8.2.1#table_C.8-3", its Table included."""
    place, _, table = section.partition("#")
    if not place:
        return "PS3.3"
    number = table.removeprefix("table_")
    return f"PS3.3 {place}, Table {number}" if number else f"PS3.3 {place}"


def iod_of(instance: Instance) -> str:
    """Return the key of the Instance's IOD, "" if there are no tables for it."""
    if _DIRECTORY_RECORD_SEQUENCE in instance.root.elements:
        return BASIC_DIRECTORY
    known = uid(instance.sop_class_uid)
    return known.iod if known is not None else ""


def load(plans: Plans, key: str) -> IodPlan | None:
    """Return the plan of an IOD, None if there are no tables for it."""
    shard = iod_shard(key) if key else None
    return IodPlan(plans, key, shard) if shard is not None else None
