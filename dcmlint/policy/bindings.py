"""What expressions and forms read of an Instance: typed values, decoded once and only if named."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from dcmlint.policy.cost import MAX_UNITS
from dcmlint.policy.engine import context
from dcmlint.policy.facts import FACTS, fact
from dcmlint.policy.loops import add_functions
from dcmlint.read.item import Instance, Item
from dcmlint.read.vr import BINARY_SIZE
from dcmlint.standard.dictionary import entry

__all__ = ["Bindings", "Request", "Slot", "example_value", "is_list", "private_tag", "typed"]

_FLOATS = frozenset(("DS", "FD", "FL"))
_INTEGERS = frozenset(("AT", "IS", "SL", "SS", "SV", "UL", "US", "UV"))
_PIECE = 256
"""Bytes of a value up to which answers about it are remembered."""

_CHARACTERS = 64
"""Characters of a text that count as one unit."""


class Request(NamedTuple):
    """One thing that an expression asks for, and the variable that stands for it.

    `kind`: "value", "values" (always a list), "present", "filled", "empty", "date", or "fact".
    `members` are the Attributes that are read of Items. Of a private Attribute `name` is the Private
    Creator and `tag` has group and last byte.
    """

    kind: str
    name: str
    tag: int
    members: frozenset[str] = frozenset()
    private: bool = False

    @property
    def variable(self) -> str:
        """Its name in CEL; names of others never start with an underscore."""
        if self.private:
            return f"__{self.kind}_{self.tag:08x}_{self.name.encode().hex()}"
        if self.kind == "fact":
            return "__" + self.name.replace(".", "_")
        if self.kind == "value" and self.is_sequence:
            return f"__{self.name}_{'_'.join(sorted(self.members))}"
        return self.name if self.kind == "value" else f"__{self.kind}_{self.name}"

    @property
    def is_sequence(self) -> bool:
        """Whether it is a Sequence of PS3.6."""
        row = None if self.private or self.kind == "fact" else entry(self.tag)
        return row is not None and row.vr == "SQ"

    @property
    def is_large(self) -> bool:
        """Whether it may be more than one unit."""
        return self.kind in ("value", "values", "fact")


def typed(vr: str) -> type:
    """Return the type that values of a VR have: float, int, or str."""
    return float if vr in _FLOATS else int if vr in _INTEGERS else str


@lru_cache(maxsize=4096)
def is_list(tag: int) -> bool:
    """Tell whether PS3.6 lets an Attribute have several values; a Sequence has, others than 1 have."""
    row = entry(tag)
    return row is None or row.vr == "SQ" or row.vm != "1"


def example_value(request: Request) -> Any:
    """Return a value of the type that a request gives, for trying an expression out."""
    if request.kind == "fact":
        return FACTS[request.name].example
    if request.kind in ("present", "filled", "empty"):
        return True
    if request.kind == "date":
        return _date("20000101")
    row = None if request.private else entry(request.tag)
    if row is not None and row.vr == "SQ":
        return [{name: example_value(_member(name, request.members)) for name in request.members}]
    one: Any = {float: 1.0, int: 1, str: "A"}[typed(row.vr.split(" or ")[0] if row is not None else "LO")]
    return [one] if request.kind == "values" or (row is not None and row.vm != "1") else one


def _member(name: str, members: frozenset[str]) -> Request:
    from dcmlint.standard.dictionary import tag_by_keyword

    # Nested once: what an Item's own Sequence holds is any of the members that are no Sequences.
    tag = tag_by_keyword()[name]
    row = entry(tag)
    inner = members - {name} if row is not None and row.vr == "SQ" else frozenset()
    return Request("value", name, tag, members=inner)


class Slot:
    """A request, worked out for binding: `several` gives a list, `wanted` is the type of the values."""

    __slots__ = ("request", "several", "variable", "wanted")

    def __init__(self, request: Request) -> None:
        self.request = request
        self.variable = request.variable
        row = None if request.private or request.kind == "fact" else entry(request.tag)
        self.several = request.kind == "values" or (row is not None and row.vm != "1") or request.is_sequence
        self.wanted: Any = typed(row.vr.split(" or ")[0]) if row is not None else None

    @property
    def is_simple(self) -> bool:
        """Whether what is found depends on the bytes of one Attribute of the Data Set alone."""
        request = self.request
        return request.kind != "fact" and not request.private and request.tag >> 16 != 2


class Bindings:
    """The values of one Instance as CEL variables.

    `bound` tells for each variable asked for how many units its value has, 0 if it has none: then it
    is undefined in `context`, and what depends on it is unknown.
    """

    __slots__ = ("_held", "_loops", "_pieces", "bound", "context", "instance")

    def __init__(self, instance: Instance) -> None:
        self.instance = instance
        self.context = context()
        self.bound: dict[str, float] = {}
        self._held: dict[int, bool] = {}
        self._loops = False
        self._pieces: dict[int, bytes | None] = {}

    @staticmethod
    def of(instance: Instance) -> Bindings:
        """Return the bindings of an Instance; made once for each."""
        found = instance.memo.get("bindings")
        if found is None:
            found = instance.memo["bindings"] = Bindings(instance)
        bindings: Bindings = found
        return bindings

    def holds(self, condition: Callable[[Bindings], bool | None]) -> bool:
        """Tell whether a condition is surely true; asked once for each."""
        key = id(condition)
        known = self._held.get(key)
        if known is None:
            known = self._held[key] = condition(self) is True
        return known

    def piece(self, tag: int) -> bytes | None:
        """Return bytes that are the same where an Attribute has the same value: its VR and raw value.

        None where that cannot be said by few bytes: Sequences, long values, text beyond ASCII.
        """
        if tag in self._pieces:
            return self._pieces[tag]
        root = self.instance.root
        element = root.elements.get(tag)
        found: bytes | None = b""
        if element is not None:
            vr, offset, length, items = element
            raw = None if items is not None or length > _PIECE else bytes(root.buf[offset : offset + length])
            plain = raw is not None and (vr in BINARY_SIZE or (raw.isascii() and b"\x1b" not in raw))
            found = vr.encode() + raw if plain and raw is not None else None
        self._pieces[tag] = found
        return found

    def bind(self, slot: Slot) -> None:
        """Add what a request asks for to the context, if it is there."""
        value = self._found(slot)
        units = 0.0 if value is None else _units(value)
        self.bound[slot.variable] = units
        if value is not None and units <= MAX_UNITS:
            self.context.add_variable(slot.variable, value)

    def ready_for_loops(self) -> None:
        """Add the functions that expressions with loops call."""
        if not self._loops:
            self._loops = True
            add_functions(self.context)

    def holder(self, tag: int) -> Item | None:
        """Return the Item that an Attribute of the root belongs to: group 0002 is File Meta Information."""
        return self.instance.meta if tag >> 16 == 2 else self.instance.root

    def _found(self, slot: Slot) -> Any:
        request = slot.request
        if request.kind == "fact":
            return fact(request.name).find(self.instance)
        item = self.holder(request.tag)
        tag: int | None = request.tag
        if request.private:
            tag = None if item is None else private_tag(item, request.name, request.tag)
        element = None if item is None or tag is None else item.elements.get(tag)
        if request.kind in ("present", "filled", "empty"):
            return _presence(request.kind, element)
        if element is None or item is None or tag is None:
            return None
        if request.kind == "date":
            return _date(item.first(tag))
        return _value(item, tag, slot.several, slot.wanted, request.members)


def _presence(kind: str, element: tuple[Any, ...] | None) -> bool:
    if kind == "present":
        return element is not None
    if element is None:
        return False
    has_value = bool(element[3]) if element[3] is not None else bool(element[2])
    return has_value if kind == "filled" else not has_value


def _value(item: Item, tag: int, several: bool, wanted: Any, members: frozenset[str]) -> Any:
    """Return the value of an Attribute that is there as CEL sees it, None if it has none.

    `wanted` is the type of its values, None for that of the VR in the bytes.
    """
    vr, _, _, items = item.elements[tag]
    if items is not None:
        return [_members(nested, members) for nested in items[: MAX_UNITS + 1]]
    values: Sequence[Any] = item.get(tag) or ()
    wanted = wanted or typed(vr)
    if not values or len(values) > MAX_UNITS or not all(_fits(value, wanted) for value in values):
        return None if len(values) <= MAX_UNITS else [0] * (MAX_UNITS + 1)
    if several:
        return list(values)
    return values[0] if len(values) == 1 and values[0] != "" else None


def _fits(value: Any, wanted: type) -> bool:
    return isinstance(value, wanted) or (wanted is float and isinstance(value, int))


def _members(item: Item, members: frozenset[str]) -> dict[str, Any]:
    from dcmlint.standard.dictionary import tag_of

    found = {}
    for name in members:
        tag = tag_of(name)
        if tag in item.elements:
            row = entry(tag)
            wanted = typed(row.vr.split(" or ")[0]) if row is not None else None
            value = _value(item, tag, is_list(tag), wanted, members)
            if value is not None:
                found[name] = value
    return found


def private_tag(item: Item, creator: str, tag: int) -> int | None:
    """Return where an Item has the private Attribute (group, last byte) of a creator (PS3.5 7.8.1)."""
    group, last = tag & 0xFFFF0000, tag & 0xFF
    for block in range(0x10, 0x100):
        if group | block in item.elements and item.first(group | block) == creator:
            return group | block << 8 | last
    return None


def _date(value: Any) -> Any:
    """Return the DA "20240131" as a timestamp at midnight UTC, None if it is no date."""
    from datetime import UTC, datetime

    if not isinstance(value, str) or len(value) != 8 or not value.isdecimal():
        return None
    try:
        return datetime(int(value[:4]), int(value[4:6]), int(value[6:]), tzinfo=UTC)
    except ValueError:
        return None


def _units(value: Any) -> float:
    """Return the units of a value: elements of lists and maps, and 64 characters of text each."""
    if isinstance(value, str):
        return 1 + len(value) / _CHARACTERS
    found = 1.0
    if isinstance(value, (list, dict)):
        for each in value.values() if isinstance(value, dict) else value:
            found += _units(each)
    return found
