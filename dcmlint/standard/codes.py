"""What PS3.16 knows of codes and coding schemes; tables are read when the first code asks for them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

from dcmlint.standard.location import table_path

__all__ = [
    "CONCEPTS_EDITION",
    "Schemes",
    "codes_with",
    "context_groups",
    "is_word",
    "meanings",
    "schemes",
    "snomed_ct",
]

CONCEPTS_EDITION = "2024c"
"""The edition of PS3.16 whose codes the tables have."""

_WITH_CONCEPTS = frozenset(("DCM", "LN", "SCT", "UCUM"))
"""Coding schemes that have a table."""


class Schemes(NamedTuple):
    """Coding Scheme Designators: `known` are in use, `families` begin those that are made to a pattern,
    `retired` have the designator to use instead ("" = none)."""

    known: frozenset[str]
    families: tuple[str, ...]
    retired: Mapping[str, str]


@cache
def schemes() -> Schemes:
    """Return the coding schemes of PS3.16 Table 8-1 and of HL7 v2 table 0396."""
    content = json.loads(table_path("codes/schemes.json").read_bytes())
    return Schemes(frozenset(content["known"]), tuple(content["families"]), content["retired"])


def meanings(scheme: str, code: str) -> tuple[str, ...]:
    """Return the meanings that PS3.16 uses for a code, () if it does not use the code."""
    return _texts(_table(scheme), code)[1:] if scheme in _WITH_CONCEPTS else ()


def context_groups(scheme: str, code: str) -> frozenset[str]:
    """Return the identifiers of the context groups of PS3.16 that have the code."""
    found = _texts(_table(scheme), code) if scheme in _WITH_CONCEPTS else ()
    return frozenset(found[0].split() if found else ())


def codes_with(scheme: str, meaning: str) -> list[str]:
    """Return the codes of a scheme with this meaning in any case of letters."""
    table, sought = _lowered(scheme), f"\t{meaning.lower()}".encode()
    found, at = [], table.find(sought)
    while at >= 0:
        if table[at + len(sought) : at + len(sought) + 1] in (b"\t", b"\n"):
            start = table.rfind(b"\n", 0, at) + 1
            found.append(_table(scheme)[start : table.index(b"\t", start)].decode())
        at = table.find(sought, at + 1)
    return found


def is_word(word: str) -> bool:
    """Tell whether a word in small letters occurs in the meaning of any code of PS3.16."""
    return bool(_texts(_table("words"), word))


def snomed_ct(code: str) -> str:
    """Return the SNOMED CT identifier of a concept by its SNOMED RT one, "" if it has none."""
    found = _texts(_table("snomed_rt"), code)
    return found[0] if found else ""


@cache
def _lowered(name: str) -> bytes:
    """Return a table in small letters, at the same places."""
    return _table(name).lower()


@cache
def _table(name: str) -> bytes:
    return table_path(f"codes/{name}.txt").read_bytes()


def _texts(table: bytes, key: str) -> tuple[str, ...]:
    """Return what stands behind a key; the lines of a table are in the order of their bytes."""
    sought = key.encode() + b"\t"
    if b"\t" in sought[:-1] or b"\n" in sought:
        return ()
    low, high = 0, len(table)
    while low < high:
        start = table.rfind(b"\n", low, (low + high) // 2) + 1 or low
        end = table.index(b"\n", start)
        line = table[start:end]
        if line.startswith(sought):
            return tuple(line.decode().split("\t")[1:])
        if line < sought:
            low = end + 1
        else:
            high = start
    return ()
