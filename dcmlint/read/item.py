"""The lazy view of a Data Set that rules see: Item for one level, Instance for the whole.

Nothing is decoded before it is asked for. `None` is absent, `()` is zero length.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from dcmlint.model import Element, Elements, Fault, Location

if TYPE_CHECKING:
    from pydicom import Dataset

__all__ = ["Instance", "Item"]


class Item:
    """One Data Set: the root of a SOP Instance, its File Meta Information, or a Sequence Item.

    `elements` maps tag to (VR, offset, length, items); offsets count from the start of `buf`, and
    `base + offset` is the offset in the file. `values` and `texts` are what has been decoded so far, by tag,
    and read for conditions, by offset.
    """

    __slots__ = ("base", "buf", "elements", "index", "instance", "offset", "parent", "tag", "texts", "values")

    def __init__(
        self,
        instance: Instance,
        buf: Any,
        base: int,
        parent: Item | None,
        tag: int,
        index: int,
        offset: int,
    ) -> None:
        self.instance = instance
        self.buf = buf
        self.base = base
        self.parent = parent
        self.tag = tag
        self.index = index
        self.offset = offset
        self.elements: Elements = {}
        self.values: dict[int, tuple[Any, ...]] | None = None
        self.texts: dict[int, list[bytes]] | None = None

    def __contains__(self, attribute: str | int) -> bool:
        return _tag(attribute) in self.elements

    def element(self, attribute: str | int) -> Element | None:
        """Return the Data Element, or None if absent."""
        found = self.elements.get(_tag(attribute))
        return None if found is None else Element(*found)  # type: ignore[arg-type]

    def raw(self, attribute: str | int) -> bytes | None:
        """Return the value's bytes as they lie in the file, or None if absent or a Sequence."""
        found = self.elements.get(attribute if attribute.__class__ is int else _tag(attribute))
        if found is None:
            return None
        _, offset, length, items = found
        if items is not None or length == 0xFFFFFFFF:
            return None
        return bytes(self.buf[offset : offset + length])

    def get(self, attribute: str | int) -> tuple[Any, ...] | None:
        """Return the decoded values: () if zero length, None if absent.

        Text is str without its padding, numbers are int or float, AT is a tag as int. A value
        that cannot be decoded is left out as a str of the raw bytes in ISO 8859-1.
        """
        tag = _tag(attribute)
        found = self.elements.get(tag)
        if found is None:
            return None
        if self.values is None:
            self.values = {}
        cached = self.values.get(tag)
        if cached is None:
            from dcmlint.read.decode import decode

            cached = self.values[tag] = decode(self, tag)
        return cached

    def first(self, attribute: str | int) -> Any:
        """Return the first decoded value, or None if absent or zero length."""
        values = self.get(attribute)
        return values[0] if values else None

    def items(self, attribute: str | int) -> Sequence[Item] | None:
        """Return the Items of a Sequence: () if it has none, None if absent or not a Sequence."""
        found = self.elements.get(_tag(attribute))
        return None if found is None or found[3] is None else found[3]

    def walk(self) -> Iterator[Item]:
        """Yield this Item and every nested one, depth first, in the order of the bytes."""
        yield self
        for element in self.elements.values():
            for nested in element[3] or ():
                yield from nested.walk()

    @property
    def location(self) -> Location:
        """Where this Item is: (Sequence tag, Item number, ...) from the root; () for the root."""
        parts: list[int] = []
        item: Item | None = self
        while item is not None and item.parent is not None:
            parts += (item.index, item.tag)
            item = item.parent
        return tuple(reversed(parts))


class Instance:
    """One SOP Instance: File Meta Information, Data Set, and how they were encoded.

    `syntax` is the Transfer Syntax the bytes are really in. `on_bytes` is False when it was made
    from an in-memory Data Set or DICOM JSON: it has no offsets and no File Meta Information then.
    `holders` are the Items that hold Sequences, `sequences` the Items of each Sequence. `file` is the path or
    URI it was read from, "" if none.
    """

    __slots__ = (
        "big_endian",
        "charsets",
        "declared_syntax",
        "explicit",
        "faults",
        "file",
        "fragments",
        "header_end",
        "holders",
        "memo",
        "meta",
        "on_bytes",
        "root",
        "sequences",
        "size",
        "syntax",
    )

    def __init__(self, *, on_bytes: bool = True) -> None:
        self.file = ""
        self.meta: Item | None = None
        self.root = Item(self, b"", 0, None, 0, 0, 0)
        self.faults: list[Fault] = []
        self.fragments: list[tuple[Item, int, list[tuple[int, int]]]] = []
        self.declared_syntax = ""
        self.syntax = ""
        self.big_endian = False
        self.explicit = True
        self.size = 0
        self.header_end = 0
        self.on_bytes = on_bytes
        self.charsets: Mapping[int, Any] = {}
        self.memo: dict[str, Any] = {}
        self.holders: list[Item] = []
        self.sequences: list[list[Item]] = []

    def close(self) -> None:
        """Drop every element, so that what refers to each other is freed at once: the garbage collector has
        nothing to find.

        What rules put into `memo` as "release" is called for things of theirs that do.
        """
        release = self.memo.get("release")
        if release is not None:
            release()
        for item in self.holders:
            item.elements = {}
        self.root.elements = {}
        self.root, self.meta = _NOTHING, None
        self.memo, self.charsets = {}, {}
        self.faults, self.fragments, self.holders, self.sequences = [], [], [], []

    def element(self, attribute: str | int) -> Element | None:
        """See `Item.element`."""
        return self.root.element(attribute)

    def raw(self, attribute: str | int) -> bytes | None:
        """See `Item.raw`."""
        return self.root.raw(attribute)

    def get(self, attribute: str | int) -> tuple[Any, ...] | None:
        """See `Item.get`."""
        return self.root.get(attribute)

    def first(self, attribute: str | int) -> Any:
        """See `Item.first`."""
        return self.root.first(attribute)

    def items(self, attribute: str | int) -> Sequence[Item] | None:
        """See `Item.items`."""
        return self.root.items(attribute)

    @property
    def sop_class_uid(self) -> str:
        """SOP Class UID (0008,0016) of the Data Set, "" if absent."""
        return _uid(self, 0x00080016)

    @property
    def sop_instance_uid(self) -> str:
        """SOP Instance UID (0008,0018) of the Data Set, "" if absent."""
        return _uid(self, 0x00080018)

    def dataset(self) -> Dataset:
        """Return a new `pydicom.Dataset` of the Data Set, without bulk pixel data."""
        from dcmlint.read.bridge import to_pydicom

        return to_pydicom(self)


_NOTHING = Instance().root
"""The root of an Instance that is closed: no element is in it."""


def _uid(instance: Instance, tag: int) -> str:
    """Return a UID of the root, trimmed, "" if absent; looked up once for each Instance."""
    key = f"uid {tag}"
    found: str | None = instance.memo.get(key)
    if found is None:
        raw = instance.root.raw(tag)
        found = instance.memo[key] = "" if raw is None else raw.rstrip(b"\0 ").decode("latin-1")
    return found


def _tag(attribute: str | int) -> int:
    if isinstance(attribute, int):
        return attribute
    from dcmlint.standard.dictionary import tag_of

    return tag_of(attribute)
