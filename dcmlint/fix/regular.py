"""Edits to the bytes of the changed file where nothing of the file is irregular.

What the scanner tells of a regular file says where everything begins and ends: headers are as long as their
VR makes them (PS3.5 7.1), elements ascend, and each ends where the next one begins. Each place is compared
with the bytes that must be there before it counts. Whatever is not so is left to `dcmlint.fix.splice`, which
reads the bytes once more, and which both must agree with.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from struct import Struct
from typing import Any, Literal

from dcmlint.errors import FixError
from dcmlint.fix.edit import Edit
from dcmlint.fix.element import element_bytes
from dcmlint.fix.join import Splice
from dcmlint.fix.layout import Encoding
from dcmlint.model import UNDEFINED_LENGTH, Elements, Location
from dcmlint.read.item import Instance, Item
from dcmlint.read.vr import LONG_VRS

__all__ = ["regular_splices"]

_HARMLESS = frozenset(("file/missing-preamble",))
_LONG = frozenset(LONG_VRS.values())
_TRANSFER_SYNTAX_UID = 0x00020010
_MOST_LENGTH = 0xFFFFFFFE
_LENGTHS = (Struct("<L"), Struct(">L"))
_ITEM_ENDS = (b"\xfe\xff\x0d\xe0\0\0\0\0", b"\xff\xfe\xe0\x0d\0\0\0\0")


class _IrregularError(Exception):
    """Something is not as it is in a regular file, or the edits cannot be made."""


class _Level:
    """One Data Set or Item with edits: which tags have one, and by how many bytes it grows, all in all and in
    each group without its length. `end` is where its elements end, -1 if that is not known yet."""

    __slots__ = ("edited", "elements", "encoding", "end", "grown", "growth", "item", "location")

    def __init__(self, item: Item, location: Location, encoding: Encoding, end: int) -> None:
        self.item = item
        self.elements: Elements = item.elements
        self.location = location
        self.encoding = encoding
        self.end = end
        self.edited: set[int] = set()
        self.growth = 0
        self.grown: dict[int, int] = {}

    def grow(self, tag: int, growth: int) -> None:
        """Note by how many bytes an element grows."""
        self.growth += growth
        if tag & 0xFFFF:
            self.grown[tag >> 16] = self.grown.get(tag >> 16, 0) + growth


def regular_splices(instance: Instance, edits: Iterable[Edit]) -> list[Splice] | None:
    """Return the splices that make the edits, with all lengths that follow from them (`spliced`).

    None if the file is not regular, if its Data Set is deflated, or if an edit is one that
    `dcmlint.fix.splice` must decide on, such as one that cannot be made.
    """
    root, meta = instance.root, instance.meta
    if not instance.on_bytes or (meta is not None and root.buf is not meta.buf):
        return None
    if any(fault.rule not in _HARMLESS for fault in instance.faults):
        return None
    try:
        return _Regular(instance).splices(edits)
    except (_IrregularError, FixError):
        return None


class _Regular:
    """Makes the splices of one file."""

    __slots__ = ("_buf", "_levels", "_made", "_meta", "_sequences")

    def __init__(self, instance: Instance) -> None:
        root = instance.root
        self._buf = root.buf
        encoding = Encoding(instance.explicit, instance.big_endian)
        self._levels: dict[Location, _Level] = {(): _Level(root, (), encoding, len(root.buf))}
        self._meta: _Level | None = None
        if instance.meta is not None:
            self._meta = _Level(instance.meta, (), Encoding(explicit=True, big_endian=False), root.offset)
        self._sequences: dict[tuple[Location, int], int] = {}
        self._made: list[Splice] = []

    def splices(self, edits: Iterable[Edit]) -> list[Splice]:
        """Return the splices; raises _IrregularError."""
        level = self._levels[()]
        self._ends_whole(level)
        location: Location = ()
        for edit in edits:
            if edit.location is not location:
                location = edit.location
                level = self._level(location)
            if edit.tag >> 16 == 2 and not location:
                self._edit(self._meta_level(edit.tag), edit)
            else:
                self._edit(level, edit)
        for each in sorted(self._levels.values(), key=_depth, reverse=True):
            self._lengths(each)
        for (outer, tag), growth in self._sequences.items():
            self._sequence_length(self._levels[outer], tag, growth)
        if self._meta is not None:
            self._group_lengths(self._meta)
        return self._made

    def _meta_level(self, tag: int) -> _Level:
        meta = self._meta
        if meta is None or tag == _TRANSFER_SYNTAX_UID:
            raise _IrregularError
        if not meta.edited:
            self._ends_whole(meta)
        return meta

    def _ends_whole(self, level: _Level) -> None:
        """Make sure that the last element ends where a Data Set or the File Meta Information does."""
        last = next(reversed(level.elements.values()), None)
        if last is None or (last[2] != UNDEFINED_LENGTH and level.item.base + last[1] + last[2] != level.end):
            raise _IrregularError

    def _level(self, location: Location) -> _Level:
        """Return the Data Set or Item at a location, with what holds it."""
        found = self._levels.get(location)
        if found is not None:
            return found
        outer, tag, number = self._level(location[:-2]), location[-2], location[-1]
        element = outer.elements.get(tag)
        if element is None or element[0] != "SQ" or element[3] is None or not 1 <= number <= len(element[3]):
            raise _IrregularError
        item: Item = element[3][number - 1]
        found = self._levels[location] = _Level(item, location, outer.encoding, -1)
        self._sequences.setdefault((outer.location, tag), 0)
        return found

    def _edit(self, level: _Level, edit: Edit) -> None:
        tag = edit.tag
        found = level.elements.get(tag)
        element = edit.element
        if tag in level.edited:
            raise _IrregularError
        level.edited.add(tag)
        if edit.action == "remove" and found is not None:
            content = b""
        elif element is None or element.tag != tag or not tag & 0xFFFF:
            raise _IrregularError
        else:
            content = element_bytes(element, level.encoding, level.location)
        if found is None:
            start = end = self._place(level, tag)
        else:
            start, end = self._start(level, tag, found), self._end(level, tag, found)
            if content and tag >> 16 == 0x7FE0 and found[2] == UNDEFINED_LENGTH:
                raise _IrregularError
        self._made.append(Splice(start, end, (-len(level.location), tag), content))
        level.grow(tag, len(content) - end + start)

    def _start(self, level: _Level, tag: int, found: tuple[Any, ...]) -> int:
        """Return where the header of an element begins."""
        header = _header(tag, found[0], level.encoding)
        size = 12 if level.encoding.explicit and found[0] in _LONG else 8
        start: int = level.item.base + found[1] - size
        if start < 0 or self._buf[start : start + len(header)] != header:
            raise _IrregularError
        return start

    def _end(self, level: _Level, tag: int, found: tuple[Any, ...]) -> int:
        """Return where an element ends, its delimiter included."""
        if found[2] != UNDEFINED_LENGTH:
            end: int = level.item.base + found[1] + found[2]
            return end
        tags = list(level.elements)
        index = tags.index(tag) + 1
        if index < len(tags):
            return self._start(level, tags[index], level.elements[tags[index]])
        return self._close(level)

    def _place(self, level: _Level, tag: int) -> int:
        """Return where an element of this tag is put in: before the first one of a higher tag."""
        following = min((other for other in level.elements if other > tag), default=None)
        if following is None:
            return self._close(level)
        return self._start(level, following, level.elements[following])

    def _close(self, level: _Level) -> int:
        """Return where the elements of a Data Set or Item end."""
        if level.end < 0:
            level.end = self._item_end(level)
        return level.end

    def _item_end(self, level: _Level) -> int:
        item, outer, tag = level.item, self._levels[level.location[:-2]], level.location[-2]
        size, content = self._length_of(item, level.encoding)
        if size != UNDEFINED_LENGTH:
            after: int = content + size
            return after
        sequence = outer.elements[tag]
        siblings = sequence[3] or ()
        if item.index < len(siblings):
            following = siblings[item.index]
            end: int = following.base + following.offset - 16
        else:
            end = self._end(outer, tag, sequence) - (16 if sequence[2] == UNDEFINED_LENGTH else 8)
        if self._buf[end : end + 8] != _ITEM_ENDS[level.encoding.big_endian]:
            raise _IrregularError
        return end

    def _length_of(self, item: Item, encoding: Encoding) -> tuple[int, int]:
        """Return the length that the header of an Item has, and where its elements begin."""
        content = item.base + item.offset
        size: int = _LENGTHS[encoding.big_endian].unpack_from(self._buf, content - 4)[0]
        return size, content

    def _lengths(self, level: _Level) -> None:
        """Repair the lengths within an Item and its own, and tell what holds it by how much it grows."""
        self._group_lengths(level)
        if not level.location:
            return
        outer, tag = self._levels[level.location[:-2]], level.location[-2]
        if level.growth:
            size, content = self._length_of(level.item, level.encoding)
            if size != UNDEFINED_LENGTH:
                self._lengthen(level, content, size + level.growth)
        self._sequences[outer.location, tag] += level.growth
        outer.grow(tag, level.growth)

    def _sequence_length(self, outer: _Level, tag: int, growth: int) -> None:
        _, offset, length, _ = outer.elements[tag]
        if tag in outer.edited:
            raise _IrregularError
        if growth and length != UNDEFINED_LENGTH:
            self._start(outer, tag, outer.elements[tag])
            self._lengthen(outer, outer.item.base + offset, length + growth)

    def _lengthen(self, level: _Level, value: int, length: int) -> None:
        """Add the splice of the 32-bit length before `value`."""
        if not 0 <= length <= _MOST_LENGTH:
            raise _IrregularError
        packed = _LENGTHS[level.encoding.big_endian].pack(length)
        self._made.append(Splice(value - 4, value, (0, 0), packed))

    def _group_lengths(self, level: _Level) -> None:
        """Repair the lengths that there are of groups with an edit (PS3.5 7.2, PS3.10 7.1)."""
        for group, growth in level.grown.items():
            tag = group << 16
            found = level.elements.get(tag)
            if found is None or tag in level.edited:
                continue
            if found[2] != 4 or found[0] != "UL":
                raise _IrregularError
            value = level.item.base + found[1]
            size = self._place(level, tag | 0xFFFF) - value - 4 + growth
            if not 0 <= size <= _MOST_LENGTH:
                raise _IrregularError
            packed = _LENGTHS[level.encoding.big_endian].pack(size)
            self._made.append(Splice(value, value + 4, (-len(level.location), tag), packed))


def _depth(level: _Level) -> int:
    return len(level.location)


@lru_cache(maxsize=1 << 14)
def _header(tag: int, vr: str, encoding: Encoding) -> bytes:
    """Return the bytes that the header of an element begins with."""
    order: Literal["big", "little"] = "big" if encoding.big_endian else "little"
    start = (tag >> 16).to_bytes(2, order) + (tag & 0xFFFF).to_bytes(2, order)
    return start + vr.encode() if encoding.explicit else start
