"""Waveform Data is longer or shorter than the waveform.

## What it does
Computes the length of Waveform Data (5400,1010) of each multiplex group from the number of channels, the
number of samples and Waveform Bits Allocated, and compares it with the value length.

## Why this matters
Too few bytes: the end of the recording is lost, and careless readers show what lies in memory behind it. Too
many: one of the numbers is wrong, and every curve is drawn from the wrong samples.

## Example
12 channels of 10000 samples with 16 bits take 240000 bytes; the value has 120000, so half is missing.

## Fix
Correct the number that does not describe the data, or write the data again from its source.
"""

from __future__ import annotations

from collections.abc import Iterator

from dcmlint.image import ENCAPSULATED, value_length
from dcmlint.model import Found
from dcmlint.numbering import integer
from dcmlint.read.item import Instance
from dcmlint.rule import Raw, Rule, bad, good

_GROUPS = 0x54000100
_CHANNELS = 0x003A0005
_SAMPLES = 0x003A0010
_BITS = 0x54001004
_DATA = 0x54001010


def check(instance: Instance) -> Iterator[Found]:
    """Yield Waveform Data whose length does not follow from the numbers (PS3.3 C.10.9.1.5)."""
    for group in instance.root.items(_GROUPS) or ():
        channels, samples, bits = (integer(group, tag) for tag in (_CHANNELS, _SAMPLES, _BITS))
        length = value_length(group, _DATA)
        if not channels or not samples or bits not in (8, 16, 32, 64) or length in (None, ENCAPSULATED):
            continue
        expected = channels * samples * bits // 8
        if length not in (expected, expected + (expected & 1)):
            yield Found(_DATA, {"length": length, "expected": expected}, group)


def _group(length: int, **changes: object) -> dict[str, object]:
    group = {
        "NumberOfWaveformChannels": 3,
        "NumberOfWaveformSamples": 5,
        "WaveformBitsAllocated": 16,
        "WaveformData": Raw("OW", bytes(length)),
    }
    return {"WaveformSequence": [group | changes]}


_PATH = "WaveformSequence[1].WaveformData"

RULE = Rule(
    severity="error",
    scope="instance",
    citation="PS3.3 Section C.10.9.1.5",
    message="{attribute} has {length} bytes; the waveform takes {expected}",
    selects=("WaveformSequence",),
    check=check,
    cases=(
        good(_group(30)),
        good(_group(16, WaveformBitsAllocated=8)),
        good(_group(10, NumberOfWaveformSamples=None)),
        good(_group(10, WaveformBitsAllocated=12)),
        good(_group(0)),
        bad(_PATH, _group(28)),
        bad(_PATH, _group(32)),
        bad(_PATH, _group(30, WaveformBitsAllocated=8)),
        bad(_PATH, _group(30, NumberOfWaveformChannels=6)),
    ),
)
