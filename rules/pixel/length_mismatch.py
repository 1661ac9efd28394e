"""The Pixel Data is longer or shorter than the image.

## What it does
Computes the length of native Pixel Data, Float Pixel Data and Double Float Pixel Data from Rows, Columns,
Number of Frames, Samples per Pixel and Bits Allocated, and compares it with the value length. Subsampled
chrominance (YBR_FULL_422), samples of one bit and the pad byte are taken into account. Where one of these
attributes is absent or invalid, nothing is reported; nor is encapsulated Pixel Data.

## Why this matters
Too few bytes: frames or rows are missing, and careless readers show what lies in memory behind them. Too
many: one of the attributes is wrong, or there is hidden content behind the image.

## Example
512 rows of 512 columns with 16 bits take 524288 bytes; the value has 262144, so Bits Allocated should be 8.

## Fix
Correct the attribute that does not describe the Pixel Data, or write the Pixel Data again from its source.
"""

from __future__ import annotations

from collections.abc import Iterator

from dcmlint.image import ENCAPSULATED, NATIVE_SYNTAXES, code, frames, unsigned, value_length
from dcmlint.model import Found
from dcmlint.read.encode import part10
from dcmlint.read.item import Item
from dcmlint.rule import Case, Raw, Rule, bad, good

_SAMPLES_PER_PIXEL = 0x00280002
_PHOTOMETRIC_INTERPRETATION = 0x00280004
_ROWS = 0x00280010
_COLUMNS = 0x00280011
_BITS_ALLOCATED = 0x00280100
_PIXEL_DATA = 0x7FE00010
_FLOAT = {0x7FE00008: 32, 0x7FE00009: 64}


def check(item: Item) -> Iterator[Found]:
    """Yield native pixel data whose length does not follow from its attributes (PS3.5 8.1.1)."""
    if item.parent is None and item.instance.syntax not in NATIVE_SYNTAXES:
        return
    for tag in (_PIXEL_DATA, *_FLOAT):
        length = value_length(item, tag)
        if length is None or length == ENCAPSULATED:
            continue
        expected = _expected(item, tag)
        if expected is not None and length not in (expected, expected + (expected & 1)):
            yield Found(tag, {"length": length, "expected": expected})


def _expected(item: Item, tag: int) -> int | None:
    """Return the bytes that the pixels take without padding, None if that is not certain."""
    rows, columns, count = unsigned(item, _ROWS), unsigned(item, _COLUMNS), frames(item)
    bits = _FLOAT.get(tag) or unsigned(item, _BITS_ALLOCATED)
    samples = _samples_stored(item, columns)
    if not rows or not columns or not count or not bits or not samples or (bits % 8 and bits != 1):
        return None
    return (rows * columns * count * samples * bits + 7) // 8


def _samples_stored(item: Item, columns: int | None) -> int | None:
    """Return the samples stored for each pixel: two of three with chrominance for every second one."""
    samples = unsigned(item, _SAMPLES_PER_PIXEL)
    if samples == 1 or samples is None:
        return samples
    photometric = code(item, _PHOTOMETRIC_INTERPRETATION)
    if photometric in ("YBR_FULL_422", "YBR_PARTIAL_422"):
        return 2 if samples == 3 and columns is not None and columns % 2 == 0 else None
    return None if photometric in (None, "YBR_PARTIAL_420") else samples


def _image(length: int, **changes: object) -> dict[str, object]:
    return {
        "SamplesPerPixel": 1,
        "PhotometricInterpretation": "MONOCHROME2",
        "Rows": 3,
        "Columns": 4,
        "BitsAllocated": 16,
        "PixelData": bytes(length),
        **changes,
    }


_RGB = {"SamplesPerPixel": 3, "PhotometricInterpretation": "RGB", "BitsAllocated": 8}
_SUBSAMPLED = {**_RGB, "PhotometricInterpretation": "YBR_FULL_422"}
_JPEG = "1.2.840.10008.1.2.4.70"

RULE = Rule(
    severity="error",
    scope="item",
    citation="PS3.5 Section 8.1.1",
    message="{attribute} has {length} bytes; the image takes {expected}",
    selects=("PixelData", "FloatPixelData", "DoubleFloatPixelData"),
    check=check,
    reads=(
        "PixelData",
        "FloatPixelData",
        "DoubleFloatPixelData",
        "SamplesPerPixel",
        "PhotometricInterpretation",
        "Rows",
        "Columns",
        "BitsAllocated",
        "NumberOfFrames",
    ),
    cases=(
        good(_image(24)),
        good(_image(36, **_RGB)),
        good(_image(24, **_SUBSAMPLED)),
        good(_image(10, Rows=3, Columns=3, BitsAllocated=8)),
        good(_image(2, BitsAllocated=1)),
        good(_image(6, BitsAllocated=1, NumberOfFrames=4)),
        good(_image(4, BitsAllocated=1, Rows=3, Columns=3, NumberOfFrames=3)),
        good(_image(48, NumberOfFrames=2)),
        good(_image(10, NumberOfFrames="many")),
        good(_image(10, BitsAllocated=12)),
        good(_image(10, Rows=None)),
        good(_image(10, **{**_SUBSAMPLED, "Columns": 3})),
        good(_image(10, SamplesPerPixel=3, PhotometricInterpretation=None)),
        good(_image(0)),
        good({**_image(0), "FloatPixelData": Raw("OF", bytes(48)), "PixelData": None}),
        Case(passes=True, file=lambda: part10({**_image(0), "PixelData": [b"", b"\xff\xd8"]}, syntax=_JPEG)),
        Case(passes=True, file=lambda: part10(_image(24))[:-4]),
        good(IconImageSequence=[_image(24)]),
        bad("PixelData", _image(22)),
        bad("PixelData", _image(26)),
        bad("PixelData", _image(152)),
        bad("PixelData", _image(24, NumberOfFrames=2)),
        bad("PixelData", _image(24, **_RGB)),
        bad("PixelData", _image(36, **_SUBSAMPLED)),
        bad("PixelData", _image(12, BitsAllocated=1)),
        bad("PixelData", _image(6, BitsAllocated=1, Rows=3, Columns=3, NumberOfFrames=3)),
        bad("FloatPixelData", {**_image(0), "FloatPixelData": Raw("OF", bytes(24)), "PixelData": None}),
        bad("DoubleFloatPixelData", _image(24, DoubleFloatPixelData=Raw("OD", bytes(48)))),
        bad("IconImageSequence[1].PixelData", IconImageSequence=[_image(12)]),
        Case(
            passes=False,
            file=lambda: part10(
                {"IconImageSequence": [_image(12)], "PixelData": [b"", b"\0\0"]}, syntax=_JPEG
            ),
            at="IconImageSequence[1].PixelData",
        ),
    ),
)
