"""Pixel Data has a VR that its encoding does not allow.

## What it does
Checks the VR of Pixel Data in an Explicit VR Transfer Syntax: OB where it is encapsulated; where it is
native, OW if Bits Allocated is greater than 8, and OB or OW if not.

## Why this matters
OW values are swapped when the byte order changes, OB values never. Encapsulated data that is swapped is
destroyed, and 16-bit samples that are not swapped become noise. Several readers refuse the wrong VR.

## Example
Encapsulated JPEG in VR OW.

## Fix
Write OB for encapsulated Pixel Data and OW for native samples of more than 8 bits.
"""

from __future__ import annotations

from collections.abc import Iterator

from dcmlint.image import unsigned
from dcmlint.model import UNDEFINED_LENGTH, Found, Raw
from dcmlint.read.encode import part10
from dcmlint.read.item import Item
from dcmlint.rule import Case, Rule, bad, good

_BITS_ALLOCATED = 0x00280100
_PIXEL_DATA = 0x7FE00010
_JPEG = "1.2.840.10008.1.2.4.50"


def check(item: Item) -> Iterator[Found]:
    """Yield Pixel Data under a VR that PS3.5 8.2 and Annex A do not have for it."""
    element = item.elements.get(_PIXEL_DATA)
    if element is None or not item.instance.explicit or element[0] == "UN":
        return
    vr, offset, length, _ = element
    if vr.encode() not in (item.buf[offset - 8 : offset - 6], item.buf[offset - 4 : offset - 2]):
        return  # inside UN, which is Implicit VR
    if length == UNDEFINED_LENGTH:
        if vr != "OB":
            yield Found(_PIXEL_DATA, {"vr": vr, "expected": "OB for encapsulated Pixel Data"})
        return
    allocated = unsigned(item, _BITS_ALLOCATED)
    if vr not in ("OB", "OW"):
        yield Found(_PIXEL_DATA, {"vr": vr, "expected": "OB or OW"})
    elif vr == "OB" and allocated is not None and allocated > 8:
        yield Found(_PIXEL_DATA, {"vr": vr, "expected": f"OW for Bits Allocated {allocated}"})


def _image(vr: str, allocated: int, syntax: str) -> Case:
    attributes = {"BitsAllocated": allocated, "PixelData": Raw(vr, bytes(4))}
    return Case(passes=False, file=lambda: part10(attributes, syntax=syntax), at="PixelData")


def _encapsulated_word() -> bytes:
    return part10({"BitsAllocated": 8, "PixelData": [b"", b"\xff\xd8"]}, syntax=_JPEG).replace(
        b"\xe0\x7f\x10\x00OB", b"\xe0\x7f\x10\x00OW"
    )


RULE = Rule(
    severity="error",
    scope="item",
    citation="PS3.5 Section A.2",
    message="{attribute} has VR {vr}; PS3.5 has {expected}",
    selects=("PixelData",),
    check=check,
    reads=("PixelData", "BitsAllocated"),
    on_bytes=True,
    cases=(
        good(BitsAllocated=8, PixelData=Raw("OB", b"\0\0")),
        good(BitsAllocated=8, PixelData=Raw("OW", b"\0\0")),
        good(BitsAllocated=16, PixelData=Raw("OW", b"\0\0")),
        good(BitsAllocated=1, PixelData=Raw("OB", b"\0\0")),
        good(BitsAllocated=None, PixelData=Raw("OB", b"\0\0")),
        good(PixelData=Raw("UN", b"\0\0")),
        Case(
            passes=True, file=lambda: part10({"BitsAllocated": 16, "PixelData": [b"", b"ab"]}, syntax=_JPEG)
        ),
        Case(
            passes=True,
            file=lambda: part10({"BitsAllocated": 16, "PixelData": b"ab"}, syntax="1.2.840.10008.1.2"),
        ),
        bad("PixelData", BitsAllocated=16, PixelData=Raw("OB", b"\0\0")),
        bad("PixelData", BitsAllocated=16, PixelData=Raw("US", b"\0\0")),
        _image("OB", 16, "1.2.840.10008.1.2.2"),
        _image("OB", 16, "1.2.840.10008.1.2.1.99"),
        Case(passes=False, file=_encapsulated_word, at="PixelData"),
        bad(
            "IconImageSequence[1].PixelData",
            IconImageSequence=[{"BitsAllocated": 16, "PixelData": Raw("OB", b"\0\0")}],
        ),
    ),
)
