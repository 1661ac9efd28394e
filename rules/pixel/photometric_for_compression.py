"""The Photometric Interpretation is not one that the Transfer Syntax can have.

## What it does
Compares the Photometric Interpretation (0028,0004) with the Transfer Syntax. Errors are the combinations
that cannot be: YBR_ICT and YBR_RCT outside JPEG 2000, YBR_ICT in a lossless-only Transfer Syntax,
YBR_PARTIAL_420 outside MPEG and HEVC, XYB outside JPEG XL, PALETTE COLOR in lossy JPEG and video, and other
colour spaces in video. Warnings are those that the tables of PS3.5 8.2 do not list for the Transfer Syntax.

## Why this matters
The Photometric Interpretation tells what comes out of the decoder. Where it contradicts the codec, readers
convert colours twice or not at all: skin turns green.

## Example
YBR_RCT in Explicit VR Little Endian: the image was decompressed, and the attribute was left as it was.

## Fix
Write the colour space that the samples are really in: RGB after most decompressions.
"""

from __future__ import annotations

from collections.abc import Iterator

from dcmlint.image import NATIVE_SYNTAXES, code
from dcmlint.model import Found, Severity
from dcmlint.read.encode import part10
from dcmlint.read.item import Item
from dcmlint.rule import Case, Rule, good

_PHOTOMETRIC_INTERPRETATION = 0x00280004

_ROOT = "1.2.840.10008.1.2."
_RLE = f"{_ROOT}5"
_JPEG_LOSSY = frozenset(_ROOT + number for number in ("4.50", "4.51"))
_JPEG_LOSSLESS = frozenset(_ROOT + number for number in ("4.57", "4.70"))
_JPEG_LS = frozenset(_ROOT + number for number in ("4.80", "4.81"))
_JPEG_2000 = frozenset(
    _ROOT + number for number in ("4.90", "4.91", "4.92", "4.93", "4.201", "4.202", "4.203")
)
_JPEG_XL = frozenset(_ROOT + number for number in ("4.110", "4.111", "4.112"))
_LOSSLESS_2000 = frozenset(_ROOT + number for number in ("4.90", "4.92", "4.201", "4.202"))
_VIDEO = frozenset(
    f"{_ROOT}4.{number}{suffix}"
    for number in (100, 101, 102, 103, 104, 105, 106, 107, 108)
    for suffix in ("", ".1")
)
_JUDGED = NATIVE_SYNTAXES | _JPEG_LOSSY | _JPEG_LOSSLESS | _JPEG_LS | _JPEG_2000 | _JPEG_XL | _VIDEO | {_RLE}

_GRAY = frozenset(("MONOCHROME1", "MONOCHROME2"))
_LISTED: dict[str, frozenset[str]] = {
    **dict.fromkeys(_JPEG_LOSSY, _GRAY | {"RGB", "YBR_FULL_422"}),
    **dict.fromkeys(_JPEG_LOSSLESS | _JPEG_LS | {_RLE}, _GRAY | {"RGB", "YBR_FULL", "PALETTE COLOR"}),
    **dict.fromkeys(_JPEG_2000, _GRAY | {"RGB", "YBR_FULL", "PALETTE COLOR", "YBR_RCT", "YBR_ICT"}),
}
_LOSSY_PALETTE = frozenset(_ROOT + number for number in ("4.81", "4.91", "4.93", "4.203"))
_DEFINED = _GRAY | {
    "PALETTE COLOR",
    "RGB",
    "YBR_FULL",
    "YBR_FULL_422",
    "YBR_PARTIAL_420",
    "YBR_ICT",
    "YBR_RCT",
    "XYB",
}


def check(item: Item) -> Iterator[Found]:
    """Yield a Photometric Interpretation that PS3.5 8.2 excludes for the Transfer Syntax."""
    syntax = item.instance.syntax
    if item.parent is not None or syntax not in _JUDGED:
        return
    photometric = code(item, _PHOTOMETRIC_INTERPRETATION)
    if photometric is None or photometric in _GRAY:
        return
    severity = _severity(photometric, syntax)
    if severity is not None:
        arguments = {"value": photometric, "syntax": syntax}
        yield Found(_PHOTOMETRIC_INTERPRETATION, arguments, severity=severity)


def _severity(photometric: str, syntax: str) -> Severity | None:
    """Return how sure it is that the two do not go together, None if they do or nothing is known."""
    impossible = {
        "YBR_ICT": syntax not in _JPEG_2000 or syntax in _LOSSLESS_2000,
        "YBR_RCT": syntax not in _JPEG_2000,
        "YBR_PARTIAL_420": syntax not in _VIDEO,
        "XYB": syntax not in _JPEG_XL,
        "PALETTE COLOR": syntax in _JPEG_LOSSY or syntax in _VIDEO,
        "RGB": syntax in _VIDEO,
        "YBR_FULL": syntax in _VIDEO,
        "YBR_FULL_422": syntax in _VIDEO,
    }
    if impossible.get(photometric):
        return "error"
    listed = _LISTED.get(syntax)
    if photometric not in _DEFINED or listed is None:
        return None
    if photometric not in listed or (photometric == "PALETTE COLOR" and syntax in _LOSSY_PALETTE):
        return "warning"
    return None


def _case(photometric: str, number: str, *, passes: bool = False) -> Case:
    attributes = {"PhotometricInterpretation": photometric, "PixelData": [b"", b"\xff\xd8"]}
    return Case(
        passes=passes,
        file=lambda: part10(attributes, syntax=_ROOT + number),
        at="" if passes else "PhotometricInterpretation",
    )


def _native(photometric: str) -> Case:
    attributes = {"PhotometricInterpretation": photometric, "PixelData": b"\0\0"}
    return Case(passes=False, file=lambda: part10(attributes), at="PhotometricInterpretation")


RULE = Rule(
    severity="error",
    scope="item",
    citation="PS3.5 Section 8.2",
    message="{attribute} {value} is not one that the Transfer Syntax {syntax} has",
    selects=("PixelData",),
    check=check,
    reads=("PixelData", "PhotometricInterpretation"),
    cases=(
        good(PhotometricInterpretation="RGB", PixelData=b"\0\0"),
        good(PhotometricInterpretation="YBR_FULL_422", PixelData=b"\0\0"),
        good(PhotometricInterpretation="PALETTE COLOR", PixelData=b"\0\0"),
        good(PhotometricInterpretation="YBR_RCT"),
        good(PhotometricInterpretation=None, PixelData=b"\0\0"),
        good(PhotometricInterpretation="ACME_COLOR", PixelData=b"\0\0"),
        _case("YBR_FULL_422", "4.50", passes=True),
        _case("RGB", "4.50", passes=True),
        _case("YBR_FULL", "4.70", passes=True),
        _case("PALETTE COLOR", "4.70", passes=True),
        _case("YBR_RCT", "4.90", passes=True),
        _case("YBR_ICT", "4.91", passes=True),
        _case("YBR_RCT", "4.91", passes=True),
        _case("YBR_RCT", "4.201", passes=True),
        _case("YBR_PARTIAL_420", "4.102", passes=True),
        _case("XYB", "4.112", passes=True),
        _case("YBR_FULL", "5", passes=True),
        _case("MONOCHROME2", "4.81", passes=True),
        _case("YBR_ICT", "4.53", passes=True),
        _native("YBR_RCT"),
        _native("YBR_ICT"),
        _native("YBR_PARTIAL_420"),
        _case("YBR_ICT", "4.90"),
        _case("YBR_RCT", "4.80"),
        _case("YBR_ICT", "5"),
        _case("YBR_PARTIAL_420", "4.50"),
        _case("PALETTE COLOR", "4.50"),
        _case("PALETTE COLOR", "4.81"),
        _case("YBR_FULL", "4.50"),
        _case("YBR_FULL_422", "4.70"),
        _case("RGB", "4.102"),
        _case("XYB", "4.90"),
    ),
)
