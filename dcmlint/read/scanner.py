"""Bytes to Data Elements: the scanner kernel (PS3.5 7, PS3.5 Annex A).

It reads headers only, never raises on any bytes, and turns each irregularity into a Fault. The
loops here run for every element of every file: they are long on purpose and use plain tuples.
"""

from __future__ import annotations

from collections.abc import Callable
from struct import Struct
from typing import Any

from dcmlint.model import UNDEFINED_LENGTH, Elements
from dcmlint.read.fetching import Unpack, fetching
from dcmlint.read.fragments import read_fragments
from dcmlint.read.irregular import PIXEL_DATA, Irregularities, printable_vr
from dcmlint.read.item import Instance, Item
from dcmlint.read.vr import LONG_VRS, SHORT_VRS

__all__ = ["MAX_DEPTH", "MAX_ELEMENTS", "Scanner"]

MAX_DEPTH = 64
"""Sequence nesting beyond which the scanner does not descend (real objects stay below 20)."""

MAX_ELEMENTS = 5_000_000
"""Data Elements in one file after which the scanner stops."""

_COPY_LIMIT = 256  # bytes up to which Items of defined length get a buffer of their own

_MOST_LEAVES = 1 << 13
_LEAVES: dict[tuple[bool, bool], dict[bytes, Any]] = {}
"""Elements of small Items without Sequences by (explicit, big endian) and their bytes: codes and references
repeat from Instance to Instance."""

_ITEM_END = 0xFFFEE00D
_SEQUENCE_END = 0xFFFEE0DD
_LE_DELIMITER = b"\xfe\xff\x0d\xe0\0\0\0\0"
_BE_DELIMITER = b"\xff\xfe\xe0\x0d\0\0\0\0"

_LE_EXPLICIT = Struct("<HH2sH").unpack_from
_BE_EXPLICIT = Struct(">HH2sH").unpack_from
_LE_IMPLICIT = Struct("<HHL").unpack_from
_BE_IMPLICIT = Struct(">HHL").unpack_from
_LE_LONG = Struct("<L").unpack_from
_BE_LONG = Struct(">L").unpack_from


class Scanner:
    """Scan one buffer into the Items of one Instance.

    `dictionary_vr(tag)` gives the VR of a tag in Implicit VR encoding ("UN" if unknown). `ensure(start, end)`
    fetches the bytes of a buffer that has not all of them (None: it has).
    """

    __slots__ = (
        "big_endian",
        "count",
        "delimiter",
        "dictionary_vr",
        "end",
        "ensure",
        "explicit",
        "instance",
        "leaves",
        "long",
        "report",
        "short",
    )

    def __init__(
        self,
        instance: Instance,
        dictionary_vr: Callable[[int], str],
        ensure: Callable[[int, int], None] | None = None,
    ) -> None:
        self.instance = instance
        self.ensure = ensure
        self.dictionary_vr = dictionary_vr
        self.report = Irregularities(instance, dictionary_vr)
        self.count = 0
        self.encoding(explicit=True, big_endian=False)

    def encoding(self, *, explicit: bool, big_endian: bool) -> None:
        """Set how the bytes that follow are encoded."""
        self.explicit = explicit
        self.big_endian = big_endian
        self.short: Unpack = _BE_EXPLICIT if big_endian else _LE_EXPLICIT
        self.long: Unpack = _BE_LONG if big_endian else _LE_LONG
        self.end: Unpack = _BE_IMPLICIT if big_endian else _LE_IMPLICIT
        if self.ensure is not None:
            self.short = fetching(self.short, self.ensure)
            self.long = fetching(self.long, self.ensure)
            self.end = fetching(self.end, self.ensure)
        self.delimiter = _BE_DELIMITER if big_endian else _LE_DELIMITER
        self.report.short, self.report.long = self.short, self.long
        self.leaves = _LEAVES.setdefault((explicit, big_endian), {})

    def data_set(self, item: Item, pos: int, end: int, depth: int, stop: int = 0) -> int:
        """Fill `item.elements` from the bytes pos..end of its buffer and return where it ended.

        `stop` is the delimiter tag that ends it (0: the end of the bytes does).
        """
        if self.explicit:
            return self._explicit(item, pos, end, depth, stop)
        return self._implicit(item, pos, end, depth, stop)

    def element(self, item: Item, tag: int, vr: str, offset: int, length: int) -> None:
        """Record one element whose value lies at `offset` of the item's buffer, with its Items."""
        self._long_element(item, tag, vr, offset, length, offset + length, 0)

    def _explicit(self, item: Item, pos: int, end: int, depth: int, stop: int) -> int:
        buf = item.buf
        elements = item.elements
        header, long_length = self.short, self.long
        short_vrs, long_vrs = SHORT_VRS, LONG_VRS
        group: int
        number: int
        vr_bytes: bytes
        length: int
        last = -1
        limit = end - 8
        while pos <= limit:
            group, number, vr_bytes, length = header(buf, pos)
            tag = group << 16 | number
            vr = short_vrs.get(vr_bytes)
            if vr is not None:
                offset = pos + 8
                after = offset + length
                if tag <= last or length & 1 or after > end:
                    after = self._irregular(item, tag, pos, offset, length, end, last)
                    if after < 0:
                        return pos
                    length = min(length, after - offset)
                elements[tag] = (vr, offset, length, None)
                last = tag
                pos = after
                continue
            vr = long_vrs.get(vr_bytes)
            if vr is None or pos + 12 > end:
                if stop and tag == stop:
                    self.report.zero_length(item, pos)
                    return pos + 8
                if stop and tag == _SEQUENCE_END:
                    self.report.undelimited(item, None, pos, "Item")
                    return pos
                after = self._no_vr(item, tag, pos, end, last, depth, stop)
                if after <= pos:
                    return pos if after >= 0 else -after
                last = max(last, tag)
                pos = after
                continue
            length = long_length(buf, pos + 8)[0]
            offset = pos + 12
            if tag <= last:
                self.report.order(item, tag, pos, last)
            last = tag
            pos = self._long_element(item, tag, vr, offset, length, end, depth)
        if stop or pos < end:
            self.report.ended(item, pos, end, stop, last)
        return end if not stop else pos

    def _implicit(self, item: Item, pos: int, end: int, depth: int, stop: int) -> int:
        buf = item.buf
        elements = item.elements
        header = self.end
        vr_of = self.dictionary_vr
        group: int
        number: int
        length: int
        last = -1
        limit = end - 8
        while pos <= limit:
            group, number, length = header(buf, pos)
            tag = group << 16 | number
            offset = pos + 8
            after = offset + length
            if group == 0xFFFE:
                if tag == stop:
                    self.report.zero_length(item, pos)
                    return offset
                if stop and tag == _SEQUENCE_END:
                    self.report.undelimited(item, None, pos, "Item")
                    return pos
                after = self.report.stray(item, tag, pos, length, end, last)
                if after <= pos:
                    return pos
                pos = after
                continue
            vr = vr_of(tag)
            if vr == "SQ" or length == UNDEFINED_LENGTH:
                if group == 0xFFFF and item.parent is None:
                    self.report.left_over(item, pos, end)
                    return pos
                if tag <= last:
                    self.report.order(item, tag, pos, last)
                last = tag
                pos = self._long_element(item, tag, vr, offset, length, end, depth)
                continue
            if tag <= last or length & 1 or after > end:
                if after > end and last < 0 and depth and bytes(buf[pos + 4 : pos + 6]) in _ALL_VRS:
                    return self._switched(item, pos, end, depth, stop)
                after = self._irregular(item, tag, pos, offset, length, end, last)
                if after < 0:
                    return pos
                length = min(length, after - offset)
            elements[tag] = (vr, offset, length, None)
            last = tag
            pos = after
        if stop or pos < end:
            self.report.ended(item, pos, end, stop, last)
        return end if not stop else pos

    def _switched(self, item: Item, pos: int, end: int, depth: int, stop: int) -> int:
        """Read an Item that is explicit where its Data Set is implicit, or the other way round."""
        explicit, big_endian = self.explicit, self.big_endian
        self.report.switched(item, pos, explicit=explicit)
        self.encoding(explicit=not explicit, big_endian=big_endian)
        try:
            return self.data_set(item, pos, end, depth, stop)
        finally:
            self.encoding(explicit=explicit, big_endian=big_endian)

    def _irregular(
        self, item: Item, tag: int, pos: int, offset: int, length: int, end: int, last: int
    ) -> int:
        """Report what is odd about a plain element; return where the next one starts, -1 to stop."""
        zeros = tag == 0 and length == 0 and last >= 0 and not any(item.buf[pos : min(end, pos + 64)])
        if zeros or (last >= PIXEL_DATA and item.parent is None and tag <= last and offset + length > end):
            self.report.left_over(item, pos, end)
            return -1
        if tag <= last:
            self.report.order(item, tag, pos, last)
        if length & 1:
            self.report.add("encoding/odd-length", item, tag, offset, length, bytes=length)
        if offset + length > end:
            self.report.overrun(item, tag, offset, length, end)
            return end
        return offset + length

    def _no_vr(self, item: Item, tag: int, pos: int, end: int, last: int, depth: int, stop: int) -> int:
        """Report an element whose VR bytes are none; return where the next one starts, pos to stop.

        A negative result says that the Item has been read as Implicit VR, up to there.

        Writers are known to put elements of Implicit VR into Explicit VR Data Sets; a 32-bit
        length that leads to another plausible element is taken for that.
        """
        buf = item.buf
        group, _, length = self.end(buf, pos)
        if group == 0xFFFE:
            return self.report.stray(item, tag, pos, length, end, last)
        if not any(buf[pos : min(end, pos + 64)]) or (
            item.parent is None and self.report.after_last(tag, last)
        ):
            self.report.left_over(item, pos, end)
            return pos
        vr_bytes = bytes(buf[pos + 4 : pos + 6])
        if last < 0 and item.parent is not None and self.report.implicit_plausible(item, pos, end, self.end):
            return -self._switched(item, pos, end, depth, stop)
        if pos + 12 > end and vr_bytes in LONG_VRS:
            self.report.overrun(item, tag, pos + 12, 0, end)
            return pos
        offset = pos + 8
        # A VR that PS3.5 does not define is to be read like UN (PS3.5 6.2.2 note).
        if (
            vr_bytes.isalpha()
            and vr_bytes.isupper()
            and buf[pos + 6 : pos + 8] == b"\0\0"
            and pos + 12 <= end
        ):
            long_length: int = self.long(buf, pos + 8)[0]
            if pos + 12 + long_length <= end:
                self.report.add("encoding/invalid-vr", item, tag, pos + 4, 2, vr=vr_bytes.decode(), then="")
                item.elements[tag] = ("UN", pos + 12, long_length, None)
                return pos + 12 + long_length
        candidates: tuple[int, int] = (length, self.short(buf, pos)[3])
        for candidate in candidates:
            after = offset + candidate
            if candidate != UNDEFINED_LENGTH and after <= end and self.report.plausible(buf, after, end, tag):
                self.report.add(
                    "encoding/invalid-vr", item, tag, pos + 4, 2, vr=printable_vr(vr_bytes), then=""
                )
                if tag <= last:
                    self.report.order(item, tag, pos, last)
                vr = self.dictionary_vr(tag)
                item.elements[tag] = ("UN" if vr == "SQ" else vr, offset, candidate, None)
                return after
        if length == UNDEFINED_LENGTH and self.dictionary_vr(tag) in ("SQ", "UN"):
            self.report.add("encoding/invalid-vr", item, tag, pos + 4, 2, vr=printable_vr(vr_bytes), then="")
            return self._implicit_sequence(item, tag, "SQ", offset, length, end, depth)
        then = f"; the {end - pos} bytes from there on cannot be read"
        self.report.add("encoding/invalid-vr", item, tag, pos + 4, 2, vr=printable_vr(vr_bytes), then=then)
        return pos

    def _long_element(
        self, item: Item, tag: int, vr: str, offset: int, length: int, end: int, depth: int
    ) -> int:
        """Record an element with a 32-bit length or a Sequence; return where the next one starts."""
        if vr == "SQ":
            return self._sequence(item, tag, vr, offset, length, end, depth)
        if length == UNDEFINED_LENGTH:
            if vr != "UN" and tag != 0x7FE00010:
                self.report.add("encoding/undefined-length", item, tag, offset, 0, vr=vr)
            if tag >> 16 == 0x7FE0 or (vr in ("OB", "OW") and self.explicit):
                return read_fragments(self, item, tag, vr, offset, end)
            if vr == "UN" and not self.explicit:
                vr = "SQ"  # nothing else has an undefined length
            return self._implicit_sequence(item, tag, vr, offset, length, end, depth)
        after = offset + length
        starts_item = vr == "UN" and length >= 8 and item.buf[offset : offset + 4] == b"\xfe\xff\x00\xe0"
        if starts_item and after <= end and self.dictionary_vr(tag) == "SQ":
            return self._implicit_sequence(item, tag, vr, offset, length, end, depth)
        if length & 1:
            self.report.add("encoding/odd-length", item, tag, offset, length, bytes=length)
        if after > end:
            self.report.overrun(item, tag, offset, length, end)
            length, after = max(0, end - offset), end
        item.elements[tag] = (vr, offset, length, None)
        return after

    def _implicit_sequence(
        self, item: Item, tag: int, vr: str, offset: int, length: int, end: int, depth: int
    ) -> int:
        """Read a Sequence inside UN, which is Implicit VR Little Endian (PS3.5 6.2.2 note 1)."""
        explicit, big_endian = self.explicit, self.big_endian
        # Some writers keep the Explicit VR encoding inside; the first element's VR tells.
        pos = offset + 8
        inside_explicit = explicit and (pos + 8 <= end and bytes(item.buf[pos + 4 : pos + 6]) in _ALL_VRS)
        self.encoding(explicit=inside_explicit, big_endian=False)
        try:
            return self._sequence(item, tag, vr, offset, length, end, depth)
        finally:
            self.encoding(explicit=explicit, big_endian=big_endian)

    def _sequence(self, item: Item, tag: int, vr: str, offset: int, length: int, end: int, depth: int) -> int:
        items: list[Item] = []
        item.elements[tag] = (vr, offset, length, items)
        self.instance.holders.append(item)
        self.instance.sequences.append(items)
        delimited = length == UNDEFINED_LENGTH
        stop = end if delimited else offset + length
        if stop > end:
            self.report.overrun(item, tag, offset, length, end)
            stop = end
        if depth >= MAX_DEPTH or self.count > MAX_ELEMENTS:
            self.report.add("encoding/too-deep", item, tag, offset, length, depth=depth)
            return stop
        buf, header = item.buf, self.end
        group: int
        number: int
        size: int
        pos = offset
        while pos + 8 <= stop:
            group, number, size = header(buf, pos)
            start = pos + 8
            if size <= _COPY_LIMIT and number == 0xE000 and group == 0xFFFE and start + size <= stop:
                pos = start + size
                self._small_item(item, tag, items, bytes(buf[start:pos]), start, depth)
                continue
            if group != 0xFFFE:
                self.report.bad_item(item, tag, pos, 8, "element where an Item should start")
                return pos if delimited else stop
            if number == 0xE0DD:
                if size:
                    self.report.zero_length(item, pos)
                if not delimited:
                    self.report.bad_item(item, tag, pos, 8, "delimiter in a Sequence of defined length")
                return pos + 8 if delimited else stop
            if number != 0xE000:
                self.report.bad_item(item, tag, pos, 8, "element where an Item should start")
                pos += 8
                continue
            pos = self._item(item, tag, items, pos, size, stop, depth)
        if delimited:
            self.report.undelimited(item, tag, pos, "Sequence")
            return max(pos, offset)
        if pos < stop:
            self.report.bad_item(item, tag, pos, stop - pos, "bytes after the last Item")
        return stop

    def _item(
        self, parent: Item, tag: int, items: list[Item], pos: int, size: int, stop: int, depth: int
    ) -> int:
        """Read one Item whose header is at `pos`; return where the next one starts."""
        start = pos + 8
        if size == UNDEFINED_LENGTH:
            return self._delimited_item(parent, tag, items, start, stop, depth)
        after = start + size
        if after > stop:
            if self.report.cut is None and parent.elements[tag][2] != UNDEFINED_LENGTH:
                self.report.add("encoding/length-overrun", parent, tag, pos, size, missing=after - stop)
            else:
                self.report.overrun(parent, tag, start, size, stop)
            after = stop
        nested = Item(self.instance, parent.buf, parent.base, parent, tag, len(items) + 1, start)
        items.append(nested)
        self.data_set(nested, start, after, depth + 1)
        self.count += len(nested.elements) + 1
        return after

    def _delimited_item(
        self, parent: Item, tag: int, items: list[Item], start: int, stop: int, depth: int
    ) -> int:
        """Read an Item of undefined length; one that is known up to the next delimiter is not read again."""
        buf = parent.buf
        at: int = buf.find(self.delimiter, start, min(stop, start + _COPY_LIMIT + 8))
        body = bytes(buf[start:at]) if at > start else b""
        known = self.leaves.get(body) if body else None
        if known is not None:
            nested = Item(self.instance, body, parent.base + start, parent, tag, len(items) + 1, 0)
            items.append(nested)
            nested.elements = known
            return at + 8
        nested = Item(self.instance, buf, parent.base, parent, tag, len(items) + 1, start)
        items.append(nested)
        met = self.report.met
        after = self.data_set(nested, start, stop, depth + 1, _ITEM_END)
        self.count += len(nested.elements) + 1
        if body and after == at + 8 and self.report.met == met:
            for element in nested.elements.values():
                if element[3] is not None:
                    return after
            self._remember(
                body,
                {
                    number: (vr, offset - start, length, None)
                    for number, (vr, offset, length, _) in nested.elements.items()
                },
            )
        return after

    def _remember(self, body: bytes, elements: Elements) -> None:
        if len(self.leaves) >= _MOST_LEAVES:
            self.leaves.clear()
        self.leaves[body] = elements

    def _small_item(
        self, parent: Item, tag: int, items: list[Item], body: bytes, start: int, depth: int
    ) -> None:
        """Read an Item into a buffer of its own.

        One without Sequences shares its elements with others of the same bytes: their offsets are
        the same.
        """
        nested = Item(self.instance, body, parent.base + start, parent, tag, len(items) + 1, 0)
        items.append(nested)
        known = self.leaves.get(body)
        if known is not None:
            nested.elements = known
            return
        met = self.report.met
        self.data_set(nested, 0, len(body), depth + 1)
        elements = nested.elements
        self.count += len(elements) + 1
        for element in elements.values():
            if element[3] is not None:
                return
        if body and self.report.met == met:
            self._remember(body, elements)


_ALL_VRS = frozenset(SHORT_VRS) | frozenset(LONG_VRS)
