"""Join the two sources of PS3.3 facts into one set of rows.

The Module tables (structure and parsed text) are the base. From dicom3tools come what they lack:
`verify` rows (constraints that PS3.3 states in prose), rows unknown to the tables, and the content
constraints of IODs (its `*Pseudo` Modules). What only dicom3tools says is marked `s3` and never
gives more than a warning, the Pseudo Modules aside.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

__all__ = ["Facts", "apply_overrides", "flatten", "join", "pseudo_modules"]

Row = dict[str, Any]


class Facts:
    """The loaded source: `iods`, `modules`, `fg`, `lists` by key, and dicom3tools' blocks."""

    def __init__(self, iods: Any, modules: Any, macros: Any, d3: Any, links: dict[str, str]) -> None:
        self.iods: dict[str, Any] = copy.deepcopy(iods["iods"])
        self.modules: dict[str, Any] = copy.deepcopy(modules["modules"])
        self.fg: dict[str, Any] = copy.deepcopy(macros["fg"])
        self.lists: dict[str, Any] = copy.deepcopy(macros["lists"])
        self.conditions: dict[str, Any] = copy.deepcopy(d3["conditions"])
        self.d3_iods: dict[str, Any] = d3["iods"]
        self.d3_modules: dict[str, list[Row]] = d3["modules"]
        self.d3_macros: dict[str, list[Row]] = d3["macros"]
        self.values: dict[str, list[str]] = d3["values"]
        self.uids: dict[str, str] = d3["uids"] | {
            "LabelMapSegmentationStorageSOPClassUID": "1.2.840.10008.5.1.4.1.1.66.7"
        }
        self.links = links
        self.pseudo: dict[str, list[str]] = {}

    def rows(self, where: str) -> list[Row]:
        """Return the rows of "module:KEY", "list:KEY" or "fg:KEY"."""
        kind, _, key = where.partition(":")
        block = {"module": self.modules, "list": self.lists, "fg": self.fg}[kind]
        rows: list[Row] = block[key]["rows"]
        return rows


def apply_overrides(facts: Facts, entries: list[dict[str, Any]]) -> None:
    """Apply the reviewed overrides in their order.

    Raises KeyError or ValueError if an entry does not fit the facts: a stale override is a bug.
    """
    for number, entry in enumerate(entries):
        kind = entry["where"].partition(":")[0]
        if kind == "iod":
            _override_iod(facts, entry)
        elif kind == "d3condition":
            _override_condition(facts, entry)
        elif kind == "d3values":
            del facts.values[entry["where"].partition(":")[2]]
        elif kind == "use":
            _override_use(facts, entry)
        else:
            _override_rows(facts, entry, number)


def _override_iod(facts: Facts, entry: dict[str, Any]) -> None:
    key = entry["where"].partition(":")[2]
    for change, value in entry["change"].items():
        if change != "add_d3_module":
            raise ValueError(f"unknown change {change} of {entry['where']}")
        facts.pseudo.setdefault(key, []).append(value)


def _override_use(facts: Facts, entry: dict[str, Any]) -> None:
    """Change how an IOD uses a Module ("use:IOD/MODULE") or Functional Group ("use:IOD/fg:GROUP")."""
    iod, _, module = entry["where"].partition(":")[2].partition("/")
    block, name = ("fg", "g") if module.startswith("fg:") else ("modules", "m")
    module = module.removeprefix("fg:")
    for use in facts.iods[iod][block]:
        if use[name] == module:
            use.update(entry["change"])
            return
    raise KeyError(entry["where"])


def _override_condition(facts: Facts, entry: dict[str, Any]) -> None:
    key, change = entry["where"].partition(":")[2], entry["change"]
    if "tests" in change:
        facts.conditions[key] = change["tests"]
        return
    if change.get("drop"):
        del facts.conditions[key]
        return
    wanted = change["remove_test"]
    tests = facts.conditions[key]
    matching = [test for test in tests if all(test.get(name) == value for name, value in wanted.items())]
    if not matching:
        raise ValueError(f"no such test in {key}")
    tests.remove(matching[0])
    if "label_map_too" in change:
        twin = json.dumps(tests[-1]).replace(
            "SegmentationStorageSOPClassUID", "LabelMapSegmentationStorageSOPClassUID"
        )
        tests.append(json.loads(twin))


def _override_rows(facts: Facts, entry: dict[str, Any], number: int) -> None:
    where, path, change = entry["where"], entry["path"], dict(entry["change"])
    if "append_rows_from" in change:
        source, *keywords = change["append_rows_from"]
        by_keyword = {row["kw"]: row for row in facts.rows(source)}
        facts.rows(where).extend(copy.deepcopy(by_keyword[keyword]) for keyword in keywords)
        return
    if "add_row" in change:
        facts.rows(where).append(change["add_row"])
        return
    rows = facts.rows(where)
    *parents, keyword = path.split("/")
    for parent in parents:
        rows = _own_list(facts, _row(rows, parent), number)
    row = _row(rows, keyword)
    for name, value in change.items():
        _change_row(facts, row, name, value, number)


def _change_row(facts: Facts, row: Row, name: str, value: Any, number: int) -> None:
    if name == "enum_add":
        for entry in row["enum"]:
            entry["v"] = [*entry["v"], *value]
        row["d3v_add"] = value
    elif name == "child_type":
        rows = _own_list(facts, row, number)
        for keyword, attribute_type in value.items():
            _row(rows, keyword)["type"] = attribute_type
    elif name in ("note", "inc_text"):
        return
    elif name in _ROW_CHANGES:
        if value is None:
            row.pop(name, None)
        else:
            row[name] = value
    else:
        raise ValueError(f"unknown change {name}")


_CONDITION_CHANGES = {"inc", "pc", "bad", "src", "mbp", "mbpo", "d3", "required_if_iod_has", "unsure_if"}
_ROW_CHANGES = _CONDITION_CHANGES | {"overrides", "type", "enum", "n", "d3v", "d3k", "verify"}


def _row(rows: list[Row], keyword: str) -> Row:
    for row in rows:
        if row["kw"] == keyword:
            return row
    raise KeyError(keyword)


def _own_list(facts: Facts, row: Row, number: int) -> list[Row]:
    """Give a row an item list of its own, so that a change does not reach others; return its rows."""
    own = f"{row['items'].partition('~')[0]}~{number}"
    if row["items"] != own:
        facts.lists[own] = copy.deepcopy(facts.lists[row["items"]])
        row["items"] = own
    rows: list[Row] = facts.lists[own]["rows"]
    return rows


def flatten(facts: Facts, rows: list[Row], inc: tuple[str, ...] = (), depth: int = 0) -> list[Row]:
    """Return dicom3tools rows with their macros expanded; `inc` names the invocation conditions."""
    result: list[Row] = []
    if depth > 8:
        return result
    for row in rows:
        if "macro" in row:
            condition = (row["cond"],) if "cond" in row else ()
            result += flatten(facts, facts.d3_macros.get(row["macro"], []), (*inc, *condition), depth + 1)
        else:
            result.append({**row, "inc": inc} if inc else row)
    return result


def join(facts: Facts, tag_of: Callable[[str], int | None]) -> None:
    """Attach what dicom3tools adds to the rows of every linked Module."""
    found: dict[str, list[tuple[dict[str, Row], dict[str, Row]]]] = {}
    visited: set[tuple[str, str]] = set()

    def pair(where: str, rows: list[Row], path: str, depth: int) -> None:
        if (where, path) in visited or depth > 12:
            return
        visited.add((where, path))
        ours = {row["kw"]: row for row in facts.rows(where)}
        verify: dict[str, Row] = {}
        extra: dict[str, Row] = {}
        for row in flatten(facts, rows):
            keyword = row.get("verify") or row.get("kw")
            if keyword is None or tag_of(keyword) is None:
                continue
            if "verify" in row:
                verify[json.dumps(row, sort_keys=True)] = row
            elif keyword not in ours:
                extra[f"{keyword}{row.get('inc', '')}"] = row
            else:
                if "i" in row:
                    ours[keyword]["d3i"] = row["i"]
            if keyword in ours and "verify" not in row and "items" in row and ours[keyword].get("items"):
                pair(f"list:{ours[keyword]['items']}", row["items"], f"{path}/{keyword}", depth + 1)
        found.setdefault(where, []).append((verify, extra))

    for ours, theirs in facts.links.items():
        if ours in facts.modules and theirs in facts.d3_modules:
            pair(f"module:{ours}", facts.d3_modules[theirs], theirs, 0)
    for key, group in facts.fg.items():
        for macro in _macros_of(facts, group):
            pair(f"fg:{key}", facts.d3_macros[macro], macro, 0)
    for where, pairs in found.items():
        _attach(facts, where, pairs)


def _macros_of(facts: Facts, group: dict[str, Any]) -> list[str]:
    """Return dicom3tools' macro for a Functional Group Macro: the one that starts with its Sequence."""
    first = group["rows"][0]["kw"] if group["rows"] else ""
    wanted = group["name"].lower().replace(" ", "").replace("-", "").replace("/", "")
    return [
        name
        for name, rows in facts.d3_macros.items()
        if name.lower() == f"{wanted}macro" and any(row.get("kw") == first for row in rows)
    ]


def _attach(facts: Facts, where: str, pairs: list[tuple[dict[str, Row], dict[str, Row]]]) -> None:
    """Attach to a list what every one of its counterparts in dicom3tools has."""
    rows = facts.rows(where)
    by_keyword = {row["kw"]: row for row in rows}
    for key, row in pairs[0][0].items():
        if all(key in verify for verify, _ in pairs):
            target = by_keyword.get(row["verify"])
            if target is not None:
                target.setdefault("verify", []).append(row)
    for key, row in pairs[0][1].items():
        if all(key in extra for _, extra in pairs):
            rows.append({**row, "s3": 1})


def pseudo_modules(facts: Facts, iod: str, d3: str) -> list[tuple[str, str]]:
    """Return (dicom3tools Module, condition) of the content constraints of an IOD."""
    result = [(name, "") for name in facts.pseudo.get(iod, ())]
    for use in facts.d3_iods.get(d3, {}).get("modules", ()):
        if use["m"].endswith("Pseudo") and use["m"] in facts.d3_modules:
            entry = (use["m"], use.get("cond", ""))
            if entry not in result and (use["m"], "") not in result:
                result.append(entry)
    return result
