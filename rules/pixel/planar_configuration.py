"""Planar Configuration does not fit how the colour samples are stored.

## What it does
Reports Planar Configuration 1 (color-by-plane) with a Photometric Interpretation whose samples cannot be
stored by plane: YBR_FULL_422, YBR_PARTIAL_422, YBR_PARTIAL_420, YBR_ICT and YBR_RCT. With RGB and YBR_FULL
in a JPEG, JPEG-LS or JPEG 2000 Transfer Syntax, whose codestreams decide for themselves, it is a note:
PS3.5 has 0 there, but earlier editions left it open.

## Why this matters
Subsampled chrominance is only defined pixel by pixel. Readers that obey Planar Configuration 1 show such
an image as three displaced gray copies of itself.

## Example
YBR_FULL_422 in JPEG Baseline with Planar Configuration 1.

## Fix
Set Planar Configuration to 0.
"""

from __future__ import annotations

from collections.abc import Iterator

from dcmlint.image import code, unsigned
from dcmlint.model import Found
from dcmlint.read.encode import part10
from dcmlint.read.item import Item
from dcmlint.rule import Case, Rule, bad, good

_PHOTOMETRIC_INTERPRETATION = 0x00280004
_PLANAR_CONFIGURATION = 0x00280006

_BY_PIXEL = frozenset(("YBR_FULL_422", "YBR_PARTIAL_422", "YBR_PARTIAL_420", "YBR_ICT", "YBR_RCT"))
_BY_EITHER = frozenset(("RGB", "YBR_FULL"))
_JPEG_FAMILY = frozenset(
    f"1.2.840.10008.1.2.4.{number}"
    for number in (50, 51, 57, 70, 80, 81, 90, 91, 92, 93, 110, 111, 112, 201, 202, 203)
)


def check(item: Item) -> Iterator[Found]:
    """Yield Planar Configuration 1 where samples are interleaved (PS3.3 C.7.6.3.1.2, PS3.5 8.2)."""
    if unsigned(item, _PLANAR_CONFIGURATION) != 1:
        return
    photometric = code(item, _PHOTOMETRIC_INTERPRETATION)
    arguments = {"value": 1, "photometric": photometric}
    if photometric in _BY_PIXEL:
        yield Found(_PLANAR_CONFIGURATION, arguments)
    elif photometric in _BY_EITHER and item.parent is None and item.instance.syntax in _JPEG_FAMILY:
        yield Found(_PLANAR_CONFIGURATION, arguments, severity="note")


def _image(photometric: str, planar: int, syntax: str) -> bytes:
    attributes = {
        "SamplesPerPixel": 3,
        "PhotometricInterpretation": photometric,
        "PlanarConfiguration": planar,
        "PixelData": [b"", b"\xff\xd8"],
    }
    return part10(attributes, syntax=syntax)


RULE = Rule(
    severity="error",
    scope="item",
    citation="PS3.3 Section C.7.6.3.1.2",
    message="{attribute} is {value}, but {photometric} is stored pixel by pixel here",
    selects=("PlanarConfiguration",),
    check=check,
    reads=("PlanarConfiguration", "PhotometricInterpretation"),
    cases=(
        good(PhotometricInterpretation="RGB", PlanarConfiguration=1),
        good(PhotometricInterpretation="YBR_FULL", PlanarConfiguration=1),
        good(PhotometricInterpretation="YBR_FULL_422", PlanarConfiguration=0),
        good(PlanarConfiguration=1),
        good(PhotometricInterpretation="YBR_FULL_422", PlanarConfiguration=None),
        Case(passes=True, file=lambda: _image("RGB", 1, "1.2.840.10008.1.2.5")),
        Case(passes=True, file=lambda: _image("YBR_RCT", 0, "1.2.840.10008.1.2.4.90")),
        bad("PlanarConfiguration", PhotometricInterpretation="YBR_FULL_422", PlanarConfiguration=1),
        Case(
            passes=False,
            file=lambda: _image("YBR_FULL_422", 1, "1.2.840.10008.1.2.4.50"),
            at="PlanarConfiguration",
        ),
        Case(
            passes=False,
            file=lambda: _image("YBR_RCT", 1, "1.2.840.10008.1.2.4.90"),
            at="PlanarConfiguration",
        ),
        Case(passes=False, file=lambda: _image("RGB", 1, "1.2.840.10008.1.2.4.70"), at="PlanarConfiguration"),
        bad(
            "IconImageSequence[1].PlanarConfiguration",
            IconImageSequence=[{"PhotometricInterpretation": "YBR_FULL_422", "PlanarConfiguration": 1}],
        ),
    ),
)
