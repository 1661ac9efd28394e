"""Whether a unit is one of UCUM, the Unified Code for Units of Measure (case sensitive codes).

UCUM's grammar is small: units between `.` and `/`, each with an optional prefix and exponent, numbers,
parentheses and annotations in braces. The atoms are a table.
"""

from __future__ import annotations

import json
import re
from functools import cache
from typing import NamedTuple

from dcmlint.standard.codes import meanings
from dcmlint.standard.location import table_path

__all__ = ["is_ucum"]

_LONGEST = 256
_GROUP = "\0"
"""Stands for a pair of parentheses that was found right."""

_ANNOTATION = re.compile(r"\{[ -z|~]*\}")
_INNERMOST = re.compile(r"\(([^()]*)\)")
_OPERATOR = re.compile(r"[./](?![^\[\]]*\])")
_EXPONENT = re.compile(r"[+-]?[0-9]+\Z")
_WITH_PARENTHESES = "[m/s2/Hz^(1/2)]"
"""The only atom that has some."""


class _Atoms(NamedTuple):
    prefixes: frozenset[str]
    metric: frozenset[str]
    every: frozenset[str]


@cache
def _atoms() -> _Atoms:
    content = json.loads(table_path("codes/ucum.json").read_bytes())
    metric = frozenset(content["metric"])
    return _Atoms(frozenset(content["prefix"]), metric, metric | frozenset(content["other"]))


def is_ucum(unit: str) -> bool:
    """Tell whether a unit has the form of UCUM and consists of its atoms.

    Annotations may hold spaces and stand before the unit, as some in PS3.16 do or did ({X-Ray sources},
    {SUVbw}g/ml). What PS3.16 lists under the scheme UCUM is accepted although it has another form
    (ml/[100]g/min).
    """
    if meanings("UCUM", unit):
        return True
    if not unit.isascii() or not 0 < len(unit) <= _LONGEST or _GROUP in unit:
        return False
    text = _ANNOTATION.sub("{}", unit.replace(_WITH_PARENTHESES, "m"))
    while found := _INNERMOST.search(text):
        if not _is_term(found[1]):
            return False
        text = text[: found.start()] + _GROUP + text[found.end() :]
    return _is_term(text)


def _is_term(text: str) -> bool:
    return all(map(_is_component, _OPERATOR.split(text.removeprefix("/"))))


def _is_component(text: str) -> bool:
    bare = text.removesuffix("{}").removeprefix("{}")
    if not bare:
        return bool(text)
    if bare == _GROUP or bare.isdigit():
        return True
    atoms = _atoms()
    symbol = _EXPONENT.sub("", bare)
    if symbol in atoms.every:
        return True
    return any(symbol[:size] in atoms.prefixes and symbol[size:] in atoms.metric for size in (1, 2))
