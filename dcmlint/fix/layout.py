"""Where every Data Element of a file begins and ends, to the byte (PS3.5 7, PS3.5 Annex A, PS3.10 7).

The scanner (`dcmlint.read.scanner`) says what rules ask: values by tag. Whoever changes bytes must also know
of each element where its header begins and where its last delimiter ends, of elements that are there twice
too, and must not guess: where that cannot be known, the walk stops and says so.
"""

from __future__ import annotations

from contextlib import suppress
from struct import Struct
from typing import Any, NamedTuple

from dcmlint.model import UNDEFINED_LENGTH
from dcmlint.read.irregular import PIXEL_DATA, Irregularities
from dcmlint.read.item import Instance, Item
from dcmlint.read.scanner import MAX_DEPTH, MAX_ELEMENTS
from dcmlint.read.vr import LONG_VRS, SHORT_VRS
from dcmlint.standard.dictionary import implicit_vrs

__all__ = ["Encoding", "Extent", "ItemExtent", "Layout", "Level"]

_ITEM = 0xFFFEE000
_ITEM_END = 0xFFFEE00D
_SEQUENCE_END = 0xFFFEE0DD
_ALL_VRS = frozenset(SHORT_VRS) | frozenset(LONG_VRS)

_EXPLICIT = (Struct("<HH2sH").unpack_from, Struct(">HH2sH").unpack_from)
_IMPLICIT = (Struct("<HHL").unpack_from, Struct(">HHL").unpack_from)
_LONG = (Struct("<L").unpack_from, Struct(">L").unpack_from)


class Encoding(NamedTuple):
    """How the Data Elements of one Data Set or Item are encoded (PS3.5 7.1, 7.3)."""

    explicit: bool
    big_endian: bool


class Extent(NamedTuple):
    """The bytes of one Data Element.

    The header lies at `start` to `value`, the Value Field at `value` to `close`, and what delimits it at
    `close` to `end`. `defined` is False for undefined length. `nested` says how the Items of a Sequence are
    encoded, None for what is no Sequence. `cut` says that what holds it ends before it does.
    """

    tag: int
    vr: str
    start: int
    value: int
    close: int
    end: int
    defined: bool = True
    nested: Encoding | None = None
    cut: bool = False


class ItemExtent(NamedTuple):
    """The bytes of one Item.

    Its header lies at `content` - 8, its Data Elements at `content` to `close`, what delimits it up to `end`.
    """

    content: int
    close: int
    end: int
    defined: bool
    cut: bool
    encoding: Encoding


class Level(NamedTuple):
    """The Data Elements of one Data Set or Item, in the order of the bytes.

    They end at `close`, where one more could be added; what comes next starts at `end`. `unknown` says why
    the bytes from `close` on cannot be told apart, "" if there are none such. What follows the last Data
    Element of a file is not unknown.
    """

    extents: list[Extent]
    close: int
    end: int
    encoding: Encoding
    unknown: str = ""


class _LostError(Exception):
    """The walk does not know where something ends."""


class Layout:
    """Walks the bytes of one buffer, level by level, as it is asked."""

    __slots__ = ("buf", "count", "report", "vr_of", "whole")

    def __init__(self, buf: Any) -> None:
        self.buf = buf
        self.count = 0
        self.vr_of = implicit_vrs().__getitem__
        instance = Instance()
        self.report = Irregularities(instance, self.vr_of)
        self.whole = Item(instance, buf, 0, None, 0, 0, 0)

    def data_set(self, start: int, limit: int, encoding: Encoding) -> Level:
        """Return the Data Elements of a Data Set, or of File Meta Information, that ends at `limit`."""
        return self._level(start, limit, encoding, 0, delimited=False)

    def items(self, extent: Extent, depth: int = 1) -> list[ItemExtent]:
        """Return the Items of a Sequence, as far as it is known where each lies."""
        found: list[ItemExtent] = []
        if extent.nested is not None:
            with suppress(_LostError):
                self._items(found, extent.value, extent.close, extent.nested, depth, defined=True)
        return found

    def item(self, item: ItemExtent, depth: int = 1) -> Level:
        """Return the Data Elements of an Item."""
        return self._level(item.content, item.close, item.encoding, depth, delimited=False)

    def _level(self, start: int, limit: int, encoding: Encoding, depth: int, *, delimited: bool) -> Level:
        """Return the elements from `start` on, to `limit`, or to a delimiter before it if `delimited`."""
        if self.count > MAX_ELEMENTS:
            if delimited:
                raise _LostError
            return Level([], start, limit, encoding, "there are too many Data Elements before it")
        extents: list[Extent] = []
        walk = self._explicit if encoding.explicit else self._implicit
        unknown = ""
        try:
            pos = walk(extents, start, limit, encoding, depth)
        except _LostError:
            pos = extents[-1].end if extents else start
            unknown = "it cannot be known where a Data Element ends"
        self.count += len(extents) + 1
        end = limit
        if delimited:
            if unknown or pos + 8 > limit:
                raise _LostError
            group, number, _ = _IMPLICIT[encoding.big_endian](self.buf, pos)
            if group << 16 | number not in (_ITEM_END, _SEQUENCE_END):
                raise _LostError
            end = pos + 8 if number == 0xE00D else pos
        elif not unknown and pos < limit and depth:
            unknown = "there are bytes that are no Data Element"
        return Level(extents, pos, end, encoding, unknown)

    def _explicit(self, extents: list[Extent], pos: int, limit: int, encoding: Encoding, depth: int) -> int:
        """Add the elements of Explicit VR to `extents`; return where the last one ends."""
        buf, big_endian = self.buf, encoding.big_endian
        header = _EXPLICIT[big_endian]
        last = -1
        while pos + 8 <= limit:
            group, number, vr_bytes, length = header(buf, pos)
            tag = group << 16 | number
            vr = SHORT_VRS.get(vr_bytes)
            if vr is not None:
                end = pos + 8 + length
                if end > limit:
                    if self._left_over(pos, limit, tag, last, depth):
                        return pos
                    extents.append(Extent(tag, vr, pos, pos + 8, limit, limit, cut=True))
                    return limit
                extents.append(Extent(tag, vr, pos, pos + 8, end, end))
            elif group == 0xFFFE and number != 0xE000:
                if depth:
                    return pos
                pos += 8  # a delimiter that delimits nothing
                continue
            elif vr_bytes in LONG_VRS and pos + 12 <= limit:
                length = _LONG[big_endian](buf, pos + 8)[0]
                extent = self._long(tag, LONG_VRS[vr_bytes], (pos, pos + 12, length), limit, encoding, depth)
                extents.append(extent)
                end = extent.end
            else:
                if self._no_element(pos, limit, tag, last, depth):
                    return pos
                extent = self._without_vr(tag, pos, limit, encoding)
                extents.append(extent)
                end = extent.end
            last = tag
            pos = end
        return pos

    def _implicit(self, extents: list[Extent], pos: int, limit: int, encoding: Encoding, depth: int) -> int:
        """Add the elements of Implicit VR to `extents`; return where the last one ends."""
        buf, vr_of = self.buf, self.vr_of
        header = _IMPLICIT[encoding.big_endian]
        last = -1
        while pos + 8 <= limit:
            group, number, length = header(buf, pos)
            tag = group << 16 | number
            if group == 0xFFFE:
                if number == 0xE000:
                    raise _LostError
                if depth:
                    return pos
                pos += 8
                continue
            vr = vr_of(tag)
            end = pos + 8 + length
            if vr == "SQ" or length == UNDEFINED_LENGTH:
                if group == 0xFFFF and not depth:
                    return pos
                extent = self._long(tag, vr, (pos, pos + 8, length), limit, encoding, depth)
                extents.append(extent)
                end = extent.end
            elif end > limit or not tag:
                if self._left_over(pos, limit, tag, last, depth):
                    return pos
                end = min(end, limit)
                extents.append(Extent(tag, vr, pos, pos + 8, end, end, cut=pos + 8 + length > limit))
            else:
                extents.append(Extent(tag, vr, pos, pos + 8, end, end))
            last = tag
            pos = end
        return pos

    def _long(
        self, tag: int, vr: str, place: tuple[int, int, int], limit: int, encoding: Encoding, depth: int
    ) -> Extent:
        """Return the extent of an element with a 32-bit length.

        `place` is where it starts, where its value does, and the length.
        """
        start, value, length = place
        nested = self._nested(tag, vr, value, length, limit, encoding)
        if length != UNDEFINED_LENGTH:
            end = value + length
            return Extent(
                tag, vr, start, value, min(end, limit), min(end, limit), nested=nested, cut=end > limit
            )
        if nested is None:
            end = self._fragments(value, limit, encoding)
        else:
            end = self._items([], value, limit, nested, depth + 1, defined=False)
        return Extent(tag, vr, start, value, end - 8, end, defined=False, nested=nested)

    def _nested(
        self, tag: int, vr: str, value: int, length: int, limit: int, encoding: Encoding
    ) -> Encoding | None:
        """Return how the Items of the element are encoded, None if it has none."""
        if vr == "SQ":
            return encoding
        if length == UNDEFINED_LENGTH:
            if tag >> 16 == 0x7FE0 or (vr in ("OB", "OW") and encoding.explicit):
                return None
        elif not (
            vr == "UN"
            and length >= 8
            and value + length <= limit
            and self.buf[value : value + 4] == b"\xfe\xff\x00\xe0"
            and self.vr_of(tag) == "SQ"
        ):
            return None
        # Inside UN it is Implicit VR Little Endian (PS3.5 6.2.2), but some writers keep Explicit VR there.
        kept = value + 16 <= limit and bytes(self.buf[value + 12 : value + 14]) in _ALL_VRS
        return Encoding(encoding.explicit and kept, big_endian=False)

    def _items(
        self,
        found: list[ItemExtent],
        pos: int,
        limit: int,
        encoding: Encoding,
        depth: int,
        *,
        defined: bool,
    ) -> int:
        """Add the Items from `pos` on to `found`; return where the Sequence ends, its delimiter included."""
        if depth > MAX_DEPTH:
            raise _LostError
        header = _IMPLICIT[encoding.big_endian]
        while pos + 8 <= limit:
            group, number, size = header(self.buf, pos)
            tag = group << 16 | number
            if tag == _SEQUENCE_END and not defined:
                return pos + 8
            if tag != _ITEM:
                raise _LostError
            content = pos + 8
            inside = self._inside(content, limit, size, encoding)
            if size == UNDEFINED_LENGTH:
                level = self._level(content, limit, inside, depth, delimited=True)
                found.append(ItemExtent(content, level.close, level.end, False, False, inside))
            else:
                end = content + size
                if end > limit and not defined:
                    raise _LostError
                found.append(ItemExtent(content, min(end, limit), min(end, limit), True, end > limit, inside))
            pos = found[-1].end
        if not defined:
            raise _LostError
        return limit

    def _inside(self, content: int, limit: int, size: int, encoding: Encoding) -> Encoding:
        """Return how an Item is encoded: a few writers mix Explicit and Implicit VR."""
        end = limit if size == UNDEFINED_LENGTH else min(limit, content + size)
        if content + 8 > end:
            return encoding
        header = _IMPLICIT[encoding.big_endian]
        group, _, length = header(self.buf, content)
        vr_bytes = bytes(self.buf[content + 4 : content + 6])
        if group == 0xFFFE:
            return encoding
        if encoding.explicit:
            self.report.short = _EXPLICIT[encoding.big_endian]
            plausible = self.report.implicit_plausible
            other = vr_bytes not in _ALL_VRS and plausible(self.whole, content, end, header)
        else:
            other = vr_bytes in _ALL_VRS and length != UNDEFINED_LENGTH and content + 8 + length > end
        return encoding._replace(explicit=not encoding.explicit) if other else encoding

    def _fragments(self, pos: int, limit: int, encoding: Encoding) -> int:
        """Return where encapsulated data ends, its delimiter included (PS3.5 A.4)."""
        header = _IMPLICIT[encoding.big_endian]
        while pos + 8 <= limit:
            group, number, size = header(self.buf, pos)
            if group != 0xFFFE or number not in (0xE000, 0xE0DD):
                break
            if number == 0xE0DD:
                return pos + 8
            pos += 8 + size
        raise _LostError

    def _without_vr(self, tag: int, pos: int, limit: int, encoding: Encoding) -> Extent:
        """Return the extent of an element whose VR bytes are none, if there is one way only to read it."""
        buf, big_endian = self.buf, encoding.big_endian
        if tag == _ITEM:
            raise _LostError
        vr_bytes = bytes(buf[pos + 4 : pos + 6])
        # A VR that PS3.5 does not define is to be read like UN (PS3.5 6.2.2).
        if (
            vr_bytes.isalpha()
            and vr_bytes.isupper()
            and buf[pos + 6 : pos + 8] == b"\0\0"
            and pos + 12 <= limit
        ):
            end = pos + 12 + _LONG[big_endian](buf, pos + 8)[0]
            if end <= limit:
                return Extent(tag, "UN", pos, pos + 12, end, end)
        self.report.short = _EXPLICIT[big_endian]
        lengths = {_LONG[big_endian](buf, pos + 4)[0], _EXPLICIT[big_endian](buf, pos)[3]}
        ends = [
            pos + 8 + length
            for length in lengths
            if length != UNDEFINED_LENGTH
            and pos + 8 + length <= limit
            and self.report.plausible(buf, pos + 8 + length, limit, tag)
        ]
        if len(ends) != 1:
            raise _LostError
        vr = self.vr_of(tag)
        return Extent(tag, "UN" if vr == "SQ" else vr, pos, pos + 8, ends[0], ends[0])

    def _left_over(self, pos: int, limit: int, tag: int, last: int, depth: int) -> bool:
        """Tell whether an element that fits badly is rather what follows the end of the Data Set."""
        if depth:
            return False
        zeros = tag == 0 and last >= 0 and not any(self.buf[pos : min(limit, pos + 64)])
        return zeros or (last >= PIXEL_DATA and tag <= last)

    def _no_element(self, pos: int, limit: int, tag: int, last: int, depth: int) -> bool:
        """Tell whether what has no VR is rather what follows the end of the Data Set."""
        if depth or tag == _ITEM:
            return False
        return not any(self.buf[pos : min(limit, pos + 64)]) or self.report.after_last(tag, last)
