"""An annotation refers to a part of the waveform that is not there.

## What it does
Looks at each Item of the Waveform Annotation Sequence: Referenced Waveform Channels (0040,A0B0) are pairs
of multiplex group and channel, counted from 1; channel 0 stands for all channels of the group. Where an
annotation refers to one group only, its Referenced Sample Positions (0040,A132) must be samples of that
group.

## Why this matters
The mark of a QRS complex or of an artifact is drawn nowhere, or on another lead or another beat.

## Example
An annotation refers to channel 13 of a group with 12 channels, since channels were counted from 2.

## Fix
Count groups, channels and samples from 1, in the order in which they are encoded.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dcmlint.model import Found
from dcmlint.numbering import integer, is_damaged
from dcmlint.read.item import Instance, Item
from dcmlint.rule import Rule, bad, good

_ANNOTATIONS = 0x0040B020
_GROUPS = 0x54000100
_CHANNELS = 0x003A0005
_SAMPLES = 0x003A0010
_REFERENCED = 0x0040A0B0
_POSITIONS = 0x0040A132


def check(instance: Instance) -> Iterator[Found]:
    """Yield references to groups, channels and samples that are not there (PS3.3 C.10.10.1.1)."""
    groups = instance.root.items(_GROUPS) or ()
    if not groups or is_damaged(instance):
        return
    for annotation in instance.root.items(_ANNOTATIONS) or ():
        values = annotation.get(_REFERENCED) or ()
        if not values or len(values) % 2 or not all(isinstance(value, int) for value in values):
            continue
        what = _dangling(values, groups)
        if what:
            yield Found(_REFERENCED, {"what": what}, annotation)
        elif len(set(values[::2])) == 1:
            yield from _positions(annotation, groups[values[0] - 1])


def _dangling(values: Sequence[int], groups: Sequence[Item]) -> str:
    for group, channel in zip(values[::2], values[1::2], strict=True):
        if not 1 <= group <= len(groups):
            return f"refers to multiplex group {group}; there are {len(groups)}"
        channels = integer(groups[group - 1], _CHANNELS)
        if channels is not None and channel > channels:
            return f"refers to channel {channel} of group {group}, which has {channels}"
    return ""


def _positions(annotation: Item, group: Item) -> Iterator[Found]:
    samples = integer(group, _SAMPLES)
    positions = annotation.get(_POSITIONS) or ()
    if samples is None or not all(isinstance(position, int) for position in positions):
        return
    for position in positions:
        if position < 1 or position > samples:
            yield Found(_POSITIONS, {"what": f"refers to sample {position} of {samples}"}, annotation)
            return


def _annotated(**attributes: object) -> dict[str, object]:
    return {
        "WaveformSequence": [{"NumberOfWaveformChannels": 3, "NumberOfWaveformSamples": 100}] * 2,
        "WaveformAnnotationSequence": [attributes],
    }


_AT = "WaveformAnnotationSequence[1]."

RULE = Rule(
    severity="error",
    scope="instance",
    citation="PS3.3 Section C.10.10.1.1",
    message="{attribute} {what}",
    selects=("WaveformAnnotationSequence",),
    check=check,
    cases=(
        good(_annotated(ReferencedWaveformChannels=[1, 0, 2, 3])),
        good(_annotated(ReferencedWaveformChannels=[1, 3], ReferencedSamplePositions=[1, 100])),
        good(_annotated(ReferencedWaveformChannels=[1, 3, 2, 3], ReferencedSamplePositions=[500])),
        good(_annotated(ReferencedWaveformChannels=None)),
        good(WaveformAnnotationSequence=[{"ReferencedWaveformChannels": [1, 9]}]),
        bad(f"{_AT}ReferencedWaveformChannels", _annotated(ReferencedWaveformChannels=[3, 0])),
        bad(f"{_AT}ReferencedWaveformChannels", _annotated(ReferencedWaveformChannels=[0, 1])),
        bad(f"{_AT}ReferencedWaveformChannels", _annotated(ReferencedWaveformChannels=[1, 4])),
        bad(
            f"{_AT}ReferencedSamplePositions",
            _annotated(ReferencedWaveformChannels=[1, 1], ReferencedSamplePositions=[5, 101]),
        ),
    ),
)
