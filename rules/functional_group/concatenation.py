"""The parts of a concatenation are numbered wrongly.

## What it does
In an object that is a part of a concatenation, In-concatenation Number (0020,9162) must not exceed
In-concatenation Total Number (0020,9163), and Concatenation Frame Offset Number (0020,9228) is 0 in the first
part and greater in all others.

## Why this matters
Readers put the parts together by these numbers. A part with a wrong offset is put over another part: frames
are lost or shown at the wrong place.

## Example
The second part of a concatenation has Concatenation Frame Offset Number 0.

## Fix
Write the number of frames that the parts before have together.
"""

from __future__ import annotations

from collections.abc import Iterator

from dcmlint.model import Found
from dcmlint.numbering import integer
from dcmlint.read.item import Instance
from dcmlint.rule import Rule, bad, good

_NUMBER = 0x00209162
_TOTAL = 0x00209163
_OFFSET = 0x00209228


def check(instance: Instance) -> Iterator[Found]:
    """Yield numbers that PS3.3 C.7.6.16.1.3 excludes."""
    root = instance.root
    number, total, offset = (integer(root, tag) for tag in (_NUMBER, _TOTAL, _OFFSET))
    if number is None or number < 1:
        return
    if total and number > total:
        yield Found(_NUMBER, {"what": f"is {number} of {total}"}, attributes=(_TOTAL,))
    if number == 1 and offset:
        yield Found(_OFFSET, {"what": f"is {offset} in the first part"})
    if number > 1 and offset == 0:
        yield Found(_OFFSET, {"what": f"is 0 in part {number}"})


def _part(number: int | None, total: int | None, offset: int | None) -> dict[str, object]:
    return {
        "ConcatenationUID": "1.2.3",
        "InConcatenationNumber": number,
        "InConcatenationTotalNumber": total,
        "ConcatenationFrameOffsetNumber": offset,
    }


RULE = Rule(
    severity="error",
    scope="instance",
    citation="PS3.3 Section C.7.6.16.1.3",
    message="{attribute} {what}",
    selects=("ConcatenationUID",),
    check=check,
    cases=(
        good(_part(1, 2, 0)),
        good(_part(2, 2, 10)),
        good(_part(3, None, 10)),
        good(_part(None, 2, 0)),
        good(_part(0, 2, 0)),
        bad("InConcatenationNumber", _part(3, 2, 10)),
        bad("ConcatenationFrameOffsetNumber", _part(1, 2, 10)),
        bad("ConcatenationFrameOffsetNumber", _part(2, 2, 0)),
    ),
)
