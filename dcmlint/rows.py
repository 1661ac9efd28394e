"""One row of a Module, Macro or item list, ready to run: when it is required, when it is forbidden,
which values it allows.

How far each verdict is trusted follows the provenance of the row: a Type 1C or 2C is an error only
where the text is exact and the parsed condition and dicom3tools agree as far as both speak.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from dcmlint.allowed import AllowedValues
from dcmlint.condition import Condition, compile_parsed, is_local, parsed_reads
from dcmlint.d3_condition import compile_d3, d3_is_local, d3_reads
from dcmlint.model import Severity
from dcmlint.read.item import Item
from dcmlint.standard.shards import editions

__all__ = ["Part", "RowPlan"]


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


_UNSET: Any = object()


class RowPlan:
    """One row in the context of its part.

    `wakes` are the atoms of which one must hold for the row to be required (`dcmlint.trigger`).

    `required_type` is "1", "2" for unconditional rows, "1C", "2C" for conditional ones, "3" else.
    """

    __slots__ = (
        "_allowed",
        "_asks",
        "_d3",
        "_flawed",
        "_included",
        "_invoked",
        "_is_local",
        "_kind",
        "_local",
        "_otherwise",
        "_parsed",
        "_reads",
        "exact",
        "items",
        "part",
        "row",
        "strict",
        "tag",
        "type",
        "wakes",
    )

    def __init__(self, row: dict[str, Any], part: Part, local_tags: frozenset[int]) -> None:
        self.row = row
        self.part = part
        self.tag: int = row["t"]
        self.type: str = "3" if part.optional else row["y"] or "3"
        self.items: str | None = row.get("i")
        self.exact = row.get("x", "") in ("", "R") and not row.get("s")
        self.wakes: Any = None
        self.strict = part.strict and (not row.get("s") or part.record.startswith("p:"))
        self._local = local_tags
        self._parsed: Condition | None = _UNSET
        self._d3: Condition | None = _UNSET
        self._is_local: bool | None = None
        self._reads: Any = _UNSET
        self._included: list[Condition] | None = None
        self._allowed: AllowedValues | None = None
        self._asks: tuple[Condition | None, Condition | None] | None = None
        self._invoked = "a" in row
        self._kind: str = (row.get("c") or {}).get("k", "")
        self._flawed = "b" in row
        self._otherwise = bool(row.get("m") or row.get("p"))

    @property
    def local_tags(self) -> frozenset[int]:
        """The tags of the row's own item list."""
        return self._local

    @property
    def conditional(self) -> bool:
        """Whether Type and presence depend on a condition."""
        return self.type in ("1C", "2C") or "a" in self.row

    @property
    def may_forbid(self) -> bool:
        """Whether the row's presence can be a fault at all."""
        if self._kind in ("NU", "MN", "MC"):
            return True
        return self.type in ("1C", "2C") and self.row.get("d") is not None and not self._otherwise

    @property
    def local(self) -> bool:
        """Whether nothing that the row asks lies outside its own Item."""
        if self._is_local is None:
            self._is_local = self._asks_here()
        return self._is_local

    def _asks_here(self) -> bool:
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
    def reads(self) -> frozenset[int] | None:
        """The tags of the Item whose values decide on the row's presence; None = others outside do."""
        if self._reads is _UNSET:
            self._reads = self._tags_read()
        reads: frozenset[int] | None = self._reads
        return reads

    def _tags_read(self) -> frozenset[int] | None:
        row = self.row
        included = row.get("a", {})
        found: frozenset[int] = frozenset()
        for condition in (row.get("c"), (row.get("c") or {}).get("z"), included.get("c")):
            tags = parsed_reads(condition, self._local)
            if tags is None:
                return None
            found |= tags
        for name in (row.get("d"), *included.get("d", ())):
            tags = d3_reads(name) if name else frozenset()
            if tags is None:
                return None
            found |= tags
        return found

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
        """Return how surely the row is required here: "error", "warning", or None.

        "note" where the standard asks for what no Data Set says, and nothing speaks against it.
        """
        if self._asks is None:
            asked = self.parsed if self._kind in ("MU", "MN", "MC") else None
            self._asks = (asked, self.d3)
        if self._invoked and not self.included(item):
            return None
        if self.type in ("1", "2"):
            return self._ceiling("error")
        asked, d3 = self._asks
        parsed = asked(item) if asked is not None else None
        found = d3(item) if d3 is not None else None
        if not parsed and not found:
            maybe = self.row.get("u")
            return "note" if maybe is not None and compile_d3(maybe)(item) else None
        if parsed and self.row.get("b") == "over":
            parsed = None
        if found and parsed is not False and self.exact:
            return self._ceiling("error")
        return "warning" if parsed or found else None

    def surely_not_required(self, item: Item) -> bool:
        """Tell whether the condition of a 1C or 2C row is false as far as anyone can say."""
        values = [condition(item) for condition in (self.parsed, self.d3) if condition is not None]
        return any(value is False for value in values) or not self.included(item)

    def forbidden(self, item: Item) -> Severity | None:
        """Return how surely the row, which is present, may not be: "error", "warning", or None.

        PS3.5 7.4.2, 7.4.4: what is required under a condition is allowed otherwise only where PS3.3
        says so; a parsed condition alone is no proof of that.
        """
        if self._invoked and not self.included(item):
            return None
        kind = self._kind
        if kind not in ("NU", "MN", "MC") and self.type not in ("1C", "2C"):
            return None
        asked = self.parsed
        parsed = asked(item) if asked is not None and not self._flawed else None
        if kind == "NU":
            return self._ceiling("error" if self.exact else "warning") if parsed else None
        d3 = self.d3
        if parsed or (parsed is None and (self._otherwise or d3 is None)):
            return None
        if parsed is None and asked is not None and not self._flawed:
            return None
        found = d3(item) if d3 is not None else None
        maybe = self.row.get("u")
        if not found and maybe is not None and compile_d3(maybe)(item):
            return None
        if kind == "MN" and parsed is False:
            return self._ceiling("error" if self.exact and not found else "warning")
        if kind == "MC" and parsed is False:
            return self._forbidden_otherwise(item)
        if found is not False or self._otherwise:
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

    @property
    def allowed(self) -> AllowedValues:
        """The compiled value lists of the row."""
        if self._allowed is None:
            sure = self.part.record.startswith("p:") and self.part.record != "p:CheckSingleFramePseudo"
            self._allowed = AllowedValues(
                self.row,
                self._local,
                exact=self.exact,
                strict=self.strict,
                severity="error" if sure and self.strict else "warning",
            )
        return self._allowed
