"""The tiles of a fully tiled image are not as many as the total pixel matrix takes.

## What it does
In an image whose Dimension Organization Type is TILED_FULL every tile is there: Number of Frames must be the
tiles that cover the Total Pixel Matrix, times its focal planes, times its optical paths (for a segmentation
that is no label map: times its segments). Parts of a concatenation are not judged.

## Why this matters
In such an image the place of a frame follows from its number alone. If a tile is missing or the matrix is of
another size, every tile after it is shown at the wrong place.

## Example
A matrix of 1000 x 1000 pixels with tiles of 256 x 256 takes 16 frames; the image has 9, since the tiles at
the edges were left out.

## Fix
Write all tiles, padded at the right and at the bottom, or use TILED_SPARSE with the position of each frame.
"""

from __future__ import annotations

from collections.abc import Iterator

from dcmlint.image import code, frames, unsigned
from dcmlint.model import Found
from dcmlint.numbering import integer, is_damaged
from dcmlint.read.item import Instance, Item
from dcmlint.rule import Rule, bad, good

_ORGANIZATION_TYPE = 0x00209311
_CONCATENATION = 0x00209161
_FRAMES = 0x00280008
_ROWS = 0x00280010
_COLUMNS = 0x00280011
_TOTAL_COLUMNS = 0x00480006
_TOTAL_ROWS = 0x00480007
_OPTICAL_PATHS = 0x00480302
_FOCAL_PLANES = 0x00480303
_SEGMENTS = 0x00620002
_SLIDES = frozenset(("1.2.840.10008.5.1.4.1.1.77.1.6", "1.2.840.10008.5.1.4.1.1.77.1.9"))
"""Whole Slide Microscopy and Confocal Microscopy Tiled Pyramidal."""

_SEGMENTATION = "1.2.840.10008.5.1.4.1.1.66.4"
_LABEL_MAP = "1.2.840.10008.5.1.4.1.1.66.7"


def check(instance: Instance) -> Iterator[Found]:
    """Yield a Number of Frames that PS3.3 C.7.6.17.3 excludes."""
    root = instance.root
    if code(root, _ORGANIZATION_TYPE) != "TILED_FULL" or _CONCATENATION in root.elements:
        return
    count, layers, tiles = frames(root), _layers(instance), _tiles(root)
    if not count or not layers or not tiles or is_damaged(instance):
        return
    across, down = tiles
    if count != across * down * layers:
        expected = f"{across} x {down} tiles in {layers} {'layer' if layers == 1 else 'layers'}"
        yield Found(_FRAMES, {"count": count, "expected": expected, "total": across * down * layers})


def _tiles(root: Item) -> tuple[int, int] | None:
    """Return how many tiles cover the matrix across and down."""
    total_columns, total_rows = integer(root, _TOTAL_COLUMNS), integer(root, _TOTAL_ROWS)
    columns, rows = unsigned(root, _COLUMNS), unsigned(root, _ROWS)
    if not total_columns or not total_rows or not columns or not rows:
        return None
    return -(-total_columns // columns), -(-total_rows // rows)


def _layers(instance: Instance) -> int | None:
    """Return how often the matrix is there, None if that is not certain."""
    root = instance.root
    planes = integer(root, _FOCAL_PLANES)
    if not planes:
        return None
    if instance.sop_class_uid in _SLIDES:
        paths = integer(root, _OPTICAL_PATHS)
        return planes * paths if paths else None
    if instance.sop_class_uid == _LABEL_MAP:
        return planes
    segments = root.items(_SEGMENTS)
    if instance.sop_class_uid == _SEGMENTATION and segments:
        return planes * len(segments)
    return None


def _slide(count: int, **changes: object) -> dict[str, object]:
    return {
        "SOPClassUID": "1.2.840.10008.5.1.4.1.1.77.1.6",
        "DimensionOrganizationType": "TILED_FULL",
        "NumberOfFrames": count,
        "Rows": 256,
        "Columns": 256,
        "TotalPixelMatrixColumns": 1000,
        "TotalPixelMatrixRows": 500,
        "NumberOfOpticalPaths": 1,
        "TotalPixelMatrixFocalPlanes": 1,
        **changes,
    }


RULE = Rule(
    severity="error",
    scope="instance",
    citation="PS3.3 Section C.7.6.17.3",
    message="{attribute} is {count}, but the total pixel matrix takes {total}: {expected}",
    selects=("TotalPixelMatrixColumns",),
    check=check,
    cases=(
        good(_slide(8)),
        good(_slide(48, NumberOfOpticalPaths=2, TotalPixelMatrixFocalPlanes=3)),
        good(_slide(5, DimensionOrganizationType="TILED_SPARSE")),
        good(_slide(5, ConcatenationUID="1.2.3")),
        good(_slide(5, NumberOfOpticalPaths=None)),
        good(
            _slide(
                16, SOPClassUID=_SEGMENTATION, SegmentSequence=[{"SegmentNumber": 1}, {"SegmentNumber": 2}]
            )
        ),
        good(_slide(5, SOPClassUID="1.2.840.10008.5.1.4.1.1.30")),
        good(_slide(8, SOPClassUID=_LABEL_MAP, SegmentSequence=[{"SegmentNumber": 1}, {"SegmentNumber": 2}])),
        bad("NumberOfFrames", _slide(6)),
        bad("NumberOfFrames", _slide(8, NumberOfOpticalPaths=2)),
        bad("NumberOfFrames", _slide(8, TotalPixelMatrixColumns=1025)),
        bad(
            "NumberOfFrames",
            _slide(
                8, SOPClassUID=_SEGMENTATION, SegmentSequence=[{"SegmentNumber": 1}, {"SegmentNumber": 2}]
            ),
        ),
    ),
)
