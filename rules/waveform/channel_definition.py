"""The definition of a waveform channel contradicts itself.

## What it does
Looks at each channel: Waveform Bits Stored (003A,021A) must not exceed Waveform Bits Allocated of its group.
It is a warning where Filter Low Frequency (003A,0220) is not below Filter High Frequency (003A,0221), and
where Channel Sensitivity (003A,0210) is 0.

## Why this matters
Readers scale samples by the sensitivity and mask them by the bits stored: amplitudes come out wrong, or as
a flat line. Filters that are swapped make a physician distrust, or trust, the wrong part of an ECG.

## Example
Filter Low Frequency 150 and Filter High Frequency 0.05: the two were swapped.

## Fix
Correct the attribute that does not describe the channel.
"""

from __future__ import annotations

from collections.abc import Iterator

from dcmlint.image import numbers, unsigned
from dcmlint.model import Found
from dcmlint.read.item import Instance, Item
from dcmlint.rule import Rule, bad, good

_GROUPS = 0x54000100
_ALLOCATED = 0x54001004
_DEFINITIONS = 0x003A0200
_STORED = 0x003A021A
_SENSITIVITY = 0x003A0210
_LOW = 0x003A0220
_HIGH = 0x003A0221


def check(instance: Instance) -> Iterator[Found]:
    """Yield each channel attribute that cannot be right (PS3.3 C.10.9.1.4)."""
    for group in instance.root.items(_GROUPS) or ():
        allocated = unsigned(group, _ALLOCATED)
        for channel in group.items(_DEFINITIONS) or ():
            stored = unsigned(channel, _STORED)
            if stored and allocated and stored > allocated:
                what = f"is {stored}, more than the {allocated} of Waveform Bits Allocated"
                yield Found(_STORED, {"what": what}, channel)
            yield from _dubious(channel)


def _dubious(channel: Item) -> Iterator[Found]:
    if numbers(channel, _SENSITIVITY, 1) == (0,):
        yield Found(_SENSITIVITY, {"what": "is 0: the channel has no amplitude"}, channel, severity="warning")
    low, high = numbers(channel, _LOW, 1), numbers(channel, _HIGH, 1)
    if low and high and 0 < high[0] <= low[0]:
        what = f"{low[0]:g} Hz is not below Filter High Frequency {high[0]:g} Hz"
        yield Found(_LOW, {"what": what}, channel, severity="warning")


def _channel(**attributes: object) -> dict[str, object]:
    return {"WaveformSequence": [{"WaveformBitsAllocated": 16, "ChannelDefinitionSequence": [attributes]}]}


_AT = "WaveformSequence[1].ChannelDefinitionSequence[1]."

RULE = Rule(
    severity="error",
    scope="instance",
    citation="PS3.3 Section C.10.9.1.4",
    message="{attribute} {what}",
    selects=("WaveformSequence",),
    check=check,
    cases=(
        good(_channel(WaveformBitsStored=12)),
        good(_channel(WaveformBitsStored=16, FilterLowFrequency="0.05", FilterHighFrequency=150)),
        good(_channel(FilterLowFrequency=150, FilterHighFrequency=0)),
        good(_channel(ChannelSensitivity="-1.25")),
        good(_channel(WaveformBitsStored=None, ChannelSensitivity=None)),
        bad(f"{_AT}WaveformBitsStored", _channel(WaveformBitsStored=17)),
        bad(f"{_AT}FilterLowFrequency", _channel(FilterLowFrequency=150, FilterHighFrequency="0.05")),
        bad(f"{_AT}ChannelSensitivity", _channel(ChannelSensitivity=0)),
    ),
)
