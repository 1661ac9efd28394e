"""The syntax of CEL expressions in policies: text to a tree, and a tree back to text.

The library that evaluates CEL gives no tree, and a policy is not trusted: what an expression names, how
deep it nests and what it may cost must be known before it runs. What runs is the text of the tree,
so nothing that this parser has not understood is ever evaluated.

Covered is the language of the CEL specification without bytes, raw and triple-quoted literals, message
construction and leading dots, which policies have no use for.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

__all__ = [
    "MAX_DEPTH",
    "MAX_LENGTH",
    "MAX_NODES",
    "ExpressionError",
    "Node",
    "literal_text",
    "parse",
    "unparse",
    "walk",
]

MAX_LENGTH = 2_000
"""Characters of an expression at most."""

MAX_DEPTH = 24
"""Brackets, operators and calls that may be nested in each other."""

MAX_NODES = 400
"""Names, literals and signs of an expression at most."""

_TOKEN = re.compile(
    r"""(?P<space>\s+|//[^\n]*)
      | (?P<number>0[xX][0-9a-fA-F]+u? | [0-9]+\.[0-9]+(?:[eE][-+]?[0-9]+)?
          | [0-9]+(?:[eE][-+]?[0-9]+) | [0-9]+u?)
      | (?P<text>"(?:[^"\\\n]|\\.)*" | '(?:[^'\\\n]|\\.)*')
      | (?P<name>[A-Za-z_][A-Za-z0-9_]*)
      | (?P<sign>&&|\|\||[=!<>]=|[-+*/%!<>?:.,()\[\]{}])""",
    re.VERBOSE,
)
_RELATIONS = ("==", "!=", "<", "<=", ">", ">=", "in")
_RESERVED = frozenset(
    "as break const continue else for function if import let loop package namespace return var void "
    "while".split()
)


class ExpressionError(ValueError):
    """An expression that a policy may not have; the text says why and holds nothing of any file."""


class Node(NamedTuple):
    """One node of the tree.

    `kind` and what `value` is then: "number", "text" and "word" (true, false, null) the literal as
    written; "name" an identifier; "member" the name after the dot of parts[0]; "index" nothing; "call"
    the function of parts; "method" the function called on parts[0] with the others; "list" and "map"
    nothing (keys and values in turn); "unary" and "binary" the operator; "choice" nothing (c ? a : b).
    """

    kind: str
    value: str
    parts: tuple[Node, ...] = ()


class _Token(NamedTuple):
    kind: str
    text: str


def parse(text: str) -> Node:
    """Return the tree of an expression.

    Raises ExpressionError if it is too long, too deep or no expression.
    """
    if len(text) > MAX_LENGTH:
        raise ExpressionError(f"it has {len(text)} characters; {MAX_LENGTH} are allowed")
    tokens = list(_tokens(text))
    if len(tokens) > MAX_NODES:
        raise ExpressionError(f"it has more than {MAX_NODES} names, literals and signs")
    parser = _Parser(tokens)
    tree = parser.expression()
    if parser.next.kind != "end":
        raise ExpressionError(f"there is a {parser.next.text!r} too many")
    return tree


def _tokens(text: str) -> Iterator[_Token]:
    at = 0
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            raise ExpressionError(f"it has the character {text[at]!r}, which CEL does not have here")
        at = found.end()
        if found.lastgroup != "space":
            yield _Token(str(found.lastgroup), found.group())
    yield _Token("end", "end")


class _Parser:
    """Recursive descent over the tokens; `depth` bounds it."""

    def __init__(self, tokens: list[_Token]) -> None:
        self.tokens = tokens
        self.at = 0
        self.depth = 0

    @property
    def next(self) -> _Token:
        return self.tokens[self.at]

    def take(self) -> _Token:
        token = self.next
        self.at += 1
        return token

    def accepts(self, *texts: str) -> str:
        """Take the next token if it is one of these signs (or the word `in`); else return ""."""
        token = self.next
        if token.text in texts and token.kind in ("sign", "name"):
            self.at += 1
            return token.text
        return ""

    def expects(self, text: str) -> None:
        if not self.accepts(text):
            found = self.next.text
            raise ExpressionError(
                f"{text!r} is missing before {'its end' if found == 'end' else repr(found)}"
            )

    def expression(self) -> Node:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise ExpressionError(f"it is nested more than {MAX_DEPTH} deep")
        found = self.chain(("||",), lambda: self.chain(("&&",), self.relation))
        if self.accepts("?"):
            yes = self.chain(("||",), lambda: self.chain(("&&",), self.relation))
            self.expects(":")
            found = Node("choice", "", (found, yes, self.expression()))
        self.depth -= 1
        return found

    def chain(self, operators: tuple[str, ...], operand: Callable[[], Node]) -> Node:
        found = operand()
        while operator := self.accepts(*operators):
            found = Node("binary", operator, (found, operand()))
        return found

    def relation(self) -> Node:
        return self.chain(_RELATIONS, self.sum)

    def sum(self) -> Node:
        return self.chain(("+", "-"), lambda: self.chain(("*", "/", "%"), self.unary))

    def unary(self) -> Node:
        operator = self.accepts("!", "-")
        if not operator:
            return self.member(self.primary())
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise ExpressionError(f"it is nested more than {MAX_DEPTH} deep")
        found = Node("unary", operator, (self.unary(),))
        self.depth -= 1
        return found

    def member(self, found: Node) -> Node:
        while True:
            if self.accepts("."):
                name = self.take()
                if name.kind != "name":
                    raise ExpressionError(f"{name.text!r} follows a dot")
                if self.accepts("("):
                    found = Node("method", name.text, (found, *self.listed(")")))
                else:
                    found = Node("member", name.text, (found,))
            elif self.accepts("["):
                found = Node("index", "", (found, self.expression()))
                self.expects("]")
            else:
                return found

    def listed(self, end: str) -> tuple[Node, ...]:
        """Return the expressions up to the sign `end`."""
        found: list[Node] = []
        while not self.accepts(end):
            found.append(self.expression())
            if not self.accepts(","):
                self.expects(end)
                break
        return tuple(found)

    def primary(self) -> Node:
        token = self.take()
        if token.kind in ("number", "text"):
            return Node(token.kind, token.text)
        if token.kind == "name":
            return self.named(token.text)
        if token.text == "(":
            found = self.expression()
            self.expects(")")
            return found
        if token.text == "[":
            return Node("list", "", self.listed("]"))
        if token.text == "{":
            return self.map()
        raise ExpressionError(
            "it ends too early" if token.kind == "end" else f"{token.text!r} is out of place"
        )

    def named(self, name: str) -> Node:
        if name in ("true", "false", "null"):
            return Node("word", name)
        if name in _RESERVED or name == "in":
            raise ExpressionError(f"{name!r} is a word that CEL keeps for itself")
        if self.accepts("("):
            return Node("call", name, self.listed(")"))
        return Node("name", name)

    def map(self) -> Node:
        found: list[Node] = []
        while not self.accepts("}"):
            found.append(self.expression())
            self.expects(":")
            found.append(self.expression())
            if not self.accepts(","):
                self.expects("}")
                break
        return Node("map", "", tuple(found))


def unparse(node: Node) -> str:
    """Return the text of a tree, with brackets around every operation but those of one chain."""
    kind, value, parts = node
    texts = [unparse(part) for part in parts]
    if kind == "binary" and value in ("&&", "||", "+") and parts[0][:2] == (kind, value):
        texts[0] = texts[0][1:-1]
    if kind == "member":
        return f"{texts[0]}.{value}"
    if kind == "index":
        return f"{texts[0]}[{texts[1]}]"
    if kind == "call":
        return f"{value}({', '.join(texts)})"
    if kind == "method":
        return f"{texts[0]}.{value}({', '.join(texts[1:])})"
    if kind == "list":
        return f"[{', '.join(texts)}]"
    if kind == "map":
        return (
            "{" + ", ".join(f"{key}: {each}" for key, each in zip(texts[::2], texts[1::2], strict=True)) + "}"
        )
    if kind == "unary":
        return f"({value}{texts[0]})"
    if kind == "binary":
        return f"({texts[0]} {value} {texts[1]})"
    return f"({texts[0]} ? {texts[1]} : {texts[2]})" if kind == "choice" else value


def walk(node: Node) -> Iterator[Node]:
    """Yield a node and all below it."""
    yield node
    for part in node.parts:
        yield from walk(part)


def literal_text(node: Node) -> str | None:
    """Return the characters of a text literal, None if the node is something else.

    Raises ExpressionError for escapes of characters by number.
    """
    if node.kind != "text":
        return None
    return re.sub(r"\\(.)", lambda found: _unescaped(found[1]), node.value[1:-1])


def _unescaped(character: str) -> str:
    known = {"n": "\n", "t": "\t", "r": "\r"}
    if character.isalnum() and character not in known:
        raise ExpressionError(f"\\{character} in a text that must be known beforehand: write the character")
    return known.get(character, character)
