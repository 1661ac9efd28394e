"""Conditions of template rows: lists in the tables, true, false or unknown (None) for a document.

A condition is one of
["and", c, ...], ["or", c, ...], ["not", c],
["row", number]: a row at the same level is filled,
["concept", codes]: the Content Item around the row has one of these concepts,
["parent", tests]: the Content Item around the row passes the tests,
["count", where, value type, tests, "=" or ">", number]: so many Content Items pass the tests,
["more", [where, value type, tests], the same or a number]: a measured value is greater than another.
`where` starts at the Content Item around the row: "" its children, ".." those of its parent, "//" all of the
document, a value type with "[scheme value]" a step to children like that. `tests` may have "concept", "value"
(the code is one of these), "other" (it is none of these) and "relationship".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from dcmlint.sr.tree import ContentItem
from dcmlint.sr.values import code_value, numeric
from dcmlint.standard.templates import Key, current

__all__ = ["Document", "holds"]

Tests = Mapping[str, Any]


class Document:
    """The Content Items of one document by their parent and concept, found once."""

    def __init__(self, root: ContentItem) -> None:
        self.root = root
        # By id() of condition and Content Item; the condition is kept, so that no other gets its id().
        self.answers: dict[tuple[int, int], tuple[Sequence[Any], bool | None]] = {}
        self._children: dict[int, dict[Key, list[ContentItem]]] = {}
        self._all: dict[Key, list[ContentItem]] | None = None

    def children(self, node: ContentItem, concepts: Sequence[Key] | None) -> Sequence[ContentItem]:
        """Return the children of a Content Item, those with one of the concepts if any are given."""
        if concepts is None:
            return node.children
        index = self._children.get(id(node))
        if index is None:
            index = self._children[id(node)] = _by_concept(node.children)
        return _listed(index, concepts)

    def everywhere(self, concepts: Sequence[Key] | None) -> Iterable[ContentItem]:
        """Return all Content Items, those with one of the concepts if any are given."""
        if concepts is None:
            return self.root.walk()
        if self._all is None:
            self._all = _by_concept(self.root.walk())
        return _listed(self._all, concepts)


def _listed(index: dict[Key, list[ContentItem]], concepts: Sequence[Key]) -> Sequence[ContentItem]:
    if len(concepts) == 1:
        return index.get(concepts[0], ())
    return [node for key in concepts for node in index.get(key, ())]


def _by_concept(nodes: Iterable[ContentItem]) -> dict[Key, list[ContentItem]]:
    index: dict[Key, list[ContentItem]] = {}
    for node in nodes:
        key = node.key
        if key is not None:
            index.setdefault(key, []).append(node)
    return index


def holds(
    condition: Sequence[Any], node: ContentItem, filled: Callable[[str], bool], document: Document
) -> bool | None:
    """Tell whether a condition holds for the rows below `node`; None if that cannot be known."""
    kind: str = condition[0]
    if kind == "count" or kind == "more":
        return _looked_up(condition, node, document)
    if kind == "and" or kind == "or":
        return _joined(condition, node, filled, document)
    if kind == "not":
        answer = holds(condition[1], node, filled, document)
        return None if answer is None else not answer
    if kind == "row":
        return filled(condition[1])
    if kind == "concept":
        return None if node.concept is None else node.key in condition[1]
    return _passes(node, condition[1])


def _joined(
    condition: Sequence[Any], node: ContentItem, filled: Callable[[str], bool], document: Document
) -> bool | None:
    decisive = condition[0] == "or"
    joined: bool | None = not decisive
    for each in condition[1:]:
        answer = holds(each, node, filled, document)
        if answer is decisive:
            return decisive
        if answer is None:
            joined = None
    return joined


def _looked_up(condition: Sequence[Any], node: ContentItem, document: Document) -> bool | None:
    """Answer a condition that looks at other Content Items, once for those that look from the same one."""
    is_count = condition[0] == "count"
    base = _base(condition[1] if is_count else condition[1][0], node)
    key = (id(condition), id(base))
    known = document.answers.get(key)
    if known is None:
        answer = _count(condition, base, document) if is_count else _more(condition, base, document)
        known = document.answers[key] = (condition, answer)
    return known[1]


def _base(where: str, node: ContentItem) -> ContentItem | None:
    """Return the Content Item from which a condition looks, so that its answer can be shared."""
    if not where:
        return node
    if where.startswith("//"):
        return None
    base: ContentItem | None = node
    for _ in range(where.count("..")):
        base = base.parent if base is not None else None
    return base


def _nodes(
    where: str, kind: str, tests: Tests, base: ContentItem | None, document: Document
) -> list[ContentItem]:
    """Return the Content Items of a value type, and concept if the tests have one, to which they apply."""
    concepts = tests.get("concept")
    if where.startswith("//"):
        nodes: Iterable[ContentItem] = document.everywhere(concepts)
    elif base is None:
        return []
    elif not where or where == "..":
        nodes = document.children(base, concepts)
    else:
        parents = [base]
        for step in where.split("/"):
            if step and step != "..":
                parents = [child for parent in parents for child in _step(parent, step, document)]
        nodes = [child for parent in parents for child in document.children(parent, concepts)]
    if kind == "REFERENCE":
        return [node for node in nodes if node.reference is not None]
    return [node for node in nodes if not kind or node.value_type == kind]


def _step(parent: ContentItem, step: str, document: Document) -> list[ContentItem]:
    kind, _, named = step.rstrip("]").partition("[")
    scheme, _, value = named.partition(" ")
    concepts = (current(value, scheme),) if named else None
    return [child for child in document.children(parent, concepts) if child.value_type == kind]


def _count(condition: Sequence[Any], base: ContentItem | None, document: Document) -> bool | None:
    _, where, kind, tests, operator, bound = condition
    nodes = _nodes(where, kind, tests, base, document)
    least = most = len(nodes)
    if len(tests) > 1 or (tests and "concept" not in tests):
        for node in nodes:
            answer = _passes(node, tests)
            least -= answer is not True
            most -= answer is False
    if operator == ">":
        return True if least > bound else (False if most <= bound else None)
    if least == most:
        return bool(least == bound)
    return None if least <= bound <= most else False


def _more(condition: Sequence[Any], base: ContentItem | None, document: Document) -> bool | None:
    first = _number(condition[1], base, document)
    second = condition[2]
    other = _number(second, base, document) if isinstance(second, tuple) else float(second)
    return None if first is None or other is None else first > other


def _number(asked: Sequence[Any], base: ContentItem | None, document: Document) -> float | None:
    nodes = _nodes(asked[0], asked[1], asked[2], base, document)
    value = numeric(nodes[0]).value if len(nodes) == 1 else None
    try:
        return None if value is None else float(value)
    except ValueError:
        return None


def _passes(node: ContentItem, tests: Tests) -> bool | None:
    concepts = tests.get("concept")
    if concepts is not None and node.key not in concepts:
        return False
    if "relationship" in tests and node.relationship != tests["relationship"]:
        return False
    if "value" not in tests and "other" not in tests:
        return True
    value = code_value(node)
    if value is None or not value.value:
        return None
    key = _key(value)
    if "value" in tests and key not in tests["value"]:
        return False
    return "other" not in tests or key not in tests["other"]


def _key(code: Any) -> Key:
    return current(code.value, code.scheme)
