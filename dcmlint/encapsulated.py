"""Encapsulated Pixel Data of an Instance, for rules: fragments, frames and their headers (PS3.5 A.4).

What is worked out here is kept with the Instance, so that rules share it. Item and marker headers are read,
and the last bytes of frames; pixels are not.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any, NamedTuple

from dcmlint.codestream import Header, Kind, Span, is_start, read_header
from dcmlint.image import frames
from dcmlint.model import UNDEFINED_LENGTH
from dcmlint.read.item import Instance

__all__ = ["PIXEL_DATA", "SAMPLED_FRAMES", "SYNTAXES", "Encapsulated", "Frame", "encapsulated", "headers"]

PIXEL_DATA = 0x7FE00010

SAMPLED_FRAMES = 64
"""Frames whose headers are read: the first, the last, and as many between, evenly spaced."""

_ROOT = "1.2.840.10008.1.2."
_MPEG2 = ("4.100", "4.101")
_H264 = ("4.102", "4.103", "4.104", "4.105", "4.106")
_HEVC = ("4.107", "4.108")

_NUMBERS: tuple[tuple[Kind, tuple[str, ...]], ...] = (
    ("JPEG", tuple(f"4.{number}" for number in (*range(50, 67), 70))),
    ("JPEG-LS", ("4.80", "4.81")),
    ("JPEG 2000", ("4.90", "4.91", "4.92", "4.93")),
    ("HTJ2K", ("4.201", "4.202", "4.203")),
    ("JPEG XL", ("4.110", "4.111", "4.112")),
    ("RLE", ("5",)),
    ("Deflate", ("8.1",)),
    ("uncompressed", ("1.98",)),
    ("MPEG-2", (*_MPEG2, *(f"{number}.1" for number in _MPEG2))),
    ("H.264", (*_H264, *(f"{number}.1" for number in _H264))),
    ("HEVC", (*_HEVC, *(f"{number}.1" for number in _HEVC))),
)

SYNTAXES: dict[str, Kind] = {_ROOT + number: kind for kind, numbers in _NUMBERS for number in numbers}
"""Transfer Syntax UID to what it makes of a frame, or of all of them."""

_LOOKED_AT = 100_000
"""Fragments whose first bytes are looked at, at most, to find out where frames start."""

_MULTI_COMPONENT = frozenset((f"{_ROOT}4.92", f"{_ROOT}4.93"))
"""JPEG 2000 Part 2, where the components of one codestream may be several frames (PS3.5 A.4.4)."""

_MEASURED_KINDS = frozenset(("RLE", "Deflate", "uncompressed"))
_VIDEO_KINDS = frozenset(("MPEG-2", "H.264", "HEVC"))
_CUT = frozenset({"file/truncated", "encoding/length-overrun", "encoding/bad-item"})


class Encapsulated(NamedTuple):
    """The fragments of the root's Pixel Data.

    `table` is the Item of the Basic Offset Table, `fragments` are the others, (offset, length) each.
    `frame_count` is the Number of Frames, None if it is not valid. `groups` says which fragments make up
    each frame, (first, behind the last); None if that is not certain. `starts` is the number of codestreams
    that start in fragments of their own, None if that was not looked at. `cut` tells that the file ends or
    is damaged within.
    """

    kind: Kind
    buf: Any
    table: tuple[int, int] | None
    fragments: Sequence[tuple[int, int]]
    frame_count: int | None
    groups: Sequence[tuple[int, int]] | None
    starts: int | None
    cut: bool

    @property
    def is_video(self) -> bool:
        """Whether all frames are one stream."""
        return self.kind in _VIDEO_KINDS

    @property
    def one_each(self) -> bool:
        """Whether each frame is one fragment, by the Transfer Syntax."""
        return self.kind in _MEASURED_KINDS

    def span(self, group: tuple[int, int]) -> Span:
        """Return the bytes of the fragments of a frame."""
        return Span(self.buf, self.fragments[group[0] : group[1]])

    def offsets(self) -> tuple[int, ...] | None:
        """Return the Basic Offset Table, () if it is empty, None if there is none or its length is wrong."""
        if self.table is None or self.table[1] % 4:
            return None
        start, length = self.table
        raw = bytes(self.buf[start : start + length])
        return tuple(int.from_bytes(raw[at : at + 4], "little") for at in range(0, length, 4))


class Frame(NamedTuple):
    """A frame that was looked at: its number from 1, its fragments, and what its header says."""

    number: int
    group: tuple[int, int]
    header: Header


def encapsulated(instance: Instance) -> Encapsulated | None:
    """Return the encapsulated Pixel Data of the root, None if there is none in a known Transfer Syntax."""
    if not instance.fragments or instance.syntax not in SYNTAXES:
        return None
    if "encapsulated" not in instance.memo:
        instance.memo["encapsulated"] = _find(instance)
    found: Encapsulated | None = instance.memo["encapsulated"]
    return found


def _find(instance: Instance) -> Encapsulated | None:
    root = instance.root
    element = root.elements.get(PIXEL_DATA)
    if element is None or element[2] != UNDEFINED_LENGTH:
        return None
    listed = next(
        (found for item, tag, found in instance.fragments if item is root and tag == PIXEL_DATA), None
    )
    if listed is None:
        return None
    kind, buf = SYNTAXES[instance.syntax], root.buf
    here = {fault.rule for fault in instance.faults if fault.item is root and fault.tag == PIXEL_DATA}
    has_table = not listed or not _is_frame(kind, buf, listed[0])
    table, fragments = (listed[0], listed[1:]) if listed and has_table else (None, listed)
    count = frames(root)
    known = Encapsulated(
        kind,
        buf,
        table,
        fragments,
        count,
        None,
        None,
        not here.isdisjoint(_CUT),
    )
    return _grouped(known, multi_component=instance.syntax in _MULTI_COMPONENT)


def _is_frame(kind: Kind, buf: Any, item: tuple[int, int]) -> bool:
    """Tell whether what should be the Basic Offset Table is the start of a frame."""
    offset, length = item
    head = bytes(buf[offset : offset + min(length, 64)])
    if kind == "RLE":
        return length > 64 and not read_header(Span(buf, (item,)), "RLE").fault
    return length >= 12 and is_start(head, kind)


def _grouped(known: Encapsulated, *, multi_component: bool) -> Encapsulated:
    """Find out which fragments make up each frame (PS3.5 A.4)."""
    count, total = known.frame_count, len(known.fragments)
    if known.one_each:
        return known._replace(groups=[(at, at + 1) for at in range(total)])
    if known.is_video or (multi_component and count != total):
        return known._replace(groups=[(0, total)] if total else [])
    if count == total:
        return known._replace(groups=[(at, at + 1) for at in range(total)])
    starts = _starts(known)
    known = known._replace(starts=len(starts) if starts is not None else None)
    if count == 1:
        return known._replace(groups=[(0, total)] if total else [])
    first = _by_table(known)
    if first is None and starts is not None and len(starts) == count and starts[0] == 0:
        first = starts
    if first is None:
        return known
    return known._replace(groups=list(zip(first, [*first[1:], total], strict=True)))


def _by_table(known: Encapsulated) -> list[int] | None:
    """Return the first fragment of each frame by the Basic Offset Table, None if it does not tell."""
    offsets = known.offsets()
    if not offsets or len(offsets) != known.frame_count or not known.fragments:
        return None
    base = known.fragments[0][0]
    numbers = {offset - base: number for number, (offset, _) in enumerate(known.fragments)}
    first = [numbers.get(offset, -1) for offset in offsets]
    ascending = all(before < after for before, after in itertools.pairwise(first))
    return first if first[0] == 0 and ascending else None


def _starts(known: Encapsulated) -> list[int] | None:
    """Return the fragments in which a codestream starts, None if there is no telling.

    Beyond the first fragment, the one before must end with an end marker, which occurs nowhere in
    entropy-coded data.
    """
    if not known.fragments or len(known.fragments) > _LOOKED_AT:
        return None
    found = []
    for number, (offset, length) in enumerate(known.fragments):
        head = bytes(known.buf[offset : offset + min(length, 12)])
        if not is_start(head, known.kind):
            continue
        before = Span(known.buf, known.fragments[number - 1 : number]) if number else None
        if before is None or known.kind == "JPEG XL" or before.end_marker()[0]:
            found.append(number)
    if known.kind == "JPEG XL" and len(found) != len(known.fragments):
        return None  # two bytes may look like a start by chance, and there is no end marker
    return found


def headers(instance: Instance) -> Sequence[Frame]:
    """Return the headers of up to SAMPLED_FRAMES frames, () if it is not known where they are.

    RLE and deflated frames are measured for the first and the last.
    """
    known = encapsulated(instance)
    if known is None or not known.groups:
        return ()
    if "codestreams" not in instance.memo:
        instance.memo["codestreams"] = _headers(known, known.groups)
    found: Sequence[Frame] = instance.memo["codestreams"]
    return found


def _headers(known: Encapsulated, groups: Sequence[tuple[int, int]]) -> Sequence[Frame]:
    last = len(groups) - 1
    if known.cut:
        last -= 1  # the last frame is not all there, which is reported for itself
    step = max(1, -(-(last + 1) // (SAMPLED_FRAMES - 1)))
    numbers = sorted({*range(0, last + 1, step), last}) if last >= 0 else []
    found = []
    for number in numbers:
        span = known.span(groups[number])
        if span.size:
            measure = number in (0, last)
            found.append(Frame(number + 1, groups[number], read_header(span, known.kind, measure=measure)))
    return found
