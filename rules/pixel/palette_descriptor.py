"""A Palette Color Lookup Table Descriptor is wrong, or does not fit its table.

## What it does
Checks the descriptors (0028,1101-1104) and their tables (0028,1201-1204): the third value must be 8 or 16
bits, the three values must be the same for all colours, and the table must have as many bytes as the
descriptor says. Tables of 8-bit entries that are stored in 16 bits each are a warning: PS3.3 tells readers
how to recognise them. Segmented tables have no length that follows from the descriptor.

## Why this matters
With a wrong descriptor readers assign the wrong colours, or read beyond the table.

## Example
The descriptor says 256 entries of 16 bits, the table has 256 bytes.

## Fix
Correct the descriptor; where the number of entries is 65536, it is written as 0.
"""

from __future__ import annotations

from collections.abc import Iterator

from dcmlint.image import ENCAPSULATED, value_length, words
from dcmlint.model import Found
from dcmlint.read.item import Item
from dcmlint.rule import Raw, Rule, bad, good

_DESCRIPTORS = (0x00281101, 0x00281102, 0x00281103, 0x00281104)
_TABLE_OFFSET = 0x0100
_VALUES = ("number of entries", "first value mapped", "bits of an entry")


def check(item: Item) -> Iterator[Found]:
    """Yield descriptors that PS3.3 C.7.6.3.1.5 excludes, and tables of another length."""
    first: tuple[int, ...] | None = None
    for tag in _DESCRIPTORS:
        descriptor = words(item, tag, 3)
        if descriptor is None:
            continue
        first = first or descriptor
        if descriptor[2] not in (8, 16):
            yield Found(tag, {"what": f"has {descriptor[2]} bits for each entry instead of 8 or 16"})
            continue
        for what, value, other in zip(_VALUES, descriptor, first, strict=True):
            if value != other:
                yield Found(tag, {"what": f"differs from the other colours in the {what}"})
                break
        yield from _table(item, tag, descriptor)


def _table(item: Item, tag: int, descriptor: tuple[int, ...]) -> Iterator[Found]:
    table = tag + _TABLE_OFFSET
    length = value_length(item, table)
    entries = descriptor[0] or 0x10000
    if length is None or length == ENCAPSULATED:
        return
    if length != (2 * entries if descriptor[2] == 16 else entries + (entries & 1)):
        what = f"has {length} bytes, but its descriptor says {entries} entries of {descriptor[2]} bits"
        yield Found(table, {"what": what}, severity="warning" if length == 2 * entries else None)


def _palette(descriptor: list[int], length: int, **changes: object) -> dict[str, object]:
    attributes: dict[str, object] = {}
    for color in ("Red", "Green", "Blue"):
        attributes[f"{color}PaletteColorLookupTableDescriptor"] = descriptor
        attributes[f"{color}PaletteColorLookupTableData"] = bytes(length)
    return {**attributes, **changes}


_RED, _GREEN = "RedPaletteColorLookupTableDescriptor", "GreenPaletteColorLookupTableDescriptor"

RULE = Rule(
    severity="error",
    scope="item",
    citation="PS3.3 Section C.7.6.3.1.5",
    message="{attribute} {what}",
    selects=(
        "RedPaletteColorLookupTableDescriptor",
        "GreenPaletteColorLookupTableDescriptor",
        "BluePaletteColorLookupTableDescriptor",
        "AlphaPaletteColorLookupTableDescriptor",
    ),
    check=check,
    cases=(
        good(_palette([256, 0, 16], 512)),
        good(_palette([256, 0, 8], 256)),
        good(_palette([255, 0, 8], 256)),
        good(_palette([0, 0, 16], 131072)),
        good(_palette([16, -100, 16], 32, PixelRepresentation=1)),
        good(_palette([256, 0], 512)),
        good(_palette([256, 0, 16], 0)),
        good(
            {
                **{key: value for key, value in _palette([256, 0, 16], 0).items() if "Descriptor" in key},
                "SegmentedRedPaletteColorLookupTableData": bytes(6),
            }
        ),
        bad(_RED, _palette([256, 0, 12], 512)),
        bad(_RED, _palette([256, 0, 0], 512)),
        bad(_GREEN, _palette([256, 0, 16], 512, GreenPaletteColorLookupTableDescriptor=[255, 0, 16])),
        bad(_GREEN, _palette([256, 0, 16], 512, GreenPaletteColorLookupTableDescriptor=[256, 1, 16])),
        bad(
            "BluePaletteColorLookupTableDescriptor",
            _palette([256, 0, 16], 512, BluePaletteColorLookupTableDescriptor=[256, 0, 8]),
        ),
        bad("RedPaletteColorLookupTableData", _palette([256, 0, 16], 256)),
        bad("RedPaletteColorLookupTableData", _palette([0, 0, 16], 512)),
        bad("RedPaletteColorLookupTableData", _palette([256, 0, 8], 512)),
        bad(
            "GreenPaletteColorLookupTableData",
            _palette([256, 0, 8], 256, GreenPaletteColorLookupTableData=Raw("OW", bytes(128))),
        ),
        bad(f"IconImageSequence[1].{_RED}", IconImageSequence=[_palette([256, 0, 4], 512)]),
    ),
)
