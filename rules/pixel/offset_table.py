"""An offset table of encapsulated Pixel Data does not point at the frames.

## What it does
Checks the Basic Offset Table if it is not empty: one offset for each frame, the first 0, in ascending
order, each the Item of a fragment. And the Extended Offset Table (7FE0,0001) with its lengths (7FE0,0002):
8 bytes for each frame, offsets like those of the Basic Offset Table, lengths like those of the fragments (a
pad byte aside); the Basic Offset Table must be empty then, and each frame must be one fragment. Video has
no Basic Offset Table.

## Why this matters
Viewers and archives jump to a frame by the table. A wrong one gives the wrong frame, or a piece of one, and
only in those readers that use it.

## Example
The Basic Offset Table of the lossy original was copied to the recompressed image: its offsets lie within
the fragments.

## Fix
Compute the table from the fragments, or leave it empty: the Item is required, its content is not.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from typing import Any

from dcmlint.codestream.encode import jpeg
from dcmlint.encapsulated import PIXEL_DATA, Encapsulated, encapsulated
from dcmlint.model import Found, Raw
from dcmlint.read.encode import part10
from dcmlint.read.item import Instance
from dcmlint.rule import Case, Rule, good

_EXTENDED = 0x7FE00001
_LENGTHS = 0x7FE00002
_ROOT = "1.2.840.10008.1.2."
_PART_2 = frozenset((f"{_ROOT}4.92", f"{_ROOT}4.93"))


def check(instance: Instance) -> Iterable[Found]:
    """Return what is wrong with the offset tables (PS3.5 A.4, PS3.3 C.7.6.3.1.8)."""
    if not instance.fragments:
        return ()
    known = encapsulated(instance)
    if known is None or (not (known.table and known.table[1]) and _EXTENDED not in instance.root.elements):
        return ()
    return _faults(instance, known)


def _faults(instance: Instance, known: Encapsulated) -> Iterator[Found]:
    extended = instance.root.raw(_EXTENDED)
    if known.table is not None and known.table[1]:
        what = _basic(known, judged=instance.syntax not in _PART_2, extended=bool(extended))
        if what:
            arguments = {"what": f"Basic Offset Table {what}"}
            yield Found(PIXEL_DATA, arguments, offset=known.table[0], length=known.table[1])
    if extended is not None:
        for tag, what in _extended(instance, known, extended):
            yield Found(tag, {"what": what})


def _basic(known: Encapsulated, *, judged: bool, extended: bool) -> str:
    """Return what is wrong with the Basic Offset Table, "" if nothing is."""
    if extended:
        return "is not empty, and there is an Extended Offset Table"
    if known.is_video:
        return "is not empty, and video has none"
    offsets = known.offsets()
    if offsets is None:
        return "is not a multiple of 4 bytes"
    return _wrong(known, offsets) if judged else ""


def _wrong(known: Encapsulated, offsets: tuple[int, ...]) -> str:
    """Return what is wrong with the offsets of frames from the first fragment's Item."""
    if known.frame_count is not None and len(offsets) != known.frame_count:
        return f"has {len(offsets)} offsets for {known.frame_count} frames"
    if offsets[0] != 0:
        return "does not start with 0"
    for number, (before, after) in enumerate(itertools.pairwise(offsets), 2):
        if after <= before:
            return f"is not in ascending order at frame {number}"
    if known.cut or not known.fragments:
        return ""
    base = known.fragments[0][0]
    items = {offset - base for offset, _ in known.fragments}
    for number, offset in enumerate(offsets, 1):
        if offset not in items:
            return f"points at no Item of a fragment for frame {number}"
    return ""


def _extended(instance: Instance, known: Encapsulated, table: bytes) -> Iterator[tuple[int, str]]:
    if len(table) % 8 or not table:
        yield _EXTENDED, f"has {len(table)} bytes, which are no offsets of 8 bytes"
        return
    if known.frame_count is not None and len(known.fragments) != known.frame_count and not known.cut:
        yield _EXTENDED, f"is there, and {known.frame_count} frames are {len(known.fragments)} fragments"
        return
    what = _wrong(known, _numbers(table))
    if what:
        yield _EXTENDED, what
    lengths = instance.root.raw(_LENGTHS)
    if lengths is not None and not known.cut:
        what = _wrong_lengths(known, lengths)
        if what:
            yield _LENGTHS, what


def _wrong_lengths(known: Encapsulated, lengths: bytes) -> str:
    if len(lengths) != 8 * len(known.fragments):
        return f"has {len(lengths)} bytes for {len(known.fragments)} frames"
    for number, (length, (_, size)) in enumerate(zip(_numbers(lengths), known.fragments, strict=True), 1):
        if length not in (size, size - 1):
            return f"has {length} for frame {number}, whose fragment has {size} bytes"
    return ""


def _numbers(raw: bytes) -> tuple[int, ...]:
    return tuple(int.from_bytes(raw[at : at + 8], "little") for at in range(0, len(raw), 8))


_FRAME = jpeg() + b"\0" * (len(jpeg()) & 1)
_SIZE = len(_FRAME)


def _table(*offsets: int) -> bytes:
    return b"".join(offset.to_bytes(4, "little") for offset in offsets)


def _case(table: bytes, at: str = "PixelData", number: str = "4.50", frames: int = 2, **more: Any) -> Case:
    attributes = {"NumberOfFrames": frames, "PixelData": [table, *([_FRAME] * frames)], **more}
    return Case(passes=not at, file=lambda: part10(attributes, syntax=_ROOT + number), at=at)


def _long(*numbers: int) -> Raw:
    return Raw("OV", b"".join(number.to_bytes(8, "little") for number in numbers))


_OFFSETS: dict[str, Any] = {"ExtendedOffsetTable": _long(0, _SIZE + 8)}
_BOTH: dict[str, Any] = {**_OFFSETS, "ExtendedOffsetTableLengths": _long(_SIZE, _SIZE)}

RULE = Rule(
    severity="error",
    scope="instance",
    citation="PS3.5 Section A.4",
    message="{attribute}: {what}",
    selects=("PixelData",),
    check=check,
    on_bytes=True,
    cases=(
        good(PixelData=b"\0\0"),
        _case(b"", at=""),
        _case(_table(0, _SIZE + 8), at=""),
        _case(_table(0), at="", frames=1),
        _case(b"", at="", **_BOTH),
        _case(_table(0, _SIZE + 8, 2 * _SIZE + 16)),
        _case(_table(0)),
        _case(_table(8, _SIZE + 8)),
        _case(_table(0, 0)),
        _case(_table(0, _SIZE)),
        _case(_table(0, 10 * _SIZE)),
        _case(b"\0\0"),
        _case(_table(0), number="4.102", frames=1),
        _case(_table(0, _SIZE + 8), **_BOTH),
        _case(b"", at="ExtendedOffsetTable", ExtendedOffsetTable=_long(0, _SIZE)),
        _case(b"", at="ExtendedOffsetTable", ExtendedOffsetTable=_long(0)),
        _case(b"", at="ExtendedOffsetTable", ExtendedOffsetTable=Raw("OV", bytes(12))),
        _case(
            b"", at="ExtendedOffsetTableLengths", **{**_BOTH, "ExtendedOffsetTableLengths": _long(_SIZE, 9)}
        ),
        _case(b"", at="ExtendedOffsetTableLengths", **{**_BOTH, "ExtendedOffsetTableLengths": _long(_SIZE)}),
    ),
)
