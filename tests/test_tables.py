"""What the rows of the tables may say: their vocabulary, their provenance, and what overrides do.

That the tables are what their source gives is in test_standard_tables.py.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dcmlint.allowed import AllowedValues
from dcmlint.constraint import STATEMENTS, statement
from dcmlint.rows import Part, RowPlan
from dcmlint.standard.adopt import read_records
from dcmlint.standard.compile import _keyword_tags
from dcmlint.standard.dictionary import entry
from dcmlint.standard.location import EMBEDDED
from dcmlint.standard.merge import Facts, apply_overrides, join

SOURCE = Path(__file__).parents[1] / "standard"
RECORDS, _ = read_records(EMBEDDED)
ROWS = [(name, row) for name, found in RECORDS.items() if not name.startswith("c:") for row in found["rows"]]

PROVENANCE = {"", "R", "L", "P", "K", "-"}
"""exact text of 2020, exact text of 2025b, equal lists, same parent, same keyword, no text."""

OVERRIDES: list[dict[str, Any]] = json.loads((SOURCE / "overrides.json").read_text())
REMARKS = {"note", "inc_text"}
"""Changes that tell the reader something and leave the facts as they are."""


def conditions(row: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the parsed conditions of a row, whole."""
    waiting = [row.get("c"), row.get("a", {}).get("c"), *(each.get("c") for each in row.get("e", ()))]
    yield from (condition for condition in waiting if condition is not None)


def single_tests(condition: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the single tests of a parsed condition."""
    for name in ("&", "|"):
        if name in condition:
            for part in condition[name]:
                if part is not None:
                    yield from single_tests(part)
    if "o" in condition:
        yield condition
    if condition.get("z") is not None:
        yield from single_tests(condition["z"])


def d3_tests(tests: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for test in tests:
        yield test
        yield from d3_tests(test.get("g", []))


def test_rows_know_where_they_come_from() -> None:
    assert {row.get("x", "") for _, row in ROWS} == PROVENANCE
    assert {row.get("s", 0) for _, row in ROWS} == {0, 1}
    assert {row.get("b", "") for _, row in ROWS} <= {"", "over", "under"}


def test_rows_have_a_type_and_a_tag_of_the_dictionary() -> None:
    for name, row in ROWS:
        assert row["y"] in ("", "1", "1C", "2", "2C", "3"), (name, row)
        assert entry(row["t"]) is not None, (name, hex(row["t"]))
        assert not row["t"] & 0x10000, (name, hex(row["t"]))


def test_numbers_of_items_can_be_read() -> None:
    found = {row["n"] for _, row in ROWS if "n" in row}
    assert found
    for allowed in found:
        low, _, high = allowed.partition("-")
        assert low.isdigit()
        assert high in ("", "n") or int(high) >= int(low)


def test_only_sequences_have_items() -> None:
    for name, row in ROWS:
        if "i" in row or "n" in row:
            known = entry(row["t"])
            assert known is not None
            assert known.vr == "SQ", (name, known)


def test_parsed_conditions_use_the_operators_that_are_evaluated() -> None:
    kinds, operators = set(), set()
    for _, row in ROWS:
        for condition in conditions(row):
            for test in single_tests(condition):
                operators.add(test["o"])
                assert entry(test["t"]) is not None
                assert test["o"] in ("+", "++", "-") or test.get("v"), test
        if "c" in row:
            kinds.add(row["c"]["k"])
    assert operators <= {"+", "++", "-", "=", "!=", ">", "<", "=>"}
    assert {"+", "-", "=", "!=", ">"} <= operators
    assert kinds <= {"MU", "MN", "MC", "NU"}
    assert {"MU", "MN", "MC"} <= kinds


def test_dicom3tools_conditions_use_the_tests_that_are_evaluated() -> None:
    places, kinds, operators = set(), set(), set()
    for name, found in RECORDS.items():
        for test in d3_tests(found) if name.startswith("c:") else ():
            operators.add(test.get("o", "or"))
            if "g" not in test:
                places.add(test.get("w", "item"))
                kinds.add(re.sub(r"[=>\d]+$", "", test["k"]))
    assert operators <= {"or", "and", "xor"}
    assert places <= {"item", "root", "parent", "path", "path1", "within"}
    assert kinds <= {"present", "hasvalue", "str", "num", "tag", "items", "group"}


def test_value_lists_are_lists_of_values() -> None:
    for name, row in ROWS:
        for listed in (*row.get("e", ()), *([row["q"]] if "q" in row else ())):
            assert listed["k"] in ("E", "D", "?"), (name, row)
            assert listed["v"], (name, row)
            assert all(isinstance(value, str) for value in listed["v"])
            assert listed.get("i", 1) >= 1
        for constraint in row.get("v", ()):
            assert constraint["k"] in ("E", "D", "value", "forbid", "nonzero"), (name, constraint)
            assert constraint["k"] not in ("E", "D") or constraint["v"], (name, constraint)


def test_every_row_can_be_compiled() -> None:
    part = Part("m:test", "Test", "PS3.3")
    for _, row in ROWS:
        plan = RowPlan(row, part, frozenset())
        assert (plan.parsed is None) is ("c" not in row)
        assert (plan.d3 is None) is (row.get("d") is None)
        if plan.has_values:
            assert isinstance(plan.allowed, AllowedValues)


def test_every_constraint_is_said_in_words() -> None:
    names = {constraint["w"] for _, row in ROWS for constraint in row.get("v", ()) if "w" in constraint}
    assert names
    for name in names:
        assert name in STATEMENTS, name
        assert not re.search(r"[a-z][A-Z]{1}[a-z]+[A-Z]", statement(name)), statement(name)


def test_a_constraint_of_a_fetched_edition_is_taken_apart() -> None:
    assert statement("SliceLocationIsNegativeAndNotCT") == "slice location is negative and not CT"
    assert statement("") == ""


def facts() -> Facts:
    names = ("iods", "modules", "macros", "dicom3tools", "dicom3tools_links")
    loaded = {name: json.loads((SOURCE / f"{name}.json").read_text()) for name in names}
    links = loaded.pop("dicom3tools_links")["modules"]
    return Facts(*loaded.values(), links)


def concerned(found: Facts, where: str) -> str:
    """Return the part of the facts that an override of `where` may change."""
    kind, _, key = where.partition(":")
    if kind == "iod":
        return json.dumps(found.pseudo.get(key))
    if kind == "d3condition":
        return json.dumps(found.conditions.get(key))
    if kind == "use":
        iod = found.iods[key.partition("/")[0]]
        return json.dumps([iod["modules"], iod.get("fg")])
    return json.dumps(found.rows(where))


def test_every_override_changes_something() -> None:
    found = facts()
    for number, override in enumerate(OVERRIDES):
        before = concerned(found, override["where"])
        apply_overrides_at(found, number)
        changed = concerned(found, override["where"]) != before
        assert changed or set(override["change"]) <= REMARKS, override


def apply_overrides_at(found: Facts, number: int) -> None:
    """Apply one override. The others of the list are blank, so that it keeps its number."""
    blank = {"where": "module:patient", "path": "PatientName", "change": {"note": ""}}
    apply_overrides(found, [*[blank] * number, OVERRIDES[number]])


@pytest.mark.parametrize(
    "change",
    [
        {"where": "module:no-such-module", "path": "PatientName", "change": {"type": "1"}},
        {"where": "module:patient", "path": "NoSuchKeyword", "change": {"type": "1"}},
        {"where": "module:patient", "path": "PatientName", "change": {"no_such_change": 1}},
        {"where": "d3condition:NoSuchCondition", "change": {"remove_test": {}}},
        {"where": "use:ct-image/no-such-module", "change": {"u": "M"}},
        {"where": "iod:ct-image", "change": {"no_such_change": 1}},
    ],
)
def test_a_stale_override_is_an_error(change: dict[str, Any]) -> None:
    with pytest.raises((KeyError, ValueError)):
        apply_overrides(facts(), [change])


def test_overrides_cite_a_section() -> None:
    for override in OVERRIDES:
        assert re.search(r"PS3\.\d+|dicom3tools|dciodvfy|corpus|[A-Z]\.\d", override["citation"]), override


def test_joining_adds_what_dicom3tools_alone_says_and_marks_it() -> None:
    found = facts()
    before = sum(len(module["rows"]) for module in found.modules.values())
    join(found, _keyword_tags((SOURCE / "dictionary.tsv").read_text()).get)
    added = [row for module in found.modules.values() for row in module["rows"] if row.get("s3")]
    assert sum(len(module["rows"]) for module in found.modules.values()) == before + len(added)
    assert added
