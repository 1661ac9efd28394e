"""What an expression may cost at most, as a function of how much it is given.

Evaluation cannot be interrupted from inside the process, so the bound is worked out beforehand. A unit is
about 0.3 us: one operation, one list element copied. Lists that an expression builds are copied
whole with each element added, so such expressions grow with the square of what they are given.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from dcmlint.policy.syntax import ExpressionError, Node

__all__ = ["BUDGET", "MACROS", "MAX_UNITS", "largest_input", "nesting"]

BUDGET = 400_000.0
"""Units that one evaluation may take."""

MAX_UNITS = 1_000
"""Elements of a list, or 64 characters of a text each, that an expression is ever given."""

_LEAST = 8
"""An expression that is too costly even for this many units is refused."""

_MATCH = 1_500.0
"""Units of compiling a pattern (20 to 340 us measured) and of matching it."""

MACROS = frozenset(("all", "exists", "exists_one", "map", "filter"))
"""Macros that run over a list."""


class _Size(NamedTuple):
    """`cost` to evaluate, and `units` that the result has, both at most."""

    cost: float
    units: float


def nesting(node: Node) -> int:
    """Return how deep comprehensions are nested in each other."""
    deepest = max((nesting(part) for part in node.parts), default=0)
    if node.kind == "method" and node.value in MACROS:
        inside = max((nesting(part) for part in node.parts[1:]), default=0)
        return max(deepest, inside + 1)
    return deepest


def largest_input(node: Node) -> int:
    """Return the number of units that each value may have so that evaluation stays within BUDGET.

    At most MAX_UNITS. Raises ExpressionError if that is too few to be of use.
    """
    low, high = 0, MAX_UNITS
    while low < high:
        middle = (low + high + 1) // 2
        if _size(node, float(middle), {}).cost <= BUDGET:
            low = middle
        else:
            high = middle - 1
    if low < _LEAST:
        raise ExpressionError("evaluating it may take too long")
    return low


def _size(node: Node, given: float, inner: Mapping[str, float]) -> _Size:
    kind, value, parts = node
    if kind == "name":
        units = inner.get(value, given)
        return _Size(1 + units / 32, units)
    if kind in ("number", "word"):
        return _Size(1, 1)
    if kind == "text":
        return _Size(1, 1 + len(value) / 64)
    if kind == "method" and value in MACROS:
        return _loop(node, given, inner)
    sizes = [_size(part, given, inner) for part in parts]
    cost = 1 + sum(size.cost for size in sizes)
    return _Size(cost + _WORK.get(value, _compared)([size.units for size in sizes]), _result(node, sizes))


def _loop(node: Node, given: float, inner: Mapping[str, float]) -> _Size:
    """Return the size of a comprehension: its body once for each element.

    All elements together have the units of the list. Costs grow at least in proportion, so the worst
    split is one element that has them all and others of one unit.
    """
    listed = _size(node.parts[0], given, inner)
    times = max(1.0, listed.units)
    variable = node.parts[1].value if len(node.parts) > 1 else ""
    cost, units = listed.cost, 0.0
    for element, count in ((times, 1.0), (1.0, times)):
        bodies = [_size(part, given, {**inner, variable: element}) for part in node.parts[2:]]
        cost += count * (2 + sum(body.cost for body in bodies))
        units += count * max((body.units for body in bodies), default=1)
    if node.value not in ("map", "filter"):
        return _Size(cost, 1)
    return _Size(cost + times * units, min(units, 1e12))


def _compared(units: list[float]) -> float:
    return sum(units) / 8


_WORK: dict[str, Callable[[list[float]], float]] = {
    "+": sum,
    "matches": lambda units: _MATCH + sum(units),
}


def _result(node: Node, sizes: list[_Size]) -> float:
    """Return the units of what an operation gives."""
    kind, value, _ = node
    units = [size.units for size in sizes]
    if kind in ("list", "map") or (kind == "binary" and value == "+"):
        return sum(units) + 1
    if kind == "choice":
        return max(units[1:])
    if kind in ("member", "index") or (kind == "call" and value in ("string", "values")):
        return max(units)
    return 1
