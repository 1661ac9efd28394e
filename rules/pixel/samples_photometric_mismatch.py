"""Samples per Pixel does not fit the Photometric Interpretation.

## What it does
Compares Samples per Pixel (0028,0002) with the number of samples that the Photometric Interpretation
(0028,0004) has: one for MONOCHROME1, MONOCHROME2 and PALETTE COLOR, three for RGB, the YBR family and XYB,
four for the retired ARGB and CMYK. Other values of Photometric Interpretation are not judged.

## Why this matters
A reader that believes the one reads three gray images where a colour image is, or runs beyond the pixels.

## Example
Samples per Pixel 3 with MONOCHROME2, after a colour conversion that changed one of the two.

## Fix
Correct the attribute that does not describe the Pixel Data.
"""

from __future__ import annotations

from collections.abc import Iterator

from dcmlint.image import code, unsigned
from dcmlint.model import Found
from dcmlint.read.item import Item
from dcmlint.rule import Rule, bad, good

_SAMPLES_PER_PIXEL = 0x00280002
_PHOTOMETRIC_INTERPRETATION = 0x00280004

_SAMPLES = {
    "MONOCHROME1": 1,
    "MONOCHROME2": 1,
    "PALETTE COLOR": 1,
    "RGB": 3,
    "HSV": 3,
    "YBR_FULL": 3,
    "YBR_FULL_422": 3,
    "YBR_PARTIAL_422": 3,
    "YBR_PARTIAL_420": 3,
    "YBR_ICT": 3,
    "YBR_RCT": 3,
    "XYB": 3,
    "ARGB": 4,
    "CMYK": 4,
}


def check(item: Item) -> Iterator[Found]:
    """Yield Samples per Pixel that the Photometric Interpretation excludes (PS3.3 C.7.6.3.1.2)."""
    samples = unsigned(item, _SAMPLES_PER_PIXEL)
    photometric = code(item, _PHOTOMETRIC_INTERPRETATION)
    if samples is None or photometric is None:
        return
    expected = _SAMPLES.get(photometric)
    if expected is not None and samples != expected:
        yield Found(
            _SAMPLES_PER_PIXEL,
            {"value": samples, "photometric": photometric, "expected": expected},
            attributes=(_SAMPLES_PER_PIXEL, _PHOTOMETRIC_INTERPRETATION),
        )


RULE = Rule(
    severity="error",
    scope="item",
    citation="PS3.3 Section C.7.6.3.1.2",
    message="{attribute} is {value}, but {photometric} has {expected}",
    selects=("SamplesPerPixel",),
    check=check,
    reads=("SamplesPerPixel", "PhotometricInterpretation"),
    cases=(
        good(SamplesPerPixel=1, PhotometricInterpretation="MONOCHROME2"),
        good(SamplesPerPixel=3, PhotometricInterpretation="YBR_FULL_422"),
        good(SamplesPerPixel=1, PhotometricInterpretation="PALETTE COLOR"),
        good(SamplesPerPixel=7, PhotometricInterpretation="HYPERSPECTRAL"),
        good(SamplesPerPixel=3),
        good(SamplesPerPixel=None, PhotometricInterpretation="RGB"),
        good(SamplesPerPixel=3, PhotometricInterpretation=None),
        good(SamplesPerPixel=1, PhotometricInterpretation="rgb"),
        bad("SamplesPerPixel", SamplesPerPixel=3, PhotometricInterpretation="MONOCHROME2"),
        bad("SamplesPerPixel", SamplesPerPixel=1, PhotometricInterpretation="RGB"),
        bad("SamplesPerPixel", SamplesPerPixel=3, PhotometricInterpretation="PALETTE COLOR"),
        bad("SamplesPerPixel", SamplesPerPixel=0, PhotometricInterpretation="MONOCHROME1"),
        bad(
            "IconImageSequence[1].SamplesPerPixel",
            IconImageSequence=[{"SamplesPerPixel": 1, "PhotometricInterpretation": "RGB"}],
        ),
    ),
)
