"""One row of a Module, Macro or item list, ready to run: when it is required, when it is forbidden,
which values it allows.

How far each verdict is trusted follows the provenance of the row: a Type 1C or 2C is an error only
where the text is exact and the parsed condition and dicom3tools agree as far as both speak.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from dcmlint.condition import Condition, compile_d3, compile_parsed, d3_is_local, is_local, texts
from dcmlint.model import Severity
from dcmlint.read.item import Item
from dcmlint.standard.shards import editions

__all__ = ["Part", "RowPlan", "ValueFault"]


class Part(NamedTuple):
    """Where rows come from: a record of the tables used as part of a Data Set or Item.

    `strict` False lowers every error of the part to a warning (the Module applies by heuristics).
    `optional` True takes the top-level Types as 3 (Functional Group Macros have rules of their own).
    """

    record: str
    module: str
    citation: str
    strict: bool = True
    optional: bool = False


class ValueFault(NamedTuple):
    """A value that the row's lists do not allow."""

    rule: str
    severity: Severity
    position: int
    value: bytes
    extra: str = ""


_UNSET: Any = object()


class RowPlan:
    """One row in the context of its part.

    `required_type` is "1", "2" for unconditional rows, "1C", "2C" for conditional ones, "3" else.
    """

    __slots__ = (
        "_d3",
        "_included",
        "_local",
        "_parsed",
        "exact",
        "items",
        "part",
        "row",
        "strict",
        "tag",
        "type",
    )

    def __init__(self, row: dict[str, Any], part: Part, local_tags: frozenset[int]) -> None:
        self.row = row
        self.part = part
        self.tag: int = row["t"]
        self.type: str = "3" if part.optional else row["y"] or "3"
        self.items: str | None = row.get("i")
        self.exact = row.get("x", "") in ("", "R") and not row.get("s")
        self.strict = part.strict and (not row.get("s") or part.record.startswith("p:"))
        self._local = local_tags
        self._parsed: Condition | None = _UNSET
        self._d3: Condition | None = _UNSET
        self._included: list[Condition] | None = None

    @property
    def conditional(self) -> bool:
        """Whether Type and presence depend on a condition."""
        return self.type in ("1C", "2C") or "a" in self.row

    @property
    def may_forbid(self) -> bool:
        """Whether the row's presence can be a fault at all."""
        kind = (self.row.get("c") or {}).get("k", "")
        if kind in ("NU", "MN", "MC"):
            return True
        may_be_present = self.row.get("m") or self.row.get("p")
        return self.type in ("1C", "2C") and self.row.get("d") is not None and not may_be_present

    @property
    def local(self) -> bool:
        """Whether nothing that the row asks lies outside its own Item."""
        row = self.row
        names = [row.get("d"), *row.get("a", {}).get("d", ())]
        conditions = [row.get("c"), row.get("a", {}).get("c")]
        for listed in (*row.get("e", ()), *row.get("v", ())):
            conditions.append(listed.get("c"))
            names += [listed.get("d"), *listed.get("a", ())]
        return all(is_local(condition, self._local) for condition in conditions if condition) and all(
            d3_is_local(name) for name in names if name
        )

    @property
    def parsed(self) -> Condition | None:
        """The parsed condition, None if the row has none that can be evaluated."""
        if self._parsed is _UNSET:
            condition = self.row.get("c")
            self._parsed = None if condition is None else compile_parsed(condition, self._local)
        return self._parsed

    @property
    def d3(self) -> Condition | None:
        """The dicom3tools condition, None if the row has none."""
        if self._d3 is _UNSET:
            name = self.row.get("d")
            self._d3 = None if name is None else compile_d3(name)
        return self._d3

    def included(self, item: Item) -> bool:
        """Tell whether the macro that the row comes from is surely invoked here."""
        if "a" not in self.row:
            return True
        if self._included is None:
            condition = self.row["a"]
            self._included = [compile_d3(name) for name in condition.get("d", ())]
            if "c" in condition:
                test = condition["c"]
                self._included.append(
                    (lambda item: None) if test is None else compile_parsed(test, self._local)
                )
        return all(condition(item) for condition in self._included)

    def required(self, item: Item) -> Severity | None:
        """Return how surely the row is required here: "error", "warning", or None."""
        if not self.included(item):
            return None
        if self.type in ("1", "2"):
            return self._ceiling("error")
        if self.type not in ("1C", "2C"):
            return None
        kind = (self.row.get("c") or {}).get("k", "")
        parsed = self.parsed(item) if self.parsed is not None and kind in ("MU", "MN", "MC") else None
        if parsed and self.row.get("b") == "over":
            parsed = None
        found = self.d3(item) if self.d3 is not None else None
        if not parsed and not found:
            return None
        if found and (parsed or parsed is None) and self.exact:
            return self._ceiling("error")
        return "warning"

    def surely_not_required(self, item: Item) -> bool:
        """Tell whether the condition of a 1C or 2C row is false as far as anyone can say."""
        values = [condition(item) for condition in (self.parsed, self.d3) if condition is not None]
        return not values or any(value is False for value in values) or not self.included(item)

    def forbidden(self, item: Item) -> Severity | None:
        """Return how surely the row, which is present, may not be: "error", "warning", or None.

        PS3.5 7.4.2, 7.4.4: what is required under a condition is allowed otherwise only where PS3.3
        says so; a parsed condition alone is no proof of that.
        """
        row = self.row
        condition = row.get("c")
        kind = condition["k"] if condition else ""
        if kind not in ("NU", "MN", "MC") and self.type not in ("1C", "2C"):
            return None
        if not self.included(item):
            return None
        parsed = self.parsed(item) if self.parsed is not None else None
        if row.get("b") is not None:
            parsed = None
        if kind == "NU":
            return self._ceiling("error" if self.exact else "warning") if parsed else None
        if parsed is not False and (parsed or self.d3 is None or row.get("m") or row.get("p")):
            return None
        found = self.d3(item) if self.d3 is not None else None
        if kind == "MN" and parsed is False:
            return self._ceiling("error" if self.exact and not found else "warning")
        if kind == "MC" and parsed is False:
            return self._forbidden_otherwise(item)
        if found is not False or row.get("m") or row.get("p"):
            return None
        return self._ceiling("error" if parsed is False and self.exact else "warning")

    def _forbidden_otherwise(self, item: Item) -> Severity | None:
        other = self.row["c"].get("z")
        if other is None or compile_parsed(other, self._local)(item) is not False:
            return None
        return self._ceiling("error" if self.exact else "warning")

    def _ceiling(self, severity: Severity) -> Severity:
        return severity if self.strict or severity != "error" else "warning"

    @property
    def edition(self) -> str:
        """The edition of the facts that the row's condition or values come from."""
        found = editions()
        if self.row.get("s"):
            return found.get("dicom3tools", "")
        exact_2020 = self.row.get("x", "") == "" and ("c" in self.row or "e" in self.row)
        return found.get("text", "2020") if exact_2020 else found["structure"]

    @property
    def has_values(self) -> bool:
        """Whether the row restricts the value."""
        return bool(self.row.get("e") or self.row.get("q") or self.row.get("v"))

    def accepted(self) -> frozenset[bytes] | None:
        """Return values of a single-valued element that need no look: in every list of the row.

        None if no value can be accepted without a look.
        """
        row = self.row
        sets = [frozenset(_spellings(entry["v"])) for entry in row.get("e", ()) if "i" not in entry]
        if "q" in row and not sets:
            sets.append(frozenset(_spellings(row["q"]["v"])))
        elif "q" in row and sets:
            sets = [sets[0] | frozenset(_spellings(row["q"]["v"])), *sets[1:]] if len(sets) == 1 else sets
        if any("i" in entry for entry in row.get("e", ())):
            return None
        for checked in row.get("v", ()):
            if checked["k"] not in ("E", "D"):
                return None
            if checked.get("i", 0) == 0:
                sets.append(frozenset(_spellings(checked["v"])))
        return frozenset.intersection(*sets) if sets else None

    def value_faults(self, item: Item, element: tuple[Any, ...]) -> list[ValueFault]:
        """Return what the row's value lists and constraints say of a value that is not empty."""
        values = texts(item, element)
        faults: list[ValueFault] = []
        if values and ("e" in self.row or "q" in self.row):
            numeric = element[0] not in ("CS", "LO", "SH", "UI", "PN", "LT", "ST", "UC", "UR", "AE")
            for position, value in enumerate(values, start=1):
                if value:
                    fault = self._value_fault(item, position, value, numeric)
                    if fault is not None:
                        faults.append(fault)
        for checked in self.row.get("v", ()):
            faults += self._constraint(item, checked, values)
        return faults

    def _value_fault(self, item: Item, position: int, value: bytes, numeric: bool) -> ValueFault | None:
        lists = [entry for entry in self.row.get("e", ()) if entry.get("i", position) == position]
        applicable = [(entry, self._applies(item, entry)) for entry in lists]
        applicable = [(entry, applies) for entry, applies in applicable if applies is not False]
        d3 = self.row.get("q")
        known = any(_is_listed(value, entry["v"], numeric) for entry, _ in applicable)
        if known or (d3 is not None and _is_listed(value, d3["v"], numeric)):
            return None
        if not applicable:
            if d3 is None or lists:
                return None
            return self._listed("warning" if d3["k"] == "E" else "note", position, value)
        if any(applies is None for _, applies in applicable) or any(e["k"] == "?" for e, _ in applicable):
            return None
        if any(entry["k"] == "D" for entry, _ in applicable):
            return self._listed("note", position, value)
        linked = any(entry.get("s") for entry, _ in applicable) or not self.exact
        sure = not linked or (d3 is not None and d3["k"] == "E")
        return self._listed("error" if sure else "warning", position, value)

    def _applies(self, item: Item, entry: dict[str, Any]) -> bool | None:
        if "c" not in entry:
            return True
        return None if entry["c"] is None else compile_parsed(entry["c"], self._local)(item)

    def _listed(self, severity: Severity, position: int, value: bytes) -> ValueFault:
        rule = "module/value-not-defined-term" if severity == "note" else "module/value-not-enumerated"
        return ValueFault(rule, self._ceiling(severity), position, value)

    def _constraint(self, item: Item, checked: dict[str, Any], values: list[bytes]) -> list[ValueFault]:
        """Return the faults of one constraint that PS3.3 states in prose (dicom3tools `verify`)."""
        if not all(compile_d3(name)(item) for name in checked.get("a", ())):
            return []
        if "d" in checked and not compile_d3(checked["d"])(item):
            return []
        pseudo = self.part.record.startswith("p:") and self.strict
        severity: Severity = "error" if pseudo and self.part.module != "CheckSingleFramePseudo" else "warning"
        kind = checked["k"]
        if kind in ("E", "D"):
            return self._constraint_values(checked, values, severity)
        if kind == "nonzero":
            zero = [number for number, value in enumerate(values, 1) if _as_number(value) == 0]
            level: Severity = "warning" if checked["s"] == "E" else "note"
            return [ValueFault("module/value-zero", level, zero[0], b"0")] if zero else []
        rule = {"forbid": "module/not-permitted"}.get(kind, "module/required-value")
        return [ValueFault(rule, "note" if checked["s"] == "W" else severity, 0, b"", checked["w"])]

    def _constraint_values(
        self, checked: dict[str, Any], values: list[bytes], severity: Severity
    ) -> list[ValueFault]:
        index = checked.get("i")
        looked = list(enumerate(values, 1))
        looked = looked if index is None else looked[index : index + 1]
        wrong = [
            (position, value)
            for position, value in looked
            if value and not _is_listed(value, checked["v"], value.lstrip(b"-").isdigit())
        ]
        if not wrong:
            return []
        position, value = wrong[0]
        if checked["k"] == "D":
            return [ValueFault("module/value-not-defined-term", "note", position, value)]
        rule = "module/required-value" if len(checked["v"]) == 1 else "module/value-not-enumerated"
        return [ValueFault(rule, severity, position, value, ", ".join(checked["v"][:8]))]


def _spellings(values: list[str]) -> list[bytes]:
    spelled: list[bytes] = []
    for value in values:
        raw = value.encode("utf-8")
        spelled.append(raw)
        if len(raw) & 1:
            spelled.append(raw + b" ")
    return spelled


def _is_listed(value: bytes, values: list[str], numeric: bool) -> bool:
    if numeric:
        number = _as_number(value)
        if number is not None:
            return any(_same_number(number, text) for text in values)
    return value.decode("utf-8", "replace") in values


def _same_number(number: float, text: str) -> bool:
    listed = _list_number(text)
    return listed is not None and (number == listed or (number - listed) % 65536 == 0)


def _list_number(text: str) -> float | None:
    text = text.strip()
    try:
        if text[-1:] in "Hh" and len(text) == 5:
            return int(text[:-1], 16)
        return float(text)
    except ValueError:
        return None


def _as_number(value: bytes) -> float | None:
    try:
        return float(value)
    except ValueError:
        return None
