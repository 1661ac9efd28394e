"""A reference to an image names frames or segments that it cannot have.

## What it does
Looks at the references of every IMAGE: Referenced Frame Number and Referenced Segment Number count from 1,
are not both there, and are not there for images of SOP Classes that have a single frame and no segments
(CR, CT, MR, PET, Ultrasound, Secondary Capture, digital X-ray and mammography). Referenced Waveform Channels
of a WAVEFORM are pairs of multiplex group and channel, both counted from 1; a channel of 0 stands for all.

## Why this matters
A finding points to the wrong slice when frames are counted from 0, and to nothing when the frame is beyond
what a single-frame image has.

## Example
An IMAGE that refers to a CT image with Referenced Frame Number 1.

## Fix
Leave Referenced Frame Number out for single-frame images, and where the reference is to the whole image.
"""

from __future__ import annotations

from collections.abc import Iterator

from dcmlint.model import Found
from dcmlint.read.item import Instance
from dcmlint.rule import Rule, bad, good
from dcmlint.sr.evidence import pointed_at
from dcmlint.sr.sample import content, document, image
from dcmlint.sr.values import Reference

_FRAMES = 0x00081160
_SEGMENTS = 0x0062000B
_CHANNELS = 0x0040A0B0
_ROOT = "1.2.840.10008.5.1.4.1.1."
_SINGLE_FRAME = frozenset(
    _ROOT + suffix for suffix in ("1", "1.1", "1.1.1", "1.2", "1.2.1", "2", "4", "6.1", "7", "128")
)
"""SOP Classes of images whose IOD has neither Number of Frames nor segments (PS3.3 A.2-A.8, A.21, A.26)."""


def check(instance: Instance) -> Iterator[Found]:
    """Yield the references whose numbers PS3.3 10.3 or C.18.5 excludes."""
    for value_type, reference in pointed_at(instance):
        if value_type == "IMAGE":
            for tag, what in _faults(reference):
                yield Found(tag, {"what": what}, reference.item)
    for value_type, reference in pointed_at(instance):
        if value_type == "WAVEFORM":
            channels = reference.item.get(_CHANNELS) or ()
            groups = [group for group in channels[::2] if isinstance(group, int)]
            if groups and min(groups) < 1:
                what = "names the multiplex group 0; they count from 1"
                yield Found(_CHANNELS, {"what": what}, reference.item)


def _faults(reference: Reference) -> Iterator[tuple[int, str]]:
    if reference.frames and min(reference.frames) < 1:
        yield _FRAMES, f"holds {min(reference.frames)}; frames count from 1"
    if reference.segments and min(reference.segments) < 1:
        yield _SEGMENTS, f"holds {min(reference.segments)}; segments count from 1"
    if reference.frames is not None and reference.segments is not None:
        yield _SEGMENTS, "is there besides Referenced Frame Number; a reference is by frame or by segment"
    elif reference.sop_class_uid in _SINGLE_FRAME:
        if reference.frames is not None:
            yield _FRAMES, "is there, but the SOP Class of the image has a single frame"
        if reference.segments is not None:
            yield _SEGMENTS, "is there, but the SOP Class of the image has no segments"


_REFERENCE = "ContentSequence[1].ReferencedSOPSequence[1]."
_MULTI = {"ReferencedSOPClassUID": _ROOT + "2.1"}
_SEG = {"ReferencedSOPClassUID": _ROOT + "66.4"}


def _waveform(*channels: int) -> dict[str, object]:
    item = {"ReferencedSOPClassUID": _ROOT + "9.1.1", "ReferencedSOPInstanceUID": "2.25.12"}
    sequence = [item | {"ReferencedWaveformChannels": list(channels)}]
    return document(content("WAVEFORM", ReferencedSOPSequence=sequence))


RULE = Rule(
    severity="error",
    scope="instance",
    citation="PS3.3 Sections 10.3 and C.18.5",
    message="{attribute} {what}",
    selects=("ContentSequence",),
    check=check,
    cases=(
        good(document(image(), image(**_MULTI, ReferencedFrameNumber=["1", "7"]))),
        good(document(image(**_SEG, ReferencedSegmentNumber=[1]))),
        good(_waveform(1, 0)),
        bad(_REFERENCE + "ReferencedFrameNumber", document(image(ReferencedFrameNumber="1"))),
        bad(_REFERENCE + "ReferencedFrameNumber", document(image(**_MULTI, ReferencedFrameNumber="0"))),
        bad(_REFERENCE + "ReferencedSegmentNumber", document(image(**_SEG, ReferencedSegmentNumber=[0]))),
        bad(_REFERENCE + "ReferencedSegmentNumber", document(image(ReferencedSegmentNumber=[1]))),
        bad(
            _REFERENCE + "ReferencedSegmentNumber",
            document(image(**_SEG, ReferencedSegmentNumber=[1], ReferencedFrameNumber="1")),
        ),
        bad(_REFERENCE + "ReferencedWaveformChannels", _waveform(0, 1)),
    ),
)
