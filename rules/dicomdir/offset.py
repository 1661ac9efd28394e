"""An offset of a DICOMDIR leads to no Directory Record, or past some.

## What it does
Follows the offsets that chain the records of a DICOMDIR: first and last record of the root, next record and
first record of the level below. Each must be 0 or the place where an Item of Directory Record Sequence
(0004,1220) starts, and none may lead to a record twice. Records in use that no offset leads to are a warning.

## Why this matters
Programs that follow the offsets, as they should, lose patients and images, fail, or never end.

## Example
A tool changed a name in the DICOMDIR for a longer one and left the offsets as they were.

## Fix
Write the DICOMDIR with a tool that computes the offsets.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from dcmlint.model import Found
from dcmlint.read.item import Instance, Item
from dcmlint.rule import Rule, bad, good

_RECORDS = 0x00041220
_FIRST = 0x00041200
_LAST = 0x00041202
_NEXT = 0x00041400
_LOWER = 0x00041420
_IN_USE = 0x00041410


def check(instance: Instance) -> Iterator[Found]:
    """Yield the offsets that lead nowhere or to where another leads, and the records that none leads to."""
    records = instance.items(_RECORDS) or ()
    if any(fault.rule in ("file/truncated", "encoding/length-overrun") for fault in instance.faults):
        return
    by_offset = {item.base + item.offset - 8: item for item in records}
    met: set[int] = set()
    wrong = False
    links = [(item, tag) for item in records for tag in (_NEXT, _LOWER)]
    for item, tag in [(instance.root, _FIRST), *links]:
        offset = item.first(tag)
        if offset in (None, 0):
            continue
        if offset not in by_offset:
            what = "leads to no record"
        elif offset in met:
            what = "leads to a record that another offset leads to"
        else:
            met.add(offset)
            continue
        wrong = True
        yield Found(tag, {"what": what}, item)
    last = instance.first(_LAST)
    if last and last not in by_offset:
        yield Found(_LAST, {"what": "leads to no record"})
    if not wrong:
        yield from _lost(by_offset, met)


def _lost(by_offset: Mapping[int, Item], met: set[int]) -> Iterator[Found]:
    """Yield the first record in use that no offset leads to, if there is one."""
    lost = [item for offset, item in by_offset.items() if offset not in met and item.first(_IN_USE) != 0]
    if lost:
        what = "is in use, and no offset leads to it"
        yield Found(None, {"what": what}, lost[0], severity="warning")


def _directory(first: int, last: int, *chain: int) -> dict[str, object]:
    """Return a DICOMDIR of records that have nothing but the offset of the next one."""
    return {
        "OffsetOfTheFirstDirectoryRecordOfTheRootDirectoryEntity": first,
        "OffsetOfTheLastDirectoryRecordOfTheRootDirectoryEntity": last,
        "DirectoryRecordSequence": [
            {"OffsetOfTheNextDirectoryRecord": offset, "RecordInUseFlag": 0xFFFF} for offset in chain
        ],
    }


_ONE, _TWO = 284, 314

RULE = Rule(
    severity="error",
    scope="instance",
    citation="PS3.3 Sections F.3.2.1 and F.3.2.2",
    message="{attribute} {what}",
    selects=("DirectoryRecordSequence",),
    on_bytes=True,
    check=check,
    cases=(
        good(_directory(_ONE, _TWO, _TWO, 0)),
        good(DirectoryRecordSequence=[]),
        bad("DirectoryRecordSequence[1].OffsetOfTheNextDirectoryRecord", _directory(_ONE, _TWO, _TWO + 2, 0)),
        bad("DirectoryRecordSequence[2].OffsetOfTheNextDirectoryRecord", _directory(_ONE, _TWO, _TWO, _ONE)),
        bad(
            "OffsetOfTheFirstDirectoryRecordOfTheRootDirectoryEntity",
            _directory(_ONE + 8, _TWO, _TWO, 0),
        ),
        bad("OffsetOfTheLastDirectoryRecordOfTheRootDirectoryEntity", _directory(_ONE, 4, _TWO, 0)),
        bad("DirectoryRecordSequence[2]", _directory(_ONE, _ONE, 0, 0)),
    ),
)
