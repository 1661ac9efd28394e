"""Compile the joined facts into records: IOD shards, Modules, item lists, conditions.

A row is a small object with one-letter keys, read by `dcmlint.rows`:

    t tag, y Type, i item list, n number of Items allowed, k dicom3tools keyword only
    c parsed condition, d dicom3tools condition, b known parser error ("over", "under")
    x where the text comes from ("" exact 2020, R exact 2025b, L P K similar rows, - none)
    m "may be present otherwise" (dicom3tools), p "may be present" (text)
    e value lists: {k E|D|?, v values, i value number, c condition, s linked or undecidable}
    q dicom3tools' value set {k E|D, v values}
    v constraints in prose: {d condition, i value index, k kind, v values, s severity}
    u dicom3tools condition under which nobody can tell: a note
    a invocation condition of the macro the row comes from, o Modules whose row it overrides
    r "perframe": required if a mandatory Functional Group is per-frame only
    s said by dicom3tools only
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from dcmlint.standard.merge import Facts, flatten, pseudo_modules

__all__ = ["Compiler"]

_BY_POSITION = frozenset({"ImageType", "FrameType", "SeriesType"})
"""Attributes each of whose values has a list of its own: lists without a position say nothing."""

_OPEN = frozenset({"CodingSchemeDesignator"})
"""Attributes whose lists are no restriction: any private coding scheme is allowed (PS3.16 8)."""

Row = dict[str, Any]
TagOf = Callable[[str], "int | None"]


class Compiler:
    """Turns joined facts into records; `tag_of` resolves keywords (None = unknown)."""

    def __init__(self, facts: Facts, tag_of: TagOf, vr_of: Callable[[int], str]) -> None:
        self.facts = facts
        self.vr_of = vr_of
        self.tag_of = tag_of
        self.records: dict[str, Any] = {}

    def compile(self) -> dict[str, Any]:
        """Return the records by id: "m:" Modules, "l:" item lists, "g:" Functional Group Macros,
        "c:" dicom3tools conditions, "p:" dicom3tools Pseudo Modules."""
        facts = self.facts
        for prefix, block in (("m", facts.modules), ("l", facts.lists), ("g", facts.fg)):
            for key, entry in block.items():
                record = {"rows": [self._row(row, f"{prefix}:{key}") for row in entry["rows"]]}
                for name in ("name", "sect", "new"):
                    if name in entry:
                        record[name] = entry[name]
                self.records[f"{prefix}:{key}"] = record
        return self.records

    def iod(self, key: str, d3: str) -> dict[str, Any]:
        """Return the shard of an IOD: its Modules, Functional Groups and content constraints."""
        entry = self.facts.iods[key]
        uses = self.facts.d3_iods.get(d3, {}).get("modules", ())
        needs = {use["m"]: use for use in uses}
        modules = [self._use(use, needs) for use in entry["modules"]]
        shard: dict[str, Any] = {"name": entry["name"], "sect": entry["sect"], "modules": modules}
        if d3:
            shard["d3"] = d3
        if "fg" in entry:
            shard["fg"] = [self._use(use, {}) for use in entry["fg"]]
        pseudo = []
        for name, condition in pseudo_modules(self.facts, key, d3):
            self._d3_module(f"p:{name}", name)
            pseudo.append([name, self._condition(condition)] if condition else [name])
        if pseudo:
            shard["pseudo"] = pseudo
        return shard

    def _use(self, use: Row, needs: dict[str, Row]) -> Row:
        kept = {key: value for key, value in use.items() if key not in ("pc", "bad")}
        if "pc" in use and use.get("bad", "")[:4] != "over":
            condition = self._parsed(use["pc"])
            if condition:
                kept["c"] = condition
        link = self.facts.links.get(use.get("m", ""))
        if link in needs:
            kept["l"] = 1
            if "cond" in needs[link]:
                kept["d"] = self._condition(needs[link]["cond"])
        return kept

    def _row(self, row: Row, where: str) -> Row:
        if row.get("s3"):
            return self._d3_row(row, where)
        kept: Row = {"t": _tag(row["tag"]), "y": row.get("type") or ""}
        for short, name in (("i", "items"), ("n", "n"), ("o", "overrides")):
            if name in row:
                kept[short] = row[name]
        if "required_if_iod_has" in row:
            kept["r"] = "perframe"
        self._conditions(row, kept)
        verify = [checked for checked in map(self._verify, row.get("verify", ())) if checked]
        if verify:
            kept["v"] = verify
        if "inc" in row:
            kept["a"] = {"c": self._test(row["inc"])}
        several = row["kw"] in _BY_POSITION
        values = [self._values(entry) for entry in row.get("enum", ()) if "i" in entry or not several]
        if self.vr_of(kept["t"]) == "AT":
            values = [{**entry, "v": _pointers(entry["v"])} for entry in values]
        values = [entry for entry in values if self._fits(kept["t"], entry["v"])]
        if row["kw"] in _OPEN:
            return kept
        if values:
            kept["e"] = values
        if "d3v" in row and row["d3v"] in self.facts.values and ("d3i" in row or not several):
            d3_values = [*self._set(row["d3v"]), *row.get("d3v_add", ())]
            if not self._fits(kept["t"], d3_values):
                return kept
            kept["q"] = {"k": row.get("d3k", "D"), "v": d3_values}
            if "d3i" in row:
                kept["q"]["i"] = row["d3i"] + 1
        return kept

    def _fits(self, tag: int, values: list[str]) -> bool:
        """Tell whether a value list can be of this Attribute: no words where the VR is a number."""
        if self.vr_of(tag) not in ("AT", "DS", "FD", "FL", "IS", "SL", "SS", "UL", "US"):
            return True
        return all(
            value.strip().rstrip("Hh").replace(".", "").lstrip("-").isalnum() for value in values
        ) and any(value[:1].isdigit() or value[:1] == "-" for value in values)

    def _conditions(self, row: Row, kept: Row) -> None:
        if "pc" in row:
            parsed = self._parsed(row["pc"])
            if parsed:
                kept["c"] = parsed
        if "d3" in row:
            if row["d3"] in self.facts.conditions:
                kept["d"] = self._condition(row["d3"])
            elif row["d3"] in ("Always", "Never"):
                kept["d"] = row["d3"]
        if "unsure_if" in row:
            kept["u"] = self._condition(row["unsure_if"])
        if row.get("src"):
            kept["x"] = row["src"]
        if row.get("bad"):
            kept["b"] = row["bad"].partition(":")[0]
        if row.get("mbpo"):
            kept["m"] = 1
        if row.get("mbp"):
            kept["p"] = 1

    def _values(self, entry: Row) -> Row:
        kept: Row = {"k": entry["k"], "v": [str(value) for value in entry["v"]]}
        if "i" in entry:
            kept["i"] = entry["i"]
        if "p" in entry:
            parsed = self._parsed(entry["p"])
            kept["c"] = parsed or None
        if entry.get("via") or entry.get("y"):
            kept["s"] = 1
        if entry.get("u"):
            kept["c"] = None
        return kept

    def _verify(self, row: Row) -> Row | None:
        """Return a constraint of dicom3tools: a value set, a fixed VM, or a condition that is a fault."""
        kept: Row = {}
        if "cond" in row:
            if row["cond"] not in self.facts.conditions:
                return None
            kept["d"] = self._condition(row["cond"])
        for condition in row.get("inc", ()):
            kept.setdefault("a", []).append(self._condition(condition))
        if "i" in row:
            kept["i"] = row["i"]
        for name, kind in (("senum", "E"), ("benum", "E"), ("tenum", "E"), ("sterm", "D")):
            prefix = {"s": "S:", "b": "B:", "t": "T:"}[name[0]]
            if name in row and prefix + row[name] in self.facts.values:
                return {**kept, "k": kind, "v": self._set(prefix + row[name])}
        if "say" in row and "d" in kept:
            name = str(row["cond"])
            return {**kept, "k": row["say"][1:], "s": row["say"][0], "w": name}
        if row.get("nzE") or row.get("nzW"):
            return {**kept, "k": "nonzero", "s": "E" if row.get("nzE") else "W"}
        return None

    def _set(self, name: str) -> list[str]:
        """Return a value set by name ("S:" strings, "B:" integers, "T:" tags), numbers in decimal."""
        values = self.facts.values[name]
        if name[:2] == "S:":
            return list(values)
        if name[:2] == "B:":
            return [str(int(value, 16 if value[:2] == "0x" else 10)) for value in values]
        return [str(int(value[2:6] + value[-4:], 16)) for value in values]

    def _d3_module(self, record: str, name: str) -> None:
        if record not in self.records:
            self.records[record] = {"name": name, "rows": []}
            rows = self._d3_rows(flatten(self.facts, self.facts.d3_modules[name]), record)
            self.records[record]["rows"] = rows

    def _d3_rows(self, rows: list[Row], where: str) -> list[Row]:
        """Return rows of dicom3tools, its `verify` rows folded into the rows of their Attribute."""
        result: dict[int, Row] = {}
        for row in rows:
            keyword = row.get("verify") or row.get("kw")
            tag = self.tag_of(keyword) if keyword else None
            if tag is None:
                continue
            if "verify" in row:
                checked = self._verify(row)
                if checked:
                    target = result.setdefault(tag, {"t": tag, "y": "3", "s": 1})
                    target.setdefault("v", []).append(checked)
            else:
                result[tag] = {**result.get(tag, {}), **self._d3_row(row, where)}
        return list(result.values())

    def _d3_row(self, row: Row, where: str) -> Row:
        tag = self.tag_of(row["kw"])
        assert tag is not None
        kept: Row = {"t": tag, "y": row.get("type", "3"), "s": 1}
        if "cond" in row:
            known = row["cond"] in self.facts.conditions or row["cond"] in ("Always", "Never")
            kept["d"] = self._condition(row["cond"]) if known else None
        elif kept["y"].endswith("C"):
            kept["d"] = None
        if row.get("mbpo"):
            kept["m"] = 1
        if row.get("inc"):
            kept["a"] = {"d": [self._condition(name) for name in row["inc"]]}
        for name, kind in (("senum", "E"), ("benum", "E"), ("tenum", "E"), ("sterm", "D")):
            prefix = {"s": "S:", "b": "B:", "t": "T:"}[name[0]]
            if name in row and prefix + row[name] in self.facts.values:
                checked = {"k": kind, "v": self._set(prefix + row[name])}
                if "i" in row:
                    checked["i"] = row["i"]
                kept.setdefault("v", []).append(checked)
        if "items" in row:
            kept["i"] = f"d3:{where.partition(':')[2]}/{row['kw']}"
            record = f"l:{kept['i']}"
            if record not in self.records:
                self.records[record] = {"rows": []}
                rows = self._d3_rows(flatten(self.facts, row["items"]), f"l:{kept['i']}")
                self.records[record]["rows"] = rows
        return kept

    def _parsed(self, condition: Row) -> Row | None:
        """Return a parsed condition without its unknown forms, None if it says nothing."""
        if condition.get("type") == "U":
            return None
        kept = self._test(condition)
        if kept is None:
            return None
        kept["k"] = condition.get("type", "MU")
        if "other_cond" in condition:
            other = self._test(condition["other_cond"])
            kept["z"] = other
        return kept

    def _test(self, condition: Row) -> Row | None:
        for name in ("and", "or"):
            if name in condition:
                return {"&" if name == "and" else "|": [self._test(part) for part in condition[name]]}
        if "op" not in condition:
            return None
        kept: Row = {"o": condition["op"], "t": _tag(condition["tag"])}
        if "values" in condition:
            kept["v"] = [str(value) for value in condition["values"]]
        if condition.get("index"):
            kept["i"] = condition["index"]
        if condition.get("scope") == "item":
            kept["l"] = 1
        return kept

    def _condition(self, name: str) -> str:
        """Record a dicom3tools condition and return its name."""
        if name not in ("Always", "Never") and f"c:{name}" not in self.records:
            self.records[f"c:{name}"] = self._d3_tests(self.facts.conditions[name])
        return name

    def _d3_tests(self, tests: list[Row]) -> list[Row]:
        return [self._d3_test(test) for test in tests]

    def _d3_test(self, test: Row) -> Row:
        kept: Row = {}
        if test.get("op"):
            kept["o"] = test["op"]
        if test.get("not"):
            kept["n"] = 1
        if "g" in test:
            return {**kept, "g": self._d3_tests(test["g"])}
        tag = self.tag_of(test["el"])
        kept |= {"t": tag, "k": test["t"]}
        if "i" in test:
            kept["i"] = test["i"]
        if "in" in test:
            kept["w"] = test["in"]
            path = test.get("p", [])
            names = path if isinstance(path, list) else path.replace("/", ".").split(".")
            kept["p"] = [self.tag_of(name) for name in names]
        if "v" in test:
            kept["v"] = self._d3_value(test["t"], test["v"])
        if test["t"] == "uidname":
            kept["k"] = "str"
        return kept

    def _d3_value(self, kind: str, value: Any) -> Any:
        if kind == "uidname":
            return self.facts.uids[value]
        if kind == "tag":
            return int(value[2:6] + value[-4:], 16)
        if kind == "num":
            operator, number = value.split()
            return [operator, float(number)]
        return value


def _pointers(values: list[str]) -> list[str]:
    """Return tags written "(gggg,eeee)" or "ggggeeee" in decimal; words stay as they are."""
    bare = [value.strip("()").replace(",", "") for value in values]
    return [str(int(text, 16)) if re.fullmatch("[0-9A-Fa-f]{8}", text) else text for text in bare]


def _tag(text: str) -> int:
    """Return the tag of "(gggg,eeee)"; repeating groups as their first ("60XX" = 6000)."""
    return int(text.strip("()").replace(",", "").upper().replace("X", "0"), 16)
