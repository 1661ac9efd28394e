"""File Meta Information Group Length is absent or does not match the bytes that follow.

## What it does
Compares (0002,0000) with the number of bytes from the end of its value to the end of the last element of
group 0002. The elements decide where the Data Set starts, so a wrong length does not stop the check.

## Why this matters
Readers that trust the length start to read the Data Set at the wrong byte: they lose elements, or take
the file for damaged. It is the classic trace of a header that was edited without being written anew.

## Example
The length says 182, group 0002 is 196 bytes long: a longer Implementation Version Name was patched in.

## Fix
Write the File Meta Information again; every DICOM library computes the length.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from dcmlint.model import UNDEFINED_LENGTH, Found
from dcmlint.read.encode import ABSENT, encode_data_set, part10
from dcmlint.read.item import Instance, Item
from dcmlint.read.usual import has_usual_meta
from dcmlint.rule import Case, Faulty, Fix, Mended, Rule

if TYPE_CHECKING:
    from dcmlint.fix.edit import Edit

_GROUP_LENGTH = 0x00020000


def check(instance: Instance) -> Iterator[Found]:
    """Yield a group length that is absent or wrong (PS3.10 7.1)."""
    meta = instance.meta
    if meta is None or not meta.elements:
        return
    found = meta.elements.get(_GROUP_LENGTH)
    if found is None:
        yield Found(_GROUP_LENGTH, {"what": "is absent"}, item=meta)
        return
    raw, actual = meta.raw(_GROUP_LENGTH), _length_after(meta, found[1] + found[2])
    if not raw or actual is None or (instance.faults and _is_cut(instance, meta)):
        return
    if len(raw) != 4:
        yield Found(_GROUP_LENGTH, {"what": f"has {len(raw)} bytes where 4 belong"}, item=meta)
        return
    # Group 0002 is written in big endian by mistake only, which has a rule of its own.
    declared = int.from_bytes(raw, "big" if meta.buf[meta.offset] == 0 else "little")
    if declared != actual:
        yield Found(_GROUP_LENGTH, {"what": f"says {declared} bytes, but {actual} follow"}, item=meta)


def _length_after(meta: Item, start: int) -> int | None:
    """Return the number of bytes of group 0002 after `start`, None if an element's end is unknown."""
    end = start
    for _, offset, length, _ in meta.elements.values():
        if length == UNDEFINED_LENGTH:
            return None
        end = max(end, offset + length)
    return end - start


def _is_cut(instance: Instance, meta: Item) -> bool:
    return any(fault.item is meta for fault in instance.faults)


def fixed(faulty: Faulty) -> Iterator[Edit]:
    """Yield the length of the elements that are there (PS3.10 7.1)."""
    from dcmlint.fix.make import added

    meta = faulty.item
    found = meta.elements.get(_GROUP_LENGTH)
    start = meta.offset if found is None else found[1] + found[2]
    actual = _length_after(meta, start)
    if actual is not None and faulty.buf[meta.offset] and not _is_cut(faulty.instance, meta):
        yield added(meta, _GROUP_LENGTH, "UL", actual.to_bytes(4, "little"))


def _with(length: object) -> Case:
    return Case(
        passes=False,
        file=lambda: part10({"Modality": "OT"}, meta={"FileMetaInformationGroupLength": length}),
        at="FileMetaInformationGroupLength",
    )


RULE = Rule(
    severity="error",
    scope="instance",
    citation="PS3.10 Section 7.1",
    message="{attribute} {what}",
    check=check,
    accepts=has_usual_meta,
    on_bytes=True,
    fix=Fix(
        True,
        fixed,
        "Counts the bytes of group 0002 and writes their number.",
        (
            Mended(
                lambda: part10({"Modality": "OT"}, meta={"FileMetaInformationGroupLength": 16}),
                lambda: part10({"Modality": "OT"}),
            ),
            Mended(
                lambda: part10({"Modality": "OT"}, meta={"FileMetaInformationGroupLength": ABSENT}),
                lambda: part10({"Modality": "OT"}),
            ),
        ),
    ),
    cases=(
        Case(passes=True, file=lambda: part10({"Modality": "OT"})),
        Case(passes=True, file=lambda: part10({}, meta={"SourceApplicationEntityTitle": "ACME"})),
        Case(passes=True, file=lambda: encode_data_set({"SOPInstanceUID": "1.2.3", "Modality": "OT"})),
        _with(ABSENT),
        _with(0),
        _with(16),
        _with(0x10000),
    ),
)
