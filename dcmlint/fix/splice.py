"""Edits to the bytes of the changed file: what is not edited stays as it was, bit for bit.

Lengths that hold edited elements are repaired from the innermost outwards; the file is never read as a whole.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate
from struct import pack
from typing import Any, NamedTuple

from dcmlint.errors import FixError
from dcmlint.fix.edit import Edit, NewElement, Patch
from dcmlint.fix.element import attribute_path, element_bytes
from dcmlint.fix.join import Splice, chunks, deflated, ordered
from dcmlint.fix.layout import Encoding, Extent, ItemExtent, Layout, Level
from dcmlint.fix.regular import regular_splices
from dcmlint.model import Location
from dcmlint.read.item import Instance
from dcmlint.read.opener import group_end, read_instance
from dcmlint.read.vr import LONG_VRS, SHORT_VRS

__all__ = ["MAX_EDITS", "spliced"]

MAX_EDITS = 1_000_000
"""Edits and patches of one file beyond which it is refused."""

_MOST_LENGTH = 0xFFFFFFFE
_VR_BYTES = frozenset(SHORT_VRS) | frozenset(LONG_VRS)
_META = 2
_META_ENCODING = Encoding(explicit=True, big_endian=False)
_TRANSFER_SYNTAX_UID = 0x00020010
_PIXEL_DATA = frozenset((0x7FE00008, 0x7FE00009, 0x7FE00010))


class _Plan:
    """The edits of one Data Set: of its own elements by tag, and of its Items by Sequence and number."""

    __slots__ = ("edits", "items", "location")

    def __init__(self, location: Location) -> None:
        self.location = location
        self.edits: dict[int, Edit] = {}
        self.items: dict[int, dict[int, _Plan]] = {}

    def rank(self, tag: int) -> tuple[int, int]:
        """Return which of several splices at one place comes first (`Splice.rank`)."""
        return -len(self.location), tag


def spliced(
    buf: Any, edits: Sequence[Edit], patches: Sequence[Patch] = (), *, instance: Instance | None = None
) -> Iterator[bytes | memoryview]:
    """Return the changed file in chunks: what is not edited are slices of the memory of `buf`.

    `buf` is the whole file as bytes or a memory map, which must stay open until the chunks are used;
    `instance` is what `read_instance` made of it, if it is at hand.

    Lengths of Sequences and Items of defined length around an edit are repaired, and so are group lengths
    (gggg,0000) of the groups with an edit in them, (0002,0000) among them, whatever an edit gives as their
    value; none is added unless an edit adds it. "set" for an element that is there twice leaves one. New
    Sequences have defined lengths. Deflated Data Sets are inflated, edited and deflated; their patches are
    places of the file outside of the deflated bytes. Pixel data are passed on. Places of the file that values
    name, as those of a DICOMDIR do, are not repaired.

    Raises FixError, before any chunk, where an edit cannot be made: its place is not there or is given twice,
    it lies where the bytes cannot be told apart, it would change what the Transfer Syntax is, or a patch
    would cut into a Data Element and change its length.
    """
    if len(edits) + len(patches) > MAX_EDITS:
        raise FixError(f"there are more than {MAX_EDITS} edits")
    if instance is None:
        instance = read_instance(buf)
    regular = regular_splices(instance, edits)
    if regular is not None:
        _keep_lengths(instance, patches)
        return chunks(buf, ordered([*regular, *_patched(patches)], 0, len(buf)))
    meta, root = _plans(edits)
    changes, start = _edited_meta(buf, instance, meta)
    changes += _patched(patches)
    inner = _edited_root(instance, root)
    if instance.root.buf is buf:
        _keep_lengths(instance, patches)
        return chunks(buf, ordered([*changes, *inner], 0, len(buf)))
    return deflated(buf, start, instance.root.buf, (changes, inner))


def _patched(patches: Sequence[Patch]) -> list[Splice]:
    return [Splice(patch.start, patch.end, (0, -1), patch.content) for patch in patches]


def _plans(edits: Sequence[Edit]) -> tuple[_Plan, _Plan]:
    """Return the edits of the File Meta Information and those of the Data Set, as trees."""
    meta, root = _Plan(()), _Plan(())
    for edit in edits:
        path = attribute_path(edit.location, edit.tag)
        plan = root
        if not edit.location and edit.tag >> 16 == _META:
            plan = meta
        for index in range(0, len(edit.location), 2):
            tag, number = edit.location[index : index + 2]
            deeper = plan.items.setdefault(tag, {})
            plan = deeper.setdefault(number, _Plan(edit.location[: index + 2]))
        if edit.tag in plan.edits:
            raise FixError("two edits change the same Attribute", path)
        if edit.action == "set" and (edit.element is None or edit.element.tag != edit.tag):
            raise FixError("the edit has no element of this Attribute", path)
        plan.edits[edit.tag] = edit
    return meta, root


def _edited_meta(buf: Any, instance: Instance, plan: _Plan) -> tuple[list[Splice], int]:
    """Return the splices of the File Meta Information, and where it ends."""
    meta = instance.meta
    if meta is None:
        start = end = instance.root.offset if instance.root.buf is buf else _prefix_end(buf)
        encoding = _META_ENCODING
    else:
        start = meta.offset
        big_endian = bytes(buf[start : start + 2]) == b"\0\2"
        explicit = bytes(buf[start + 4 : start + 6]) in _VR_BYTES
        end = group_end(buf, start, _META, explicit=explicit, big_endian=big_endian)
        encoding = Encoding(explicit, big_endian)
    if plan.edits:
        _keep_transfer_syntax(instance, plan)
        layout = Layout(buf)
        level = layout.data_set(start, end, encoding)
        if level.close != end:
            raise FixError("the File Meta Information cannot be told apart")
        return _Rewriting(layout).level(level, plan)[0], end
    return [], end


def _prefix_end(buf: Any) -> int:
    return 132 if buf[128:132] == b"DICM" else 4 if buf[:4] == b"DICM" else 0


def _keep_transfer_syntax(instance: Instance, plan: _Plan) -> None:
    """Refuse an edit of the Transfer Syntax UID unless it names the one that the bytes are in."""
    edit = plan.edits.get(_TRANSFER_SYNTAX_UID)
    if edit is None:
        return
    named = b"" if edit.element is None else edit.element.value.rstrip(b"\0 ")
    if edit.action == "remove" or not named or named != instance.syntax.encode("latin-1"):
        raise FixError("it names how the file is encoded, which an edit cannot change", "TransferSyntaxUID")


def _edited_root(instance: Instance, plan: _Plan) -> list[Splice]:
    """Return the splices of the Data Set."""
    if not plan.edits and not plan.items:
        return []
    layout = Layout(instance.root.buf)
    return _Rewriting(layout).level(_root_level(instance, layout), plan)[0]


def _root_level(instance: Instance, layout: Layout) -> Level:
    root = instance.root
    encoding = Encoding(instance.explicit, instance.big_endian)
    return layout.data_set(root.offset, len(root.buf), encoding)


def _keep_lengths(instance: Instance, patches: Sequence[Patch]) -> None:
    """Refuse patches that cut into a Data Element and change its length."""
    changing = [patch for patch in patches if len(patch.content) != patch.end - patch.start]
    extents = _root_level(instance, Layout(instance.root.buf)).extents if changing else []
    for patch in changing:
        for extent in extents:
            if extent.start < patch.start < extent.end or extent.start < patch.end < extent.end:
                path = attribute_path((), extent.tag)
                raise FixError("a patch would change the length of a Data Element", path)


class _Found(NamedTuple):
    """What a plan finds in its Data Set: the elements that it names; up to each element the highest tag."""

    level: Level
    by_tag: dict[int, list[Extent]]
    highest: list[int]

    def place(self, tag: int, path: str) -> int:
        """Return where an element is put in: before the first one of a higher tag (PS3.5 7.1)."""
        level = self.level
        index = bisect_right(self.highest, tag)
        if index < len(level.extents):
            return level.extents[index].start
        if level.unknown or (level.extents and level.extents[-1].cut):
            raise FixError(level.unknown or "the bytes that hold this element end too early", path)
        return level.close


class _Rewriting:
    """Turns the plans of one buffer into splices."""

    __slots__ = ("layout",)

    def __init__(self, layout: Layout) -> None:
        self.layout = layout

    def level(self, level: Level, plan: _Plan, depth: int = 0) -> tuple[list[Splice], int]:
        """Return the splices of one Data Set or Item, and by how many bytes it grows."""
        grown: dict[int, int] = {}  # by group
        splices: list[Splice] = []
        total = 0
        found = _found(level, plan)
        for tag, edit in plan.edits.items():
            if tag in plan.items:
                raise FixError("one edit changes the Sequence and another its Items", _path(plan, tag))
            if tag & 0xFFFF == 0 and edit.action == "set":
                grown.setdefault(tag >> 16, 0)
                continue
            made = self._edit(found, edit, plan)
            splices += made
            total += _growth(made)
            if tag & 0xFFFF:
                _grow(grown, tag, _growth(made))
        for tag, plans in plan.items.items():
            inner, growth = self._sequence(level, found.by_tag[tag], plans, _path(plan, tag), depth)
            splices += inner
            total += growth
            _grow(grown, tag, growth)
        lengths = _group_lengths(found, plan, grown)
        return splices + lengths, total + _growth(lengths)

    def _edit(self, found: _Found, edit: Edit, plan: _Plan) -> list[Splice]:
        path = _path(plan, edit.tag)
        level, extents = found.level, found.by_tag[edit.tag]
        if any(extent.cut for extent in extents):
            raise FixError("the bytes that hold this element end within it", path)
        rank = plan.rank(edit.tag)
        removed = [Splice(extent.start, extent.end, rank, b"") for extent in extents]
        if edit.action == "remove":
            if not removed:
                raise FixError(level.unknown or "there is no such element to remove", path)
            return removed
        element = edit.element
        assert element is not None
        self._keep_pixels(extents, edit, path)
        content = element_bytes(element, level.encoding, plan.location)
        if not removed:
            at = found.place(edit.tag, path)
            return [Splice(at, at, rank, content)]
        return [removed[0]._replace(content=content), *removed[1:]]

    def _keep_pixels(self, extents: list[Extent], edit: Edit, path: str) -> None:
        if edit.tag in _PIXEL_DATA and not all(extent.defined for extent in extents):
            raise FixError("encapsulated pixel data cannot be replaced by a value", path)

    def _sequence(
        self, level: Level, extents: list[Extent], plans: dict[int, _Plan], path: str, depth: int
    ) -> tuple[list[Splice], int]:
        """Return the splices in the Items of a Sequence, and by how many bytes it grows."""
        if not extents or extents[0].nested is None:
            raise FixError(level.unknown or "there is no such Sequence", path)
        if len(extents) > 1 or extents[0].cut:
            raise FixError("the Sequence is there twice, or what holds it ends within it", path)
        extent = extents[0]
        items = self.layout.items(extent, depth + 1)
        splices: list[Splice] = []
        growth = 0
        for number, plan in plans.items():
            if not 1 <= number <= len(items):
                raise FixError(f"there is no Item {number} that could be found", path)
            inner, more = self._item(items[number - 1], plan, path, depth)
            splices += inner
            growth += more
        if growth and extent.defined:
            splices.append(_length(extent.value, extent.close, growth, level.encoding, path))
        return splices, growth

    def _item(self, item: ItemExtent, plan: _Plan, path: str, depth: int) -> tuple[list[Splice], int]:
        if item.cut:
            raise FixError("the Sequence ends within the Item", path)
        level = self.layout.item(item, depth + 1)
        splices, growth = self.level(level, plan, depth + 1)
        if growth and item.defined:
            splices.append(_length(item.content, item.close, growth, item.encoding, path))
        return splices, growth


def _path(plan: _Plan, tag: int) -> str:
    return attribute_path(plan.location, tag)


def _found(level: Level, plan: _Plan) -> _Found:
    by_tag: dict[int, list[Extent]] = {tag: [] for tag in (*plan.edits, *plan.items)}
    for extent in level.extents:
        if extent.tag in by_tag:
            by_tag[extent.tag].append(extent)
    return _Found(level, by_tag, list(accumulate((extent.tag for extent in level.extents), max)))


def _grow(grown: dict[int, int], tag: int, growth: int) -> None:
    group = tag >> 16
    grown[group] = grown.get(group, 0) + growth


def _length(value: int, close: int, growth: int, encoding: Encoding, path: str) -> Splice:
    """Return the splice of the 32-bit length before `value`."""
    length = close - value + growth
    if not 0 <= length <= _MOST_LENGTH:
        raise FixError("what it holds is longer than it can be", path)
    return Splice(value - 4, value, (0, 0), pack(">L" if encoding.big_endian else "<L", length))


def _group_lengths(found: _Found, plan: _Plan, grown: dict[int, int]) -> list[Splice]:
    """Return the splices with the lengths of the groups that have an edit (PS3.5 7.2, PS3.10 7.1).

    `grown` has by group how many bytes its other elements grow.
    """
    sizes = dict(grown)
    lengths: dict[int, list[Extent]] = {}
    for extent in found.level.extents:
        group = extent.tag >> 16
        if not extent.tag & 0xFFFF:
            lengths.setdefault(group, []).append(extent)
        elif group in sizes:
            sizes[group] += extent.end - extent.start
    splices: list[Splice] = []
    for group, size in sizes.items():
        splices += _group_length(found, plan, lengths.get(group, []), (group, size))
    return splices


def _group_length(found: _Found, plan: _Plan, present: list[Extent], length: tuple[int, int]) -> list[Splice]:
    """Return the splices with one group length; `length` is the group and the bytes of its other elements."""
    group, size = length
    level = found.level
    tag = group << 16
    rank = plan.rank(tag)
    edit = plan.edits.get(tag)
    if edit.action == "remove" if edit is not None else not present:
        return []
    if size > _MOST_LENGTH:
        raise FixError("the group is longer than a group length can say", _path(plan, tag))
    value = pack(">L" if level.encoding.big_endian else "<L", size)
    if edit is None and len(present) == 1 and present[0].close - present[0].value == 4:
        return [Splice(present[0].value, present[0].close, rank, value)]
    content = element_bytes(NewElement(tag, "UL", value), level.encoding, plan.location)
    start = present[0].start if present else found.place(tag, _path(plan, tag))
    removed = [Splice(extent.start, extent.end, rank, b"") for extent in present[1:]]
    return [Splice(start, present[0].end if present else start, rank, content), *removed]


def _growth(splices: list[Splice]) -> int:
    return sum(len(splice.content) - splice.end + splice.start for splice in splices)
