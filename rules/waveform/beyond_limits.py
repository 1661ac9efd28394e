"""A waveform is beyond the limits of its kind.

## What it does
Sampling Frequency (003A,001A) must be positive. For 12-Lead ECG, General ECG, Ambulatory ECG, Hemodynamic
and Basic Voice Audio waveforms the number of multiplex groups, the channels of each, the samples, the
frequency and the sample interpretation are compared with the limits that PS3.3 A.34 sets. That the groups
of a 12-Lead ECG have more than 13 channels together is a warning.

## Why this matters
Systems for a kind of waveform are built for these limits. What is beyond them is refused, cut, or drawn on
the wrong time scale.

## Example
A 12-Lead ECG with a Sampling Frequency of 4000 Hz: it should be a General 32-bit ECG, or resampled.

## Fix
Use the SOP Class that permits such a waveform, or correct the attribute.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from dcmlint.image import code, numbers
from dcmlint.model import Found
from dcmlint.numbering import integer
from dcmlint.read.item import Instance, Item
from dcmlint.rule import Rule, bad, good

_GROUPS = 0x54000100
_CHANNELS = 0x003A0005
_SAMPLES = 0x003A0010
_FREQUENCY = 0x003A001A
_INTERPRETATION = 0x54001006


class _Limits(NamedTuple):
    groups: int
    channels: int
    lowest_hz: float
    highest_hz: float
    interpretations: tuple[str, ...]


_ECG_12_LEAD = "1.2.840.10008.5.1.4.1.1.9.1.1"
_LIMITS = {
    _ECG_12_LEAD: _Limits(5, 13, 200, 1000, ("SS",)),  # PS3.3 A.34.3.4
    "1.2.840.10008.5.1.4.1.1.9.1.2": _Limits(4, 24, 200, 1000, ("SS",)),  # PS3.3 A.34.4.4
    "1.2.840.10008.5.1.4.1.1.9.1.3": _Limits(1, 12, 50, 1000, ("SB", "SS")),  # PS3.3 A.34.5.4
    "1.2.840.10008.5.1.4.1.1.9.2.1": _Limits(4, 8, 0, 400, ("SS",)),  # PS3.3 A.34.6.4
    "1.2.840.10008.5.1.4.1.1.9.4.1": _Limits(1, 2, 8000, 8000, ("UB", "MB", "AB")),  # PS3.3 A.34.2.4
}
_MOST_SAMPLES = 16384
_MOST_CHANNELS = 13


def check(instance: Instance) -> Iterator[Found]:
    """Yield what is beyond the limits of the SOP Class (PS3.3 A.34)."""
    groups = instance.root.items(_GROUPS) or ()
    limits = _LIMITS.get(instance.sop_class_uid)
    for group in groups:
        frequency = numbers(group, _FREQUENCY, 1)
        if frequency and frequency[0] <= 0:
            yield Found(_FREQUENCY, {"what": f"is {frequency[0]:g}; it must be positive"}, group)
        elif limits is not None:
            yield from _beyond(group, limits)
    if limits is not None and len(groups) > limits.groups:
        yield Found(_GROUPS, {"what": f"has {len(groups)} Items; {limits.groups} is the most"})
    if instance.sop_class_uid == _ECG_12_LEAD:
        yield from _of_12_leads(groups)


def _beyond(group: Item, limits: _Limits) -> Iterator[Found]:
    channels, frequency = integer(group, _CHANNELS), numbers(group, _FREQUENCY, 1)
    if channels is not None and channels > limits.channels:
        yield Found(_CHANNELS, {"what": f"is {channels}; {limits.channels} is the most"}, group)
    if frequency and not limits.lowest_hz <= frequency[0] <= limits.highest_hz:
        what = f"is {frequency[0]:g} Hz, not within {limits.lowest_hz:g} to {limits.highest_hz:g} Hz"
        yield Found(_FREQUENCY, {"what": what}, group)
    interpretation = code(group, _INTERPRETATION)
    if interpretation is not None and interpretation not in limits.interpretations:
        what = f"must be {' or '.join(limits.interpretations)} for this SOP Class"
        yield Found(_INTERPRETATION, {"what": what}, group)


def _of_12_leads(groups: Sequence[Item]) -> Iterator[Found]:
    for group in groups:
        samples = integer(group, _SAMPLES)
        if samples is not None and samples > _MOST_SAMPLES:
            yield Found(_SAMPLES, {"what": f"is {samples}; {_MOST_SAMPLES} is the most"}, group)
    channels = sum(integer(group, _CHANNELS) or 0 for group in groups)
    if len(groups) > 1 and channels > _MOST_CHANNELS:
        what = f"has {channels} channels in {len(groups)} groups; {_MOST_CHANNELS} is the most"
        yield Found(_GROUPS, {"what": what}, severity="warning")


def _waveform(sop_class: str, *, count: int = 1, **changes: object) -> dict[str, object]:
    group = {
        "NumberOfWaveformChannels": 2,
        "NumberOfWaveformSamples": 5000,
        "SamplingFrequency": 500,
        "WaveformSampleInterpretation": "SS",
        **changes,
    }
    return {"SOPClassUID": sop_class, "WaveformSequence": [group] * count}


_AT = "WaveformSequence[1]."
_AMBULATORY = "1.2.840.10008.5.1.4.1.1.9.1.3"

RULE = Rule(
    severity="error",
    scope="instance",
    citation="PS3.3 Section A.34",
    message="{attribute} {what}",
    selects=("WaveformSequence",),
    check=check,
    cases=(
        good(_waveform(_ECG_12_LEAD, NumberOfWaveformChannels=13)),
        good(_waveform(_ECG_12_LEAD, NumberOfWaveformSamples=16384, SamplingFrequency=1000)),
        good(_waveform(_AMBULATORY, SamplingFrequency=50, WaveformSampleInterpretation="SB")),
        good(_waveform("1.2.840.10008.5.1.4.1.1.9.7.4", NumberOfWaveformChannels=64, SamplingFrequency=4000)),
        good(_waveform(_ECG_12_LEAD, SamplingFrequency=None, NumberOfWaveformChannels=None)),
        bad(f"{_AT}NumberOfWaveformChannels", _waveform(_ECG_12_LEAD, NumberOfWaveformChannels=14)),
        bad(f"{_AT}NumberOfWaveformSamples", _waveform(_ECG_12_LEAD, NumberOfWaveformSamples=16385)),
        bad(f"{_AT}SamplingFrequency", _waveform(_ECG_12_LEAD, SamplingFrequency=100)),
        bad(f"{_AT}SamplingFrequency", _waveform("1.2.840.10008.5.1.4.1.1.9.7.4", SamplingFrequency=0)),
        bad(f"{_AT}WaveformSampleInterpretation", _waveform(_ECG_12_LEAD, WaveformSampleInterpretation="SB")),
        bad("WaveformSequence", _waveform(_AMBULATORY, count=2)),
        bad("WaveformSequence", _waveform(_ECG_12_LEAD, count=2, NumberOfWaveformChannels=12)),
    ),
)
