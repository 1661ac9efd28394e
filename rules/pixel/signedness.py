"""A pixel value attribute is signed where the pixels are not, or the other way round.

## What it does
Compares the VR, US or SS, of Smallest and Largest Image Pixel Value, Pixel Padding Value and Pixel Padding
Range Limit with Pixel Representation (0028,0103) of the same image, in Explicit VR Transfer Syntaxes.

## Why this matters
A padding value of -2000 that is written as US is 63536: viewers do not recognise the padding and show it as
bright frame, and automatic windows go wrong.

## Example
Pixel Representation 1, Pixel Padding Value with VR US.

## Fix
Write SS where Pixel Representation is 1, and US where it is 0.
"""

from __future__ import annotations

from collections.abc import Iterator

from dcmlint.image import unsigned
from dcmlint.model import Found
from dcmlint.read.item import Item
from dcmlint.rule import Raw, Rule, bad, good

_ATTRIBUTES = (0x00280106, 0x00280107, 0x00280120, 0x00280121)
_PIXEL_REPRESENTATION = 0x00280103
_VRS = {0: "US", 1: "SS"}


def check(item: Item) -> Iterator[Found]:
    """Yield each attribute whose VR contradicts Pixel Representation (PS3.3 C.7.5.1.1.2, C.7.6.3.1.1)."""
    representation = unsigned(item, _PIXEL_REPRESENTATION)
    expected = None if representation is None else _VRS.get(representation)
    if expected is None or not item.instance.explicit:
        return
    for tag in _ATTRIBUTES:
        element = item.elements.get(tag)
        if element is not None and element[0] in ("US", "SS") and element[0] != expected and element[2]:
            yield Found(tag, {"vr": element[0], "representation": representation})


RULE = Rule(
    severity="warning",
    scope="item",
    citation="PS3.3 Section C.7.5.1.1.2",
    message="{attribute} has VR {vr}, but Pixel Representation is {representation}",
    selects=(
        "SmallestImagePixelValue",
        "LargestImagePixelValue",
        "PixelPaddingValue",
        "PixelPaddingRangeLimit",
    ),
    check=check,
    cases=(
        good(PixelRepresentation=0, PixelPaddingValue=Raw("US", b"\0\0")),
        good(PixelRepresentation=1, PixelPaddingValue=Raw("SS", b"\0\0"), SmallestImagePixelValue=-1),
        good(PixelPaddingValue=Raw("SS", b"\0\0")),
        good(PixelRepresentation=None, PixelPaddingValue=Raw("SS", b"\0\0")),
        good(PixelRepresentation=2, PixelPaddingValue=Raw("SS", b"\0\0")),
        good(PixelRepresentation=1, PixelPaddingValue=Raw("US", b"")),
        bad("PixelPaddingValue", PixelRepresentation=1, PixelPaddingValue=Raw("US", b"\0\0")),
        bad("LargestImagePixelValue", PixelRepresentation=0, LargestImagePixelValue=Raw("SS", b"\0\0")),
    ),
)
