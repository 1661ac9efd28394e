"""A count or an ordinal is zero or negative.

## What it does
Checks attributes that count something there must be at least one of, or number things from 1 on: rows,
columns, frames, waveform channels, contour and graphic points, frame numbers that a reference names,
positions in a concatenation. Spacings and slopes have rules of their own in the group pixel.

## Why this matters
An image without rows or a reference to frame 0 cannot be followed. Software that trusts the number divides by
it, allocates nothing, or refers to the wrong frame.

## Example
Referenced Frame Number 0, where frames were counted from 0.

## Fix
Write the real number. Frames and channels count from 1.
"""

from __future__ import annotations

from collections.abc import Iterator

from dcmlint.model import Found
from dcmlint.read.item import Item
from dcmlint.read.numbers import is_surely_positive
from dcmlint.rule import Rule, bad, good
from dcmlint.standard.dictionary import tag_of

_NUMBER_OF_FRAMES = 0x00280008
_REAL_TIME = "1.2.840.10008.10."
"""Root of the Real-Time Communication SOP Classes (PS3.22): a stream has no number of frames."""

_SELECTED = (
    "Rows",  # PS3.3 C.7.6.3
    "Columns",
    "NumberOfFrames",  # PS3.3 C.7.6.6, C.7.6.16
    "RepresentativeFrameNumber",  # PS3.3 C.7.6.6.1.1: frames number from 1
    "InConcatenationNumber",  # PS3.3 C.7.6.16: the first one has 1
    "ReferencedFrameNumber",  # PS3.3 Table 10-3
    "MaskFrameNumbers",  # PS3.3 C.7.6.10
    "TotalPixelMatrixColumns",  # PS3.3 C.8.12.4
    "TotalPixelMatrixRows",
    "NumberOfContourPoints",  # PS3.3 C.8.8.6
    "NumberOfGraphicPoints",  # PS3.3 C.10.5
    "NumberOfWaveformChannels",  # PS3.3 C.10.9
    "NumberOfWaveformSamples",
    "TemporalPositionIndex",  # PS3.3 C.7.6.16.2.2
    "RationalDenominatorValue",  # PS3.3 10.2.1, C.18.1
)
_TAGS = frozenset(map(tag_of, _SELECTED))


def check(item: Item) -> Iterator[Found]:
    """Yield each count and ordinal that is not positive."""
    for tag in sorted(_TAGS & item.elements.keys()):
        if is_surely_positive(item, tag):
            continue
        for position, value in enumerate(item.get(tag) or (), start=1):
            if isinstance(value, (int, float)) and value <= 0 and not _is_stream(item, tag):
                yield Found(tag, {"value": value, "position": position})
                break


def _is_stream(item: Item, tag: int) -> bool:
    return tag == _NUMBER_OF_FRAMES and item.instance.sop_class_uid.startswith(_REAL_TIME)


RULE = Rule(
    severity="error",
    scope="item",
    citation="PS3.3 Section C.7.6.3",
    message="{attribute} is {value}; it counts or numbers something and must be positive",
    selects=_SELECTED,
    check=check,
    reads=(*_SELECTED, "SOPClassUID"),
    cases=(
        good(Rows=1, Columns=65535),
        good(Rows=None, NumberOfFrames="1"),
        good(ReferencedImageSequence=[{"ReferencedFrameNumber": [1, 2, 3]}]),
        good(WaveformAnnotationSequence=[{"AnnotationGroupNumber": 0}]),
        good(SOPClassUID="1.2.840.10008.10.1", NumberOfFrames="0"),
        bad("Rows", Rows=0, Columns=1),
        bad("NumberOfFrames", NumberOfFrames="0"),
        bad("NumberOfFrames", NumberOfFrames="-1"),
        bad(
            "ReferencedImageSequence[1].ReferencedFrameNumber",
            ReferencedImageSequence=[{"ReferencedFrameNumber": [1, 0]}],
        ),
        bad("ContentSequence[1].RationalDenominatorValue", ContentSequence=[{"RationalDenominatorValue": 0}]),
    ),
)
