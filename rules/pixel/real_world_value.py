"""A mapping to real world values contradicts itself.

## What it does
Looks at each Item of a Real World Value Mapping Sequence (0040,9096): the first value mapped must not be
above the last, and Real World Value LUT Data (0040,9212) must have one entry for each value from the first
to the last. It is a warning where Real World Value Slope (0040,9225) is 0.

## Why this matters
The mapping turns pixels into measurements: diffusion, perfusion, uptake. With a table of another length all
measurements are shifted, and with a slope of 0 they are all the same.

## Example
First value mapped 0 and last value mapped 4095, but the table has 4095 entries.

## Fix
Write the range that the table covers, or a slope and an intercept.
"""

from __future__ import annotations

from collections.abc import Iterator

from dcmlint.image import numbers, unsigned
from dcmlint.model import Found
from dcmlint.read.item import Item
from dcmlint.rule import Raw, Rule, bad, good

_FIRST = 0x00409216
_LAST = 0x00409211
_DOUBLE_FIRST = 0x00409214
_DOUBLE_LAST = 0x00409213
_TABLE = 0x00409212
_SLOPE = 0x00409225
_BYTES_OF_ENTRY = 8
_PIXEL_REPRESENTATION = 0x00280103
_SIGN_BIT = 0x8000


def check(item: Item) -> Iterator[Found]:
    """Yield what PS3.3 C.7.6.16.2.11 excludes of one mapping."""
    entries = None
    for start, end in ((_FIRST, _LAST), (_DOUBLE_FIRST, _DOUBLE_LAST)):
        first, last = numbers(item, start, 1), numbers(item, end, 1)
        if first is None or last is None or not _is_comparable(item, start, end):
            continue
        if first[0] > last[0]:
            what = f"is {first[0]:g}, above the last value mapped, {last[0]:g}"
            yield Found(start, {"what": what}, attributes=(end,))
        elif start == _FIRST:
            entries = int(last[0] - first[0]) + 1
    table = item.elements.get(_TABLE)
    if entries and table is not None and 0 < table[2] < 0xFFFFFFFF and table[0] == "FD":
        count = table[2] // _BYTES_OF_ENTRY
        if count != entries:
            yield Found(_TABLE, {"what": f"has {count} entries for {entries} values"})
    if numbers(item, _SLOPE, 1) == (0,):
        yield Found(_SLOPE, {"what": "is 0: all pixels have one value"}, severity="warning")


def _is_comparable(item: Item, start: int, end: int) -> bool:
    """Tell whether both values were surely written with the sign that they were read with."""
    vr = item.elements[start][0]
    if vr != item.elements[end][0]:
        return False
    if vr != "US" or unsigned(item.instance.root, _PIXEL_REPRESENTATION) == 0:
        return True
    return bool(max(item.first(start), item.first(end)) < _SIGN_BIT)


def _mapping(**attributes: object) -> dict[str, object]:
    return {"RealWorldValueMappingSequence": [attributes]}


_AT = "RealWorldValueMappingSequence[1]."

RULE = Rule(
    severity="error",
    scope="item",
    citation="PS3.3 Section C.7.6.16.2.11",
    message="{attribute} {what}",
    selects=(
        "RealWorldValueFirstValueMapped",
        "DoubleFloatRealWorldValueFirstValueMapped",
        "RealWorldValueSlope",
    ),
    check=check,
    cases=(
        good(_mapping(RealWorldValueFirstValueMapped=0, RealWorldValueLastValueMapped=4095)),
        good(
            _mapping(
                RealWorldValueFirstValueMapped=5,
                RealWorldValueLastValueMapped=7,
                RealWorldValueLUTData=[1.0, 2.0, 3.0],
            )
        ),
        good(_mapping(RealWorldValueFirstValueMapped=5, RealWorldValueLastValueMapped=5)),
        good(_mapping(RealWorldValueFirstValueMapped=None, RealWorldValueLastValueMapped=5)),
        good(
            _mapping(
                DoubleFloatRealWorldValueFirstValueMapped=-1.5,
                DoubleFloatRealWorldValueLastValueMapped=1.5,
                RealWorldValueSlope=1.0,
            )
        ),
        good(
            _mapping(
                RealWorldValueFirstValueMapped=Raw("US", b"\0\xfc"),
                RealWorldValueLastValueMapped=Raw("US", b"\xff\0"),
            ),
            PixelRepresentation=1,
        ),
        good(
            _mapping(
                RealWorldValueFirstValueMapped=Raw("SS", b"\0\xfc"),
                RealWorldValueLastValueMapped=Raw("SS", b"\xff\0"),
            ),
            PixelRepresentation=1,
        ),
        bad(
            f"{_AT}RealWorldValueFirstValueMapped",
            _mapping(RealWorldValueFirstValueMapped=8, RealWorldValueLastValueMapped=7),
        ),
        bad(
            f"{_AT}DoubleFloatRealWorldValueFirstValueMapped",
            _mapping(
                DoubleFloatRealWorldValueFirstValueMapped=2.5,
                DoubleFloatRealWorldValueLastValueMapped=1.5,
            ),
        ),
        bad(
            f"{_AT}RealWorldValueLUTData",
            _mapping(
                RealWorldValueFirstValueMapped=0,
                RealWorldValueLastValueMapped=3,
                RealWorldValueLUTData=[1.0, 2.0, 3.0],
            ),
        ),
        bad(f"{_AT}RealWorldValueSlope", _mapping(RealWorldValueSlope=0.0)),
    ),
)
