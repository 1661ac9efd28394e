"""A LUT Descriptor is wrong, or does not fit its LUT Data.

## What it does
Checks LUT Descriptor (0028,3002) of Modality, VOI and Presentation LUTs: the third value must be between 8
and 16 bits, and LUT Data (0028,3006) must have as many entries as the first value says. Tables of 8-bit
entries that are stored in 16 bits each are a warning: PS3.3 tells readers how to recognise them.

## Why this matters
With a wrong descriptor readers map gray values to the wrong brightness, or read beyond the table.

## Example
The descriptor says 4096 entries of 12 bits, LUT Data has 4096 bytes.

## Fix
Correct the descriptor; where the number of entries is 65536, it is written as 0.
"""

from __future__ import annotations

from collections.abc import Iterator

from dcmlint.image import ENCAPSULATED, value_length, words
from dcmlint.model import Found
from dcmlint.read.item import Item
from dcmlint.rule import Raw, Rule, bad, good

_DESCRIPTOR = 0x00283002
_DATA = 0x00283006


def check(item: Item) -> Iterator[Found]:
    """Yield a descriptor that PS3.3 C.11.1.1.1 excludes, and LUT Data of another length."""
    descriptor = words(item, _DESCRIPTOR, 3)
    if descriptor is None:
        return
    entries, bits = descriptor[0] or 0x10000, descriptor[2]
    if not 8 <= bits <= 16:
        yield Found(_DESCRIPTOR, {"what": f"has {bits} bits for each entry instead of 8 to 16"})
        return
    length = value_length(item, _DATA)
    if length is None or length == ENCAPSULATED:
        return
    if length != (2 * entries if bits > 8 else entries + (entries & 1)):
        what = f"has {length} bytes, but its descriptor says {entries} entries of {bits} bits"
        yield Found(_DATA, {"what": what}, severity="warning" if length == 2 * entries else None)


def _lut(descriptor: object, length: int) -> dict[str, object]:
    return {"ModalityLUTSequence": [{"LUTDescriptor": descriptor, "LUTData": Raw("OW", bytes(length))}]}


RULE = Rule(
    severity="error",
    scope="item",
    citation="PS3.3 Section C.11.1.1.1",
    message="{attribute} {what}",
    selects=("LUTDescriptor",),
    check=check,
    cases=(
        good(_lut([256, 0, 16], 512)),
        good(_lut([4096, 0, 12], 8192)),
        good(_lut([255, 0, 8], 256)),
        good(_lut([0, 0, 16], 131072)),
        good(_lut([256, -5, 16], 512)),
        good(_lut([256, 0], 5)),
        good(_lut(None, 512)),
        good(_lut([256, 0, 16], 0)),
        bad("ModalityLUTSequence[1].LUTDescriptor", _lut([256, 0, 0], 512)),
        bad("ModalityLUTSequence[1].LUTDescriptor", _lut([256, 0, 32], 512)),
        bad("ModalityLUTSequence[1].LUTData", _lut([256, 0, 16], 256)),
        bad("ModalityLUTSequence[1].LUTData", _lut([4096, 0, 12], 4096)),
        bad("ModalityLUTSequence[1].LUTData", _lut([256, 0, 8], 260)),
        bad("ModalityLUTSequence[1].LUTData", _lut([256, 0, 8], 512)),
    ),
)
