"""The content tree of a Structured Report or Key Object Selection (PS3.3 C.17.3), read once for all rules.

`content_items(instance)` has every Content Item in the order of the document, `content_tree(instance)` the
root. Nothing but the structure is decoded before it is asked for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache, partial
from typing import Any, NamedTuple

from dcmlint.read.item import Instance, Item
from dcmlint.standard.sr import relationships
from dcmlint.standard.templates import Key, current

__all__ = [
    "BY_REFERENCE",
    "MAX_DEPTH",
    "MAX_ITEMS",
    "RELATIONSHIPS",
    "VALUE_TYPES",
    "Code",
    "ContentItem",
    "Shape",
    "code_of",
    "coded",
    "content_items",
    "content_tree",
    "is_cut",
    "key_of",
    "of_type",
    "references",
    "shapes",
]

MAX_DEPTH = 128
"""Levels of the tree that are read; what is deeper is left out."""

MAX_ITEMS = 250_000
"""Content Items of one tree that are read; what comes later is left out."""

BY_REFERENCE = "by reference"
"""Stands for the value type in the shape of a relationship by reference."""

VALUE_TYPES = frozenset(
    (
        *("CODE", "COMPOSITE", "CONTAINER", "DATE", "DATETIME", "IMAGE", "NUM", "PNAME", "SCOORD"),
        *("SCOORD3D", "TABLE", "TCOORD", "TEXT", "TIME", "UIDREF", "WAVEFORM"),
    )
)
"""The value types of Content Items (PS3.3 C.17.3.2.1)."""

RELATIONSHIPS = frozenset(
    (
        *("CONTAINS", "HAS ACQ CONTEXT", "HAS CONCEPT MOD", "HAS OBS CONTEXT", "HAS PROPERTIES"),
        *("INFERRED FROM", "SELECTED FROM"),
    )
)
"""The relationship types (PS3.3 C.17.3.2.4)."""

_TERMS = {(term + " " * (len(term) % 2)).encode(): term for term in VALUE_TYPES | RELATIONSHIPS}
"""The terms as they lie in the bytes, padded to an even length."""

_LOSSES = frozenset(
    (
        "encoding/bad-item",
        "encoding/length-overrun",
        "encoding/missing-delimiter",
        "encoding/too-deep",
        "file/transfer-syntax-mismatch",
        "file/truncated",
    )
)
"""Faults of the bytes after which parts of a Data Set may not have been read."""

_DICOM_ROOT = "1.2.840.10008."
_DOCUMENTS = "1.2.840.10008.5.1.4.1.1.88."
"""Where the SOP Classes of Structured Reports are registered; a few are elsewhere."""

_CONTENT = 0x0040A730
_VALUE_TYPE = 0x0040A040
_RELATIONSHIP = 0x0040A010
_CONCEPT_NAME = 0x0040A043
_IDENTIFIER = 0x0040DB73
_CODE_VALUE = 0x00080100
_CODE_VALUES = (_CODE_VALUE, 0x00080119, 0x00080120)
_SCHEME = 0x00080102
_MEANING = 0x00080104

_MOST_CODES = 1 << 13
"""Distinct codes that are remembered."""

_LONGEST = 64
"""Bytes of a part of a code that is remembered."""


class Code(NamedTuple):
    """A coded concept (PS3.3 8.8): Code Value, Long Code Value or URN, its scheme and its meaning.

    What is absent is "".
    """

    value: str
    scheme: str
    meaning: str

    @property
    def key(self) -> tuple[str, str]:
        """(value, scheme): what tells concepts apart; the meaning does not."""
        return self.value, self.scheme

    def __str__(self) -> str:
        return f'({self.value}, {self.scheme}, "{self.meaning}")'


class ContentItem:
    """One Content Item; it never changes once `content_tree` has returned.

    `number` is its place among its siblings, counted from 1. `value_type` and `relationship` are "" where
    they are absent or not one text. `reference` is the Referenced Content Item Identifier of a by-reference
    relationship, None for an Item by value.
    """

    __slots__ = (
        "_concept",
        "_is_read",
        "_key",
        "children",
        "depth",
        "item",
        "number",
        "parent",
        "reference",
        "relationship",
        "value_type",
    )

    def __init__(self, item: Item, parent: ContentItem | None, number: int) -> None:
        self.item = item
        self.parent = parent
        self.number = number
        self.depth: int = 1 if parent is None else parent.depth + 1
        self.children: tuple[ContentItem, ...] = ()
        self.value_type = _term(item, _VALUE_TYPE)
        self.relationship = _term(item, _RELATIONSHIP)
        self.reference: tuple[int, ...] | None = None
        if _IDENTIFIER in item.elements:
            self.reference = tuple(part for part in item.get(_IDENTIFIER) or () if isinstance(part, int))
        self._is_read = False
        self._concept: Code | None = None
        self._key: Key | None = None

    @property
    def concept(self) -> Code | None:
        """The Concept Name, None if there is none."""
        if not self._is_read:
            self._read_concept()
        return self._concept

    @property
    def key(self) -> Key | None:
        """The Concept Name as the code that stands for it today, None if there is none or it has no value."""
        if not self._is_read:
            self._read_concept()
        return self._key

    def _read_concept(self) -> None:
        self._is_read = True
        self._concept = code_of(self.item, _CONCEPT_NAME)
        if self._concept is not None:
            self._key = key_of(self._concept)

    @property
    def position(self) -> str:
        """Where it is in the tree, such as "1.3.2"; "1" is the root (PS3.3 C.17.3.2.5)."""
        numbers = []
        node: ContentItem | None = self
        while node is not None:
            numbers.append(str(node.number))
            node = node.parent
        return ".".join(reversed(numbers))

    @property
    def path(self) -> str:
        """The position as findings show it, such as "/1.3.2"."""
        return f"/{self.position}"

    @property
    def target(self) -> ContentItem | None:
        """The Content Item that `reference` points to, None if it does not exist."""
        if not self.reference or self.reference[0] != 1:
            return None
        node = self.root
        for number in self.reference[1:]:
            if not 1 <= number <= len(node.children):
                return None
            node = node.children[number - 1]
        return node

    @property
    def root(self) -> ContentItem:
        """The root of the tree."""
        node = self
        while node.parent is not None:
            node = node.parent
        return node

    def ancestors(self) -> Iterator[ContentItem]:
        """Yield the Content Items around this one, innermost first."""
        node = self.parent
        while node is not None:
            yield node
            node = node.parent

    def walk(self) -> Iterator[ContentItem]:
        """Yield this Content Item and those below it by value, in the order of the document."""
        waiting = [self]
        while waiting:
            node = waiting.pop()
            yield node
            waiting.extend(reversed(node.children))


Shape = tuple[str, str, str]
"""(value type of the parent, relationship type, value type): what most rules ask of a Content Item.

The parent of the root is "", the value type of a relationship by reference is `BY_REFERENCE`.
"""


class _Tree(NamedTuple):
    items: tuple[ContentItem, ...]
    shapes: Mapping[Shape, Sequence[ContentItem]]
    cut: bool


_NO_TREE = _Tree((), {}, cut=False)


def content_tree(instance: Instance) -> ContentItem | None:
    """Return the root of the content tree, None where the Instance has none."""
    items = _tree(instance).items
    return items[0] if items else None


def content_items(instance: Instance) -> tuple[ContentItem, ...]:
    """Return all Content Items in the order of the document, the root first; () if there is no tree."""
    return _tree(instance).items


def of_type(instance: Instance, *value_types: str) -> Iterator[ContentItem]:
    """Yield the Content Items by value that have one of the value types, shape by shape."""
    for shape, nodes in _tree(instance).shapes.items():
        if shape[2] in value_types:
            yield from nodes


def references(instance: Instance) -> Sequence[ContentItem]:
    """Return the Content Items that are relationships by reference."""
    return list(of_type(instance, BY_REFERENCE))


def shapes(instance: Instance) -> Mapping[Shape, Sequence[ContentItem]]:
    """Return the Content Items by shape: a document of thousands has a dozen shapes."""
    return _tree(instance).shapes


def is_cut(instance: Instance) -> bool:
    """Tell whether parts of the tree may be missing: it is too large, or its bytes are damaged.

    What is not there may then be there after all.
    """
    if _tree(instance).cut:
        return True
    return any(fault.rule in _LOSSES for fault in instance.faults)


def code_of(item: Item, tag: int) -> Code | None:
    """Return the code in the first Item of a Code Sequence, None if there is no Item."""
    found = item.elements.get(tag)
    if found is None or not found[3]:
        return None
    return coded(found[3][0])


def coded(item: Item) -> Code:
    """Return the code that an Item of a Code Sequence holds (PS3.3 8.8).

    Items that share their elements, since their bytes are the same, are read once for a file.
    """
    codes: dict[int, Code] | None = item.instance.memo.get("sr codes")
    if codes is None:
        codes = item.instance.memo["sr codes"] = {}
    code = codes.get(id(item.elements))
    if code is not None:
        return code
    code = _read_plain(item)
    if code is None:
        return _decoded(item)
    codes[id(item.elements)] = code
    return code


def _read_plain(item: Item) -> Code | None:
    """Return the code of an Item if it means the same in every character set, else None."""
    get = item.elements.get
    value, scheme, meaning = get(_CODE_VALUE), get(_SCHEME), get(_MEANING)
    if value is None or scheme is None or meaning is None:
        return None
    _, at, length, items = value
    _, scheme_at, scheme_length, scheme_items = scheme
    _, meaning_at, meaning_length, meaning_items = meaning
    if items is not None or scheme_items is not None or meaning_items is not None:
        return None
    if length > _LONGEST or scheme_length > _LONGEST or meaning_length > _LONGEST:
        return None
    buf = item.buf
    return _known(
        _cut_out(buf, at, at + length),
        _cut_out(buf, scheme_at, scheme_at + scheme_length),
        _cut_out(buf, meaning_at, meaning_at + meaning_length),
    )


@lru_cache(maxsize=_MOST_CODES)
def _known(value: bytes, scheme: bytes, meaning: bytes) -> Code | None:
    """Return the code of three parts, None if what they say depends on a character set."""
    if not (_is_plain(value) and _is_plain(scheme) and _is_plain(meaning)):
        return None
    return Code(_plain(value), _plain(scheme), _plain(meaning))


def _decoded(item: Item) -> Code:
    value = ""
    for tag in _CODE_VALUES:
        if tag in item.elements:
            value = _short(item, tag)
            break
    return Code(value, _short(item, _SCHEME), _short(item, _MEANING))


def key_of(code: Code) -> Key | None:
    """Return the code that stands for a code today, None if it has no value."""
    return current(code.value, code.scheme) if code.value else None


def _tree(instance: Instance) -> _Tree:
    found: _Tree | None = instance.memo.get("content tree")
    if found is None:
        found = instance.memo["content tree"] = _read(instance)
    return found


def _read(instance: Instance) -> _Tree:
    """Return the tree of an Instance, in the order of the document, without recursion."""
    if not _has_content(instance):
        return _NO_TREE
    waiting, found, cut = [ContentItem(instance.root, None, 1)], [], False
    by_shape: dict[Shape, list[ContentItem]] = {}
    while waiting:
        node = waiting.pop()
        found.append(node)
        shape = (
            "" if node.parent is None else node.parent.value_type,
            node.relationship,
            node.value_type if node.reference is None else BY_REFERENCE,
        )
        alike = by_shape.get(shape)
        if alike is None:
            by_shape[shape] = [node]
        else:
            alike.append(node)
        content = node.item.elements.get(_CONTENT)
        if content is None or not content[3]:
            continue
        items = content[3]
        if node.depth >= MAX_DEPTH or len(found) + len(waiting) + len(items) > MAX_ITEMS:
            cut = True
            continue
        children = [ContentItem(item, node, number) for number, item in enumerate(items, 1)]
        node.children = tuple(children)
        children.reverse()
        waiting.extend(children)
    instance.memo["release"] = partial(_release, found)
    return _Tree(tuple(found), by_shape, cut)


def _release(nodes: Sequence[ContentItem]) -> None:
    """Let go of the children, which refer to their parents."""
    for node in nodes:
        node.children = ()


def _has_content(instance: Instance) -> bool:
    """Tell whether the Instance is a document: no other standard IOD has these Attributes."""
    elements = instance.root.elements
    if _CONTENT not in elements and _VALUE_TYPE not in elements:
        return False
    uid = instance.sop_class_uid
    return not uid.startswith(_DICOM_ROOT) or uid.startswith(_DOCUMENTS) or relationships(uid) is not None


def _cut_out(buf: Any, start: int, end: int) -> bytes:
    return buf[start:end] if isinstance(buf, bytes) else bytes(buf[start:end])


def _term(item: Item, tag: int) -> str:
    """Return what `_short` does; faster for the terms that PS3.3 defines."""
    found = item.elements.get(tag)
    if found is None:
        return ""
    if found[3] is None and found[2] <= 16:
        term = _TERMS.get(_cut_out(item.buf, found[1], found[1] + found[2]))
        if term is not None:
            return term
    return _short(item, tag)


def _short(item: Item, tag: int) -> str:
    """Return the text of an Attribute without its padding, "" if it is absent or of another kind."""
    found = item.elements.get(tag)
    if found is None or found[3] is not None or found[2] > 0xFFFF:
        return ""
    raw = bytes(item.buf[found[1] : found[1] + found[2]])
    if _is_plain(raw):
        return _plain(raw)
    value = item.first(tag)
    return value if isinstance(value, str) else ""


def _is_plain(raw: bytes) -> bool:
    return raw.isascii() and b"\x1b" not in raw


def _plain(raw: bytes) -> str:
    return raw.decode("ascii").strip(" \0")
