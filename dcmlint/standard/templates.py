"""Templates and context groups of PS3.16, loaded one record at a time."""

from __future__ import annotations

import json
from functools import cache, lru_cache
from typing import Any, NamedTuple

from dcmlint.standard.codes import snomed_ct
from dcmlint.standard.location import table_path

__all__ = ["ContextGroup", "Key", "context_group", "current", "root_tids", "template_record"]

Key = tuple[str, str]
"""(value, scheme) of a code."""

_RETIRED = frozenset(("SRT", "SNM3", "99SDM"))
"""Designators of SNOMED-RT and its kin, whose codes have SNOMED CT ones (PS3.16 chapter 8)."""

_LONGEST = 64
"""Characters beyond which no code of SNOMED-RT goes."""


class ContextGroup(NamedTuple):
    """The members of a context group; `extensible` is None where that is not known."""

    cid: str
    name: str
    extensible: bool | None
    members: frozenset[Key]


@cache
def _index() -> dict[str, Any]:
    index: dict[str, Any] = json.loads(table_path("templates.index.json").read_bytes())
    return index


def current(value: str, scheme: str) -> Key:
    """Return the code that stands for a code today: the SNOMED CT one for one of SNOMED-RT.

    A code that no table names stays as it is.
    """
    if scheme not in _RETIRED:
        return value, scheme
    return _today(value) if len(value) <= _LONGEST else (value, "SRT")


@lru_cache(maxsize=4096)
def _today(value: str) -> Key:
    code = snomed_ct(value)
    return (code, "SCT") if code else (value, "SRT")


def root_tids() -> dict[str, Any]:
    """Return what the first row of each root template has as its concept, by TID."""
    found: dict[str, Any] = _index()["roots"]
    return found


@cache
def template_record(tid: str) -> dict[str, Any] | None:
    """Return the record of a template, None if the tables do not have it."""
    return _record(f"tid{tid}")


@cache
def context_group(cid: str) -> ContextGroup | None:
    """Return a context group, None if the tables do not have it."""
    record = _record(f"cid{cid}")
    if record is None:
        return None
    members = frozenset((code, scheme) for scheme, codes in record["codes"].items() for code in codes)
    return ContextGroup(cid, record["name"], record.get("extensible"), members)


def _record(identifier: str) -> dict[str, Any] | None:
    at = _index()["at"].get(identifier)
    if at is None:
        return None
    with table_path("templates.pack").open("rb") as pack:
        pack.seek(at[0])
        record: dict[str, Any] = json.loads(pack.read(at[1]))
    return record
