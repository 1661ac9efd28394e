"""Which values a row allows: Enumerated Values, Defined Terms, constraints stated in prose.

How the sources combine (PS3.3 value lists, dicom3tools value sets) is told at `AllowedValues._judge`.
"""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

from dcmlint.atoms import d3_atoms
from dcmlint.condition import Condition, compile_parsed, texts
from dcmlint.d3_condition import compile_d3, d3_reads
from dcmlint.model import Severity
from dcmlint.read.item import Item

__all__ = ["AllowedValues", "Awake", "ValueFault"]


_BIG_ENDIAN = "1.2.840.10008.1.2.2"


class ValueFault(NamedTuple):
    """A value that the row does not allow: `position` counts from 1, 0 = the whole value field."""

    rule: str
    severity: Severity
    position: int
    value: bytes
    extra: str = ""


class _Listed(NamedTuple):
    """One value list: `kind` E (enumerated), D (defined terms) or ? (other)."""

    kind: str
    position: int
    texts: frozenset[bytes]
    numbers: frozenset[int]
    condition: Condition | None
    linked: bool

    def has(self, value: bytes) -> bool:
        """Tell whether the value is listed, numbers modulo 65536 (dicom3tools writes -1 as 65535)."""
        if value in self.texts:
            return True
        if not self.numbers:
            return False
        try:
            return float(value) % 65536 in self.numbers
        except ValueError:
            return False


class _Constraint(NamedTuple):
    """One constraint that dicom3tools states as a `verify` row."""

    kind: str
    listed: _Listed
    position: int | None
    when: tuple[Condition, ...]
    level: str
    name: str
    syntaxes: frozenset[str] | None


class Awake(NamedTuple):
    """The row for one Transfer Syntax: values that need no look, constraints that may apply."""

    anything: bool
    accepted: frozenset[bytes]
    constraints: tuple[_Constraint, ...]


def _unknown(item: Item) -> bool | None:
    return None


def _listed(entry: dict[str, Any], local_tags: frozenset[int]) -> _Listed:
    values = [value.strip() for value in entry["v"]]
    numbers = frozenset(number % 65536 for number in map(_number, values) if number is not None)
    condition: Condition | None = None
    if "c" in entry:
        condition = _unknown if entry["c"] is None else compile_parsed(entry["c"], local_tags)
    return _Listed(
        entry["k"],
        entry.get("i", 0),
        frozenset(value.encode() for value in values),
        numbers,
        condition,
        bool(entry.get("s")),
    )


def _number(text: str) -> int | None:
    try:
        return int(text[:-1], 16) if len(text) == 5 and text[-1] in "Hh" else int(text)
    except ValueError:
        return None


def _constraint(checked: dict[str, Any]) -> _Constraint:
    names = _names(checked)
    return _Constraint(
        checked["k"],
        _listed({"k": checked["k"], "v": checked.get("v", ())}, frozenset()),
        checked.get("i"),
        tuple(compile_d3(name) for name in names),
        checked.get("s", "E"),
        checked.get("w", ""),
        _syntaxes(names),
    )


def _names(checked: dict[str, Any]) -> list[str]:
    return [*checked.get("a", ()), *([checked["d"]] if "d" in checked else [])]


def _syntaxes(names: list[str]) -> frozenset[str] | None:
    """Return the Transfer Syntaxes outside of which conditions cannot hold, None if any will do."""
    for name in names:
        atoms = d3_atoms(name)
        if atoms and all(tag == 0x00020010 and value is not None for _, tag, value in atoms):
            return frozenset(value.decode() for _, _, value in atoms if value is not None)
    return None


class AllowedValues:
    """The value lists and constraints of one row, compiled.

    `exact` tells that the lists are the exact text of this row; `strict` that errors are allowed;
    `severity` is that of a broken constraint.
    """

    __slots__ = (
        "_anywhere",
        "_at",
        "_by_syntax",
        "_constraints",
        "_d3",
        "_exact",
        "_lists",
        "_severity",
        "_strict",
        "constant",
        "forbids",
        "unconditional",
    )

    def __init__(
        self,
        row: dict[str, Any],
        local_tags: frozenset[int],
        *,
        exact: bool,
        strict: bool,
        severity: Severity,
    ) -> None:
        self._lists = tuple(_listed(entry, local_tags) for entry in row.get("e", ()))
        self._d3 = _listed(row["q"], local_tags) if "q" in row else None
        self._constraints = tuple(_constraint(checked) for checked in row.get("v", ()))
        self._exact, self._strict, self._severity = exact, strict, severity
        plain = [listed for listed in self._lists if not listed.position and listed.condition is None]
        if self._d3 is not None and not self._d3.position:
            plain.append(self._d3)
        self._anywhere = frozenset().union(*(listed.texts for listed in plain))
        self._at: dict[int, frozenset[bytes]] = {}
        for found in (*self._lists, *([self._d3] if self._d3 is not None else [])):
            if found.position and found.condition is None:
                self._at[found.position] = self._at.get(found.position, frozenset()) | found.texts
        self.forbids = any(constraint.kind == "forbid" for constraint in self._constraints)
        self._by_syntax: dict[str, Awake] = {}
        names = [name for checked in row.get("v", ()) for name in _names(checked)]
        self.unconditional = not names and all(listed.condition is None for listed in self._lists)
        self.constant = all(d3_reads(name) == frozenset() for name in names) and all(
            listed.condition is None for listed in self._lists
        )

    def awake(self, syntax: str) -> Awake:
        """Return the lists and constraints that may apply in Data Sets of this Transfer Syntax."""
        found = self._by_syntax.get(syntax)
        if found is None:
            found = self._by_syntax[syntax] = self._wake(syntax)
        return found

    def passes(self, syntax: str, raw: bytes) -> bool:
        """Tell whether a value field needs no look in a Data Set of this Transfer Syntax."""
        awake = self.awake(syntax)
        return awake.anything or raw in awake.accepted

    def _wake(self, syntax: str) -> Awake:
        awake = tuple(
            found for found in self._constraints if found.syntaxes is None or syntax in found.syntaxes
        )
        lists = bool(self._lists or self._d3 is not None)
        if not lists and not awake:
            return Awake(True, frozenset(), awake)
        positions = any(found.position for found in self._lists) or (self._d3 and self._d3.position)
        if positions or any(found.kind not in ("E", "D") for found in awake):
            return Awake(False, frozenset(), awake)
        first = [found for found in awake if not found.position]
        bare = self._anywhere if lists else first[0].listed.texts if first else frozenset()
        values = [value for value in bare if all(found.listed.has(value) for found in first)]
        order: Any = "big" if syntax == _BIG_ENDIAN else "little"
        return Awake(
            False, frozenset(spelling for value in values for spelling in _spell(value, order)), awake
        )

    def faults(self, item: Item, element: tuple[Any, ...]) -> list[ValueFault]:
        """Return what is wrong with a value field that is not empty."""
        values = texts(item, element)
        found: list[ValueFault] = []
        if self._lists or self._d3 is not None:
            for position, value in enumerate(values, start=1):
                if value and value not in self._anywhere and value not in self._at.get(position, ()):
                    fault = self._judge(item, position, value)
                    if fault is not None:
                        found.append(fault)
        for constraint in self.awake(item.instance.syntax).constraints:
            fault = self._broken(item, constraint, values)
            said = {(other.rule, other.position) for other in found}
            if fault is not None and (fault.rule, fault.position) not in said:
                found.append(fault)
        return found

    def forbidden(self, item: Item) -> list[ValueFault]:
        """Return which constraints the mere presence of the Attribute breaks; for empty values."""
        forbidding = [found for found in self._constraints if found.kind == "forbid"]
        faults = [self._broken(item, constraint, []) for constraint in forbidding]
        return [fault for fault in faults if fault is not None]

    def _judge(self, item: Item, position: int, value: bytes) -> ValueFault | None:
        """Return the fault of one value against the lists of the text and of dicom3tools.

        In neither: an error if the text enumerates and is exact, or dicom3tools enumerates too. An
        open list (Defined Terms) among those that apply makes it a note. A list whose condition is
        unknown silences.
        """
        lists = [listed for listed in self._lists if listed.position in (0, position)]
        applying: list[tuple[_Listed, bool | None]] = []
        for listed in lists:
            applies = True if listed.condition is None else listed.condition(item)
            if applies is not False:
                applying.append((listed, applies))
        d3 = self._d3 if self._d3 is not None and self._d3.position in (0, position) else None
        if any(listed.has(value) for listed, _ in applying) or (d3 is not None and d3.has(value)):
            return None
        if not applying:
            if d3 is None or lists:
                return None
            return self._fault("warning" if d3.kind == "E" else "note", position, value, [d3])
        if any(applies is None or listed.kind == "?" for listed, applies in applying):
            return None
        if any(listed.kind == "D" for listed, _ in applying):
            return self._fault("note", position, value, [listed for listed, _ in applying])
        linked = not self._exact or any(listed.linked for listed, _ in applying)
        sure = not linked or (d3 is not None and d3.kind == "E")
        allowed = [listed for listed, _ in applying]
        return self._fault("error" if sure and self._strict else "warning", position, value, allowed)

    def _fault(self, severity: Severity, position: int, value: bytes, allowed: list[_Listed]) -> ValueFault:
        rule = "module/value-not-defined-term" if severity == "note" else "module/value-not-enumerated"
        return ValueFault(rule, severity, position, value, _first(allowed))

    def _broken(self, item: Item, constraint: _Constraint, values: list[bytes]) -> ValueFault | None:
        kind, listed, index = constraint.kind, constraint.listed, constraint.position
        if kind in ("E", "D"):
            looked = values if index is None else values[index : index + 1]
            wrong = [value for value in looked if value and not listed.has(value)]
            if not wrong or not all(condition(item) for condition in constraint.when):
                return None
            return self._outside(constraint, values.index(wrong[0]) + 1, wrong[0])
        if kind == "nonzero":
            zero = [number for number, value in enumerate(values, 1) if _is_zero(value)]
            if not zero or not all(condition(item) for condition in constraint.when):
                return None
            level: Severity = "warning" if constraint.level == "E" else "note"
            return ValueFault("module/value-zero", level, zero[0], b"0")
        if not all(condition(item) for condition in constraint.when):
            return None
        from dcmlint.constraint import statement

        rule = "module/not-permitted" if kind == "forbid" else "module/required-value"
        severity = "note" if constraint.level == "W" else self._severity
        return ValueFault(rule, severity, 0, b"", statement(constraint.name))

    def _outside(self, constraint: _Constraint, position: int, value: bytes) -> ValueFault:
        if constraint.kind == "D":
            return self._fault("note", position, value, [constraint.listed])
        single = len(constraint.listed.texts) == 1
        rule = "module/required-value" if single else "module/value-not-enumerated"
        return ValueFault(rule, self._severity, position, value, _first([constraint.listed]))


def _first(lists: list[_Listed]) -> str:
    """Return the allowed values for a message, at most eight."""
    values = sorted({text.decode() for listed in lists for text in listed.texts})
    return ", ".join(values[:8]) + (", ..." if len(values) > 8 else "")


def _spell(value: bytes, order: Literal["little", "big"]) -> list[bytes]:
    """Return a listed value as it may lie in the bytes: text with or without pad, 16 or 32 bits."""
    spelled = [value, value + b" "] if len(value) & 1 else [value]
    if value.isdigit() and int(value) < 1 << 16:
        spelled += [int(value).to_bytes(2, order), int(value).to_bytes(4, order)]
    return spelled


def _is_zero(value: bytes) -> bool:
    try:
        return float(value) == 0
    except ValueError:
        return False
