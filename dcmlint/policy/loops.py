"""`exists` and `all` over lists as the CEL specification has them: one element that cannot be told does not
decide for all.

The library stops at the first element of which the condition is unknown, though a later one may hold. So
a condition is told element by element to functions of ours, which count, and the count says what holds:

    [false, true][__some(
        __start() && LIST.all(x, (CONDITION ? __true() : __false()) || __unknown()) || __lost()
    )]

An index beyond the two is CEL's own way to say unknown here.
"""

from __future__ import annotations

from typing import Any

from dcmlint.policy.syntax import Node

__all__ = ["LOOPS", "add_functions", "loop"]

LOOPS = {"exists": "__some", "all": "__every"}
"""Macros that are replaced, and the function that says what holds."""

_UNKNOWN = 2


def loop(name: str, subject: Node, variable: Node, condition: Node) -> Node:
    """Return what takes the place of `subject.name(variable, condition)`."""
    told = Node("choice", "", (condition, _call("__true"), _call("__false")))
    each = Node("method", "all", (subject, variable, _or(told, _call("__unknown"))))
    counted = _or(Node("binary", "&&", (_call("__start"), each)), _call("__lost"))
    truth = Node("list", "", (Node("word", "false"), Node("word", "true")))
    return Node("index", "", (truth, Node("call", LOOPS[name], (counted,))))


def _call(name: str) -> Node:
    return Node("call", name)


def _or(left: Node, right: Node) -> Node:
    return Node("binary", "||", (left, right))


class _Count:
    """What was told of the elements of the loops that are running, the innermost last."""

    def __init__(self) -> None:
        self.running: list[set[str]] = []

    def start(self) -> bool:
        self.running.append(set())
        return True

    def true(self) -> bool:
        self.running[-1].add("true")
        return True

    def false(self) -> bool:
        self.running[-1].add("false")
        return True

    def unknown(self) -> bool:
        self.running[-1].add("unknown")
        return True

    def some(self, _: bool) -> int:
        told = self.running.pop()
        return 1 if "true" in told else _UNKNOWN if "unknown" in told else 0

    def every(self, _: bool) -> int:
        told = self.running.pop()
        return 0 if "false" in told else _UNKNOWN if "unknown" in told else 1


def add_functions(context: Any) -> None:
    """Add the functions of loops to a context."""
    count = _Count()
    for name in ("start", "true", "false", "unknown", "some", "every"):
        context.add_function(f"__{name}", getattr(count, name))
    context.add_function("__lost", count.unknown)
