"""An overlay plane does not fit its own description.

## What it does
Checks each repeating group (6000-601E): Overlay Data must have one bit for each pixel of Overlay Rows,
Overlay Columns and Number of Frames in Overlay; with Overlay Data, Overlay Bits Allocated must be 1 and
Overlay Bit Position 0; Overlay Type must be G or R. Overlays embedded in Pixel Data, which are retired, are
judged by their type only.

## Why this matters
Annotations and regions that are drawn in the wrong place, or cut off, change what the image says.

## Example
512 x 512 overlay with 524288 bytes of Overlay Data: one byte was written for each bit.

## Fix
Pack eight pixels into a byte, the first pixel in the lowest bit, and describe them by Overlay Rows and
Overlay Columns.
"""

from __future__ import annotations

from collections.abc import Iterator

from dcmlint.image import ENCAPSULATED, code, numbers, unsigned, value_length
from dcmlint.model import Found
from dcmlint.read.item import Item
from dcmlint.rule import Rule, bad, good

_GROUPS = range(0x6000, 0x6020, 2)
_ROWS, _COLUMNS, _FRAMES, _TYPE = 0x0010, 0x0011, 0x0015, 0x0040
_BITS_ALLOCATED, _BIT_POSITION, _DATA = 0x0100, 0x0102, 0x3000
_SELECTED = (_ROWS, _COLUMNS, _TYPE, _BITS_ALLOCATED, _BIT_POSITION, _DATA)


def check(item: Item) -> Iterator[Found]:
    """Yield what is wrong with each overlay plane (PS3.3 C.9.2, PS3.5 8.1.2)."""
    for group in _GROUPS:
        base = group << 16
        kind = code(item, base | _TYPE)
        if kind is not None and kind not in ("G", "R"):
            yield Found(base | _TYPE, {"what": "is neither G nor R"})
        length = value_length(item, base | _DATA)
        if length is None or length == ENCAPSULATED:
            continue
        allocated, position = unsigned(item, base | _BITS_ALLOCATED), unsigned(item, base | _BIT_POSITION)
        if allocated is not None and allocated != 1:
            yield Found(base | _BITS_ALLOCATED, {"what": f"is {allocated}; Overlay Data has 1 bit a pixel"})
        if position:
            yield Found(base | _BIT_POSITION, {"what": f"is {position}; Overlay Data has it at 0"})
        yield from _length(item, base, length)


def _length(item: Item, base: int, length: int) -> Iterator[Found]:
    rows, columns, frames = unsigned(item, base | _ROWS), unsigned(item, base | _COLUMNS), 1
    if base | _FRAMES in item.elements:
        values = numbers(item, base | _FRAMES, 1)
        frames = int(values[0]) if values else 0
    if not rows or not columns or frames < 1:
        return
    expected = (rows * columns * frames + 7) // 8
    if length not in (expected, expected + (expected & 1)):
        # Writers are known to round the length up to whole words; that hides nothing.
        rounded = expected < length <= expected + 4
        what = f"has {length} bytes; {frames} frames of {rows} x {columns} bits take {expected}"
        yield Found(base | _DATA, {"what": what}, severity="warning" if rounded else None)


def _plane(length: int, **changes: object) -> dict[str, object]:
    return {
        "OverlayRows": 5,
        "OverlayColumns": 5,
        "OverlayType": "G",
        "OverlayOrigin": [1, 1],
        "OverlayBitsAllocated": 1,
        "OverlayBitPosition": 0,
        "OverlayData": bytes(length),
        **changes,
    }


_EMBEDDED = {key: value for key, value in _plane(0, OverlayBitsAllocated=16, OverlayBitPosition=12).items()
             if key != "OverlayData"}  # fmt: skip

RULE = Rule(
    severity="error",
    scope="item",
    citation="PS3.3 Section C.9.2",
    message="{attribute} {what}",
    selects=tuple(f"{group:04X}{element:04X}" for group in _GROUPS for element in _SELECTED),
    check=check,
    cases=(
        good(_plane(4)),
        good(_plane(10, NumberOfFramesInOverlay=3)),
        good(_plane(4, OverlayType="R", OverlayOrigin=[-3, 0])),
        good(_plane(4, OverlayRows=None)),
        good(_plane(4, OverlayRows=0)),
        good(_plane(0)),
        good(_EMBEDDED),
        good({"60020010": 8, "60020011": 8, "60023000": bytes(8)}),
        bad("OverlayData", _plane(2)),
        bad("OverlayData", _plane(26)),
        bad("OverlayData", _plane(6)),
        bad("OverlayData", _plane(4, NumberOfFramesInOverlay=3)),
        bad("OverlayBitsAllocated", _plane(4, OverlayBitsAllocated=8)),
        bad("OverlayBitPosition", _plane(4, OverlayBitPosition=4)),
        bad("OverlayType", _plane(4, OverlayType="ROI")),
        bad("OverlayData", {"60020010": 8, "60020011": 8, "60023000": bytes(64)}),
    ),
)
