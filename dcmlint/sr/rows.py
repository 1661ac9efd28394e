"""Rows of templates as the engine uses them: a tree for each TID, and what its parameters stand for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

from dcmlint.standard.templates import ContextGroup, Key, context_group, current, template_record

__all__ = [
    "Bindings",
    "Row",
    "Template",
    "Terms",
    "bindings_of",
    "concept_terms",
    "template",
    "value_terms",
]

Bindings = tuple[tuple[str, str, Any], ...]
"""What parameters stand for: (name, "code" or "cid", code or CID), sorted; parameters left out are open."""


class Terms(NamedTuple):
    """The codes that a concept or value may have: `codes` named one by one, or those of context groups.

    `kind` is "E" (one of them), "D" (defined) or "B" (baseline), "" where that is not known.
    """

    codes: frozenset[Key]
    groups: tuple[ContextGroup, ...]
    kind: str

    def has(self, code: Key) -> bool:
        """Tell whether a code is one of these."""
        if code in self.codes:
            return True
        for group in self.groups:  # noqa: SIM110 - asked of every value, and a generator is slow
            if code in group.members:
                return True
        return False

    @property
    def closed(self) -> bool:
        """Whether no other code is permitted."""
        if self.groups:
            return all(group.extensible is False for group in self.groups)
        return self.kind == "E"


class Row(NamedTuple):
    """One row of a template with the rows nested in it (PS3.16 6.1).

    `asks_rows` if its condition depends on what other rows are filled.
    """

    tid: str
    number: str
    order: int
    value_type: str
    relationship: str
    by_reference: bool
    concept: Mapping[str, Any]
    values: Mapping[str, Any]
    include: str
    bind: Mapping[str, Mapping[str, Any]]
    most: int | None
    requirement: str
    condition: Sequence[Any] | None
    asks_rows: bool
    only: bool
    exclusive: tuple[str, ...]
    alternatives: tuple[str, ...]
    edition: int
    firm: bool
    children: tuple[Row, ...]

    @property
    def name(self) -> str:
        """What the row is, in words: value type and the meaning of its concept."""
        code = self.concept.get("code")
        if code is not None and len(code) > 2:
            return f"{self.value_type} {code[2]}"
        cid = self.concept.get("cid")
        return f"{self.value_type} of CID {cid}" if cid else self.value_type


class Template(NamedTuple):
    """A template: `extensible` and `ordered` are None where that is not known.

    `below` has the rows that are nested in row `order`, those of the first level by -1.
    """

    tid: str
    name: str
    edition: int
    root: bool
    extensible: bool | None
    ordered: bool | None
    below: Mapping[int, tuple[Row, ...]]

    @property
    def rows(self) -> tuple[Row, ...]:
        """The rows of the first level."""
        return self.below[-1]


@cache
def template(tid: str) -> Template | None:
    """Return a template of the tables, None if they do not have it."""
    record = template_record(tid)
    if record is None:
        return None
    rows, _ = _nested(tid, record["rows"], 0, 0)
    return Template(
        tid,
        record["name"],
        record["ed"],
        bool(record.get("root")),
        record.get("extensible"),
        record.get("ordered"),
        {-1: tuple(rows)} | {row.order: row.children for row in _all(rows)},
    )


def _all(rows: Iterable[Row]) -> Iterator[Row]:
    for row in rows:
        yield row
        yield from _all(row.children)


def _nested(tid: str, records: Sequence[dict[str, Any]], start: int, level: int) -> tuple[list[Row], int]:
    """Return the rows of one level from `start` on, and where the level ends."""
    rows: list[Row] = []
    at = start
    while at < len(records) and records[at]["n"] >= level:
        record, number = records[at], at
        children, at = _nested(tid, records, at + 1, level + 1)
        rows.append(_row(tid, number, record, children))
    return rows, at


def _row(tid: str, order: int, record: dict[str, Any], children: list[Row]) -> Row:
    most = record["vm"].rpartition("-")[2]
    condition = _prepared(record["if"]) if "if" in record else None
    return Row(
        tid,
        record["row"],
        order,
        record["vt"],
        record.get("rel", ""),
        bool(record.get("ref")),
        record.get("concept", {}),
        record.get("values", {}),
        record.get("include", ""),
        record.get("bind", {}),
        int(most) if most.isdigit() else None,
        record["req"],
        condition,
        _asks_rows(condition),
        bool(record.get("only")),
        tuple(record.get("xor", ())),
        tuple(record.get("any", ())),
        record["ed"],
        bool(record.get("firm")),
        tuple(children),
    )


def _asks_rows(condition: Any) -> bool:
    if not isinstance(condition, tuple) or not condition:
        return False
    return condition[0] == "row" or any(_asks_rows(each) for each in condition[1:])


def _prepared(condition: Sequence[Any]) -> tuple[Any, ...]:
    """Return a condition with its codes as the codes that stand for them today, and its tests as mappings."""
    kind = condition[0]
    if kind in ("and", "or", "not"):
        return kind, *(_prepared(each) for each in condition[1:])
    if kind == "concept":
        return kind, _keys(condition[1])
    if kind == "parent":
        return kind, _tests(condition[1])
    if kind == "count":
        return kind, condition[1], condition[2], _tests(condition[3]), condition[4], condition[5]
    if kind == "more":
        return kind, *(
            (each[0], each[1], _tests(each[2])) if isinstance(each, list) else each for each in condition[1:]
        )
    return tuple(condition)


def _tests(tests: Mapping[str, Any]) -> dict[str, Any]:
    return {name: said if name == "relationship" else _keys(said) for name, said in tests.items()}


def _keys(codes: Iterable[Sequence[str]]) -> tuple[Key, ...]:
    return tuple(current(code[0], code[1]) for code in codes)


def concept_terms(row: Row, bindings: Bindings) -> Terms | None:
    """Return the concepts that a row may have, None if any may be."""
    return _terms(row.concept, bindings, "E")


def value_terms(row: Row, bindings: Bindings) -> Terms | None:
    """Return the values (of CODE) or units (of NUM) that a row may have, None if any may be."""
    values = row.values
    kind = values.get("k", "")
    if "codes" in values or "units" in values:
        codes = values.get("codes") or values["units"]
        return Terms(frozenset(current(code[0], code[1]) for code in codes), (), kind)
    cids = values.get("cids") or values.get("unit_cids")
    if cids:
        return _groups(cids, kind)
    parameter = values.get("param") or values.get("units_param")
    return _terms({"param": parameter}, bindings, "") if parameter else None


def _terms(said: Mapping[str, Any], bindings: Bindings, kind: str) -> Terms | None:
    if "code" in said:
        return Terms(frozenset((current(said["code"][0], said["code"][1]),)), (), kind)
    if "cid" in said:
        return _groups((said["cid"],), "")
    for name, what, value in bindings:
        if name == said.get("param"):
            return _groups((value,), "B") if what == "cid" else Terms(frozenset((value,)), (), "")
    return None


def _groups(cids: Sequence[str], kind: str) -> Terms | None:
    groups = [context_group(cid) for cid in cids]
    known = tuple(group for group in groups if group is not None)
    return Terms(frozenset(), known, kind) if len(known) == len(groups) else None


def bindings_of(row: Row, outer: Bindings) -> Bindings:
    """Return what the parameters of the template that a row includes stand for."""
    return tuple(sorted(_bound(row, outer)))


def _bound(row: Row, outer: Bindings) -> Iterator[tuple[str, str, Any]]:
    for name, said in row.bind.items():
        if "code" in said:
            yield name, "code", current(said["code"][0], said["code"][1])
        elif "cid" in said:
            yield name, "cid", said["cid"]
        elif "param" in said:
            for known, what, value in outer:
                if known == said["param"]:
                    yield name, what, value
