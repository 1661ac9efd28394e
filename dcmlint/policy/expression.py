"""Conditions and checks of a policy: a text that is refused or bounded, then evaluated in three values.

    Modality in ["CT", "MR"] && !present(BodyPartExamined)

Names are Attributes by keyword. The functions of dcmlint's own are replaced by variables before CEL sees
the text: present(A) (it is there), filled(A) (it has a value), date(A) (a DA as timestamp), values(A)
(always a list), private("CREATOR", 0x0029, 0x10) (a private Attribute). What is absent, empty or
cannot be decoded has no value, and CEL's own error propagation makes that unknown: true || unknown
is true, true && unknown is unknown.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dcmlint.policy.bindings import Bindings, Request, Slot, example_value
from dcmlint.policy.cost import MACROS, largest_input, nesting
from dcmlint.policy.engine import compile_program, context, matcher
from dcmlint.policy.facts import FACTS, fact
from dcmlint.policy.loops import LOOPS, loop
from dcmlint.policy.syntax import ExpressionError, Node, literal_text, parse, unparse, walk
from dcmlint.standard.dictionary import entry, tag_by_keyword

__all__ = ["Expression"]

_FUNCTIONS = frozenset(("size", "int", "uint", "double", "string", "timestamp", "duration"))
_METHODS = frozenset(
    (
        *MACROS,
        *("size", "contains", "startsWith", "endsWith", "matches"),
        *("getFullYear", "getMonth", "getDate", "getDayOfMonth", "getDayOfWeek", "getDayOfYear"),
        *("getHours", "getMinutes", "getSeconds", "getMilliseconds"),
    )
)
_OWN = ("present", "filled", "empty", "date", "values", "private")
_BULK = frozenset(("OB", "OD", "OF", "OL", "OV", "OW", "UN"))
_MOST_ANSWERS = 4096
_UNKNOWN = (RuntimeError, LookupError, ArithmeticError, ValueError)
"""What CEL raises when a value that the answer depends on is not there or cannot be used."""


class Expression:
    """A compiled expression. `names` are the keywords it reads, `uses_file` tells whether it reads facts of
    the file's place, so that its answer is not one of the content alone.

    Raises ExpressionError, with a text for the author of the policy.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        tree = parse(text)
        if nesting(tree) > 2:
            raise ExpressionError("comprehensions are nested more than one deep")
        reading = _Reading(_members(tree))
        rewritten = reading.tree(tree, frozenset())
        self.requests = tuple(reading.requests.values())
        self.names = tuple(reading.names)
        self.uses_file = any(
            request.kind == "fact" and fact(request.name).of_place for request in self.requests
        )
        self._slots = tuple(Slot(request) for request in self.requests)
        self._has_private = any(request.private for request in self.requests)
        simple = all(slot.is_simple for slot in self._slots)
        self._tags = tuple(sorted({request.tag for request in self.requests})) if simple else ()
        self._known: dict[tuple[bytes | None, ...], bool | None] = {}
        self._limit = largest_input(rewritten)
        self._listed = tuple(request.variable for request in self.requests if request.is_large)
        self._program = compile_program(unparse(rewritten))
        self._loops = reading.loops
        self._try(compile_program(unparse(reading.plain(tree))) if reading.loops else self._program)

    def __call__(self, bindings: Bindings) -> bool | None:
        """Return whether it holds for an Instance, None if that cannot be told.

        Answers are remembered by the bytes that they depend on: most of them are the same for all
        instances of a series. Raises TypeError if the expression gives no truth value or mixes types
        that CEL does not mix; of private Attributes only the data tell the type, and one that does not fit is
        unknown.
        """
        if not self._tags:
            return self._evaluated(bindings)
        key = (b"\1" if bindings.instance.big_endian else b"", *[bindings.piece(tag) for tag in self._tags])
        if None in key:
            return self._evaluated(bindings)
        if key not in self._known:
            if len(self._known) >= _MOST_ANSWERS:
                self._known.clear()
            self._known[key] = self._evaluated(bindings)
        return self._known[key]

    def _evaluated(self, bindings: Bindings) -> bool | None:
        bound = bindings.bound
        if self._loops:
            bindings.ready_for_loops()
        for slot in self._slots:
            if slot.variable not in bound:
                bindings.bind(slot)
        for variable in self._listed:
            if bound[variable] > self._limit:
                return None
        try:
            found = self._program.execute(bindings.context)
        except _UNKNOWN:
            return None
        except TypeError:
            if self._has_private:  # what type a private Attribute has, only the data tell
                return None
            raise
        if found is True or found is False:
            return bool(found)
        raise TypeError("the expression is neither true nor false")

    def _try(self, program: Any) -> None:
        """Raise ExpressionError if the expression mixes types, or is not true or false."""
        probe = context()
        for request in self.requests:
            probe.add_variable(request.variable, example_value(request))
        try:
            found = program.execute(probe)
        except TypeError as error:
            if self._has_private:
                return
            raise ExpressionError(
                "it mixes types: numbers of VR DS, FL, FD are compared with 1 or 1.0 but calculate with 1.0 "
                "only, text is in quotes, an Attribute of several values is a list"
            ) from error
        except _UNKNOWN:
            return
        if not isinstance(found, bool):
            raise ExpressionError("it is neither true nor false")


def _members(tree: Node) -> frozenset[str]:
    """Return the keywords that are read of Items."""
    return frozenset(node.value for node in walk(tree) if node.kind == "member" and node.value in _keywords())


def _keywords() -> Mapping[str, int]:
    return tag_by_keyword()


class _Reading:
    """Replaces what an expression reads by variables, and collects what they stand for."""

    def __init__(self, members: frozenset[str]) -> None:
        self.members = members
        self.requests: dict[str, Request] = {}
        self.names: dict[str, None] = {}
        self.loops = False
        self.is_plain = False

    def plain(self, tree: Node) -> Node:
        """Return the tree with loops as they were written, in which types that do not fit raise."""
        self.is_plain = True
        return self.tree(tree, frozenset())

    def tree(self, node: Node, bound: frozenset[str]) -> Node:
        """Return the tree with variables of policy/bindings.py; `bound` are those of comprehensions."""
        kind, value, parts = node
        if kind == "name":
            return node if value in bound else self.attribute("value", value)
        if kind == "call":
            return self.call(value, parts, bound)
        if kind == "method":
            return self.method(node, bound)
        if kind == "member":
            return self.member(node, bound)
        if kind == "binary" and value in ("==", "!="):
            self.compared(parts[0], parts[1], bound)
        return Node(kind, value, tuple(self.tree(part, bound) for part in parts))

    def attribute(self, kind: str, name: str) -> Node:
        tag = _keywords().get(name)
        if tag is None:
            raise _unknown(name)
        row = entry(tag)
        if kind in ("value", "values") and row is not None and row.vr.split(" or ")[0] in _BULK:
            raise ExpressionError(f"{name} is bulk data; only present({name}) can be asked")
        self.names[name] = None
        return self.ask(Request(kind, name, tag, members=self.members if kind == "value" else frozenset()))

    def ask(self, request: Request) -> Node:
        self.requests[request.variable] = request
        return Node("name", request.variable)

    def call(self, name: str, parts: tuple[Node, ...], bound: frozenset[str]) -> Node:
        if name == "private":
            return self.ask(_private(parts, "value"))
        if name in _OWN:
            if len(parts) != 1:
                raise ExpressionError(f"{name}() takes one Attribute")
            return self.own(name, parts[0], bound)
        if name == "has" and len(parts) == 1 and parts[0].kind == "member":
            return Node("call", "has", (self.member(parts[0], bound),))
        if name == "has":
            raise ExpressionError("has() takes an Attribute of an Item; of the Data Set ask present()")
        if name not in _FUNCTIONS:
            raise ExpressionError(f"there is no function {name}(){_near(name, (*_FUNCTIONS, *_OWN))}")
        return Node("call", name, tuple(self.tree(part, bound) for part in parts))

    def own(self, name: str, subject: Node, bound: frozenset[str]) -> Node:
        kind = {"present": "present", "filled": "filled", "empty": "empty"}.get(name, name)
        if subject.kind == "member" and name == "present" and not _is_fact(subject, bound):
            return Node("call", "has", (self.member(subject, bound),))
        if subject.kind == "call" and subject.value == "private" and name != "date":
            return self.ask(_private(subject.parts, kind))
        if subject.kind != "name" or subject.value in bound:
            raise ExpressionError(f"{name}() takes an Attribute of the Data Set by its keyword")
        return self.attribute(kind, subject.value)

    def member(self, node: Node, bound: frozenset[str]) -> Node:
        if _is_fact(node, bound):
            name = f"{node.parts[0].value}.{node.value}"
            if name not in FACTS:
                raise ExpressionError(f"there is no {name}{_near(name, FACTS)}")
            return self.ask(Request("fact", name, 0))
        if node.value not in _keywords():
            raise _unknown(node.value)
        return Node("member", node.value, (self.tree(node.parts[0], bound),))

    def method(self, node: Node, bound: frozenset[str]) -> Node:
        _, name, parts = node
        if name not in _METHODS:
            raise ExpressionError(f"there is no function .{name}(){_near(name, _METHODS)}")
        if name == "matches":
            _checked_pattern(parts)
        inside = bound
        if name in MACROS:
            variable = parts[1] if len(parts) > 1 else None
            if variable is None or variable.kind != "name" or len(parts) not in (3, 4):
                raise ExpressionError(f".{name}() takes a variable and an expression")
            if variable.value in _keywords() or variable.value in ("file", "encoding"):
                raise ExpressionError(f"{variable.value} is an Attribute and cannot be a variable")
            inside = bound | {variable.value}
            subject = self.tree(parts[0], bound)
            body = [self.tree(part, inside) for part in parts[2:]]
            if name in LOOPS and len(body) == 1 and not self.is_plain:
                self.loops = True
                return loop(name, subject, variable, body[0])
            return Node("method", name, (subject, variable, *body))
        return Node("method", name, tuple(self.tree(part, bound) for part in parts))

    def compared(self, left: Node, right: Node, bound: frozenset[str]) -> None:
        """Raise if a number is compared with text or the other way round: CEL says they differ."""
        for subject, other in ((left, right), (right, left)):
            tag = (
                _keywords().get(subject.value)
                if subject.kind == "name" and subject.value not in bound
                else None
            )
            if tag is None or other.kind not in ("text", "number"):
                continue
            example = example_value(Request("value", subject.value, tag))
            if isinstance(example, list):
                raise ExpressionError(
                    f"{subject.value} has several values: write {other.value} in {subject.value}, or "
                    f"{subject.value}[0] == {other.value}"
                )
            if isinstance(example, str) != (other.kind == "text"):
                wanted = (
                    "text: put quotes around" if isinstance(example, str) else "a number: no quotes around"
                )
                raise ExpressionError(f"{subject.value} is {wanted} {other.value}")


def _is_fact(node: Node, bound: frozenset[str]) -> bool:
    first = node.parts[0]
    return first.kind == "name" and first.value in ("file", "encoding") and first.value not in bound


def _checked_pattern(parts: tuple[Node, ...]) -> None:
    pattern = literal_text(parts[1]) if len(parts) == 2 else None
    if pattern is None:
        raise ExpressionError(".matches() takes a pattern in quotes")
    matcher(pattern)


def _private(parts: tuple[Node, ...], kind: str) -> Request:
    texts = [literal_text(part) if number == 0 else part.value for number, part in enumerate(parts)]
    try:
        creator, group, element = (texts[0], int(texts[1] or "", 0), int(texts[2] or "", 0))
    except (IndexError, ValueError):
        creator, group, element = None, 0, 0
    if not creator or not group & 1 or group > 0xFFFF or element > 0xFF:
        raise ExpressionError(
            'private() takes creator, odd group and last byte: private("ACME 1.1", 0x0029, 0x10)'
        )
    return Request(kind, creator, group << 16 | element, private=True)


def _unknown(name: str) -> ExpressionError:
    near = _near(name, _keywords())
    return ExpressionError(f"there is no Attribute {name}{near}")


def _near(name: str, known: Any) -> str:
    from difflib import get_close_matches

    found = get_close_matches(name, list(known), n=1, cutoff=0.7)
    return f"; did you mean {found[0]}?" if found else ""
