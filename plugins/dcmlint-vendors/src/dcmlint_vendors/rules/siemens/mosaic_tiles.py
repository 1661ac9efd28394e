"""A Siemens mosaic does not say how it is to be taken apart, or says so in two ways.

## What it does
Looks at MR images with MOSAIC in Image Type: a volume as one large image, its slices as tiles of a square
grid. Their number is (0019,xx0A) of SIEMENS MR HEADER and NumberOfImagesInMosaic of the CSA header. Reports
images that have neither, or both with different numbers, or whose Rows or Columns are no multiple of the
grid's. Images of syngo MR XA are left out: they keep the word MOSAIC where the slices are apart.

## Why this matters
Without the number nobody can tell where a slice ends and how many there are: a grid of 7 x 7 holds 37
to 49 slices. Rows and Columns that do not fit come from tools that crop or resample the mosaic as if
it were one slice.

## Example
48 tiles need a grid of 7 x 7; Columns is 250.

## Fix
Take the private elements from the original image. Undo what was done to the pixels, or take Image Type's
MOSAIC away if it is no mosaic any more.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator

from dcmlint.model import Found
from dcmlint.read.item import Instance, Item
from dcmlint.rule import Raw, Rule, bad, good
from dcmlint_vendors.csa import CREATOR, csa_tags
from dcmlint_vendors.private import blocks, element, is_truncated, number, value_bytes

MR_IMAGE = "1.2.840.10008.5.1.4.1.1.4"
IMAGE_TYPE, ROWS, COLUMNS = 0x00080008, 0x00280010, 0x00280011
NAMES = {ROWS: "Rows", COLUMNS: "Columns"}
HEADER = "SIEMENS MR HEADER"
XA = {(0x0021, "SIEMENS MR SDS 01"), (0x0021, "SIEMENS MR SDI 02")}


def check(instance: Instance) -> Iterator[Found]:
    """Yield a finding for each way in which a mosaic cannot be taken apart."""
    root = instance.root
    sized = all(isinstance(root.first(size), int) for size in (ROWS, COLUMNS))
    if not (sized and _is_mosaic(root)):
        return
    tag, counted = _header_count(root)
    described = _csa_count(root)
    tiles = counted if counted is not None else described
    if tiles is None:
        if not is_truncated(instance):
            what = "neither SIEMENS MR HEADER nor a CSA header has the number of tiles"
            yield Found(IMAGE_TYPE, {"what": what})
        return
    if counted is not None and described is not None and counted != described:
        yield Found(tag, {"what": f"(0019,xx0A) says {counted} tiles, the CSA header {described}"})
        return
    side = math.isqrt(max(tiles, 1) - 1) + 1
    wrong = [size for size in (ROWS, COLUMNS) if tiles < 1 or root.first(size) % side]
    if wrong:
        what = f"{tiles} tiles in a grid of {side} x {side}, but {root.first(wrong[0])} {NAMES[wrong[0]]}"
        yield Found(wrong[0], {"what": what}, attributes=(IMAGE_TYPE, *wrong))


def _is_mosaic(root: Item) -> bool:
    return (
        "MOSAIC" in (root.get(IMAGE_TYPE) or ())
        and "SIEMENS" in str(root.first("Manufacturer")).upper()
        and root.first("SOPClassUID") == MR_IMAGE
        and not _is_xa(root)
    )


def _is_xa(root: Item) -> bool:
    """Tell whether an image is of syngo MR XA."""
    versions = root.get("SoftwareVersions") or ()
    return any(" XA" in str(version) for version in versions) or not XA.isdisjoint(blocks(root))


def _header_count(root: Item) -> tuple[int | None, int | None]:
    """Return the tag of Number of Images in Mosaic and its value."""
    tag = element(root, 0x0019, HEADER, 0x0A)
    count = number(root, tag, "US")
    return tag, int(count) if count is not None and math.isfinite(count) else None


def _csa_count(root: Item) -> int | None:
    tag = element(root, 0x0029, CREATOR, 0x10)
    for found in csa_tags(b"" if tag is None else value_bytes(root, tag)):
        if found.name == b"NumberOfImagesInMosaic" and found.values:
            text = found.values[0].strip(b"\0 ")
            return int(text) if text.isdigit() else None
    return None


_MOSAIC = {
    "SOPClassUID": MR_IMAGE,
    "Manufacturer": "SIEMENS",
    "ImageType": ["ORIGINAL", "PRIMARY", "M", "MOSAIC"],
}
_NUMBER = {"00190010": HEADER, "0019100A": Raw("US", b"\x30\0")}


def _csa(text: bytes) -> dict[str, object]:
    tag = struct.pack("<64si4siii", b"NumberOfImagesInMosaic", 1, b"US", 6, 1, 77)
    items = struct.pack("<4i", *[len(text)] * 2, 77, len(text)) + text + bytes(-len(text) % 4)
    return {
        "00290010": CREATOR,
        "00291010": Raw("OB", b"SV10\4\3\2\1" + struct.pack("<2I", 1, 77) + tag + items),
    }


RULE = Rule(
    severity="warning",
    scope="instance",
    citation="PS3.5 Section 7.8 (private data of Siemens, SIEMENS MR HEADER and SIEMENS CSA HEADER)",
    message="The mosaic cannot be taken apart: {what}",
    selects=("ImageType",),
    check=check,
    cases=(
        good(_MOSAIC | _NUMBER, Rows=448, Columns=896),
        good(_MOSAIC | _NUMBER | _csa(b"48 \0"), Rows=448, Columns=448),
        good(_MOSAIC | _csa(b"49"), Rows=448, Columns=448),
        good(_MOSAIC | {"00190010": HEADER, "0019100A": Raw("UN", b"\x01\0")}, Rows=63, Columns=65),
        good(_MOSAIC | {"ImageType": ["ORIGINAL", "PRIMARY", "M"]}, Rows=64, Columns=64),
        good(_MOSAIC),
        good(_MOSAIC, Rows=64, Columns=64, SoftwareVersions="syngo MR XA30"),
        good(_MOSAIC | {"Manufacturer": "ACME"}, Rows=64, Columns=64),
        good(_MOSAIC | {"00210010": "SIEMENS MR SDS 01", "00211001": Raw("IS", b"1 ")}, Rows=64, Columns=64),
        bad("ImageType", _MOSAIC, Rows=448, Columns=448),
        bad(
            "ImageType",
            _MOSAIC | {"00190010": "Anon", "0019100A": Raw("US", b"\x30\0")},
            Rows=448,
            Columns=448,
        ),
        bad("Columns", _MOSAIC | _NUMBER, Rows=448, Columns=250),
        bad("Rows", _MOSAIC | _csa(b"50"), Rows=449, Columns=448),
        bad("Rows", _MOSAIC | {"00190010": HEADER, "0019100A": Raw("US", b"\0\0")}, Rows=448, Columns=448),
        bad("(0019,100A)", _MOSAIC | _NUMBER | _csa(b"36"), Rows=448, Columns=448),
    ),
)
