"""The channels of a waveform are not as many as it says.

## What it does
Compares Number of Waveform Channels (003A,0005) of each multiplex group with the Items of its Channel
Definition Sequence (003A,0200).

## Why this matters
Samples of the channels are interleaved. A reader that takes the wrong number of channels shows every curve
with samples of the others, which looks like noise or like a disease.

## Example
Number of Waveform Channels 12, but 11 channels are defined.

## Fix
Define each channel, in the order in which its samples are interleaved.
"""

from __future__ import annotations

from collections.abc import Iterator

from dcmlint.model import Found
from dcmlint.numbering import integer, is_damaged
from dcmlint.read.item import Instance
from dcmlint.rule import Rule, bad, good

_GROUPS = 0x54000100
_CHANNELS = 0x003A0005
_DEFINITIONS = 0x003A0200


def check(instance: Instance) -> Iterator[Found]:
    """Yield each multiplex group whose channels are miscounted (PS3.3 C.10.9.1.4)."""
    if is_damaged(instance):
        return
    for group in instance.root.items(_GROUPS) or ():
        declared, definitions = integer(group, _CHANNELS), group.items(_DEFINITIONS)
        if declared and definitions and len(definitions) != declared:
            yield Found(_CHANNELS, {"declared": declared, "count": len(definitions)}, group)


def _group(channels: object, count: int) -> dict[str, object]:
    group = {
        "NumberOfWaveformChannels": channels,
        "ChannelDefinitionSequence": [{"ChannelLabel": "I"}] * count,
    }
    return {"WaveformSequence": [group]}


RULE = Rule(
    severity="error",
    scope="instance",
    citation="PS3.3 Section C.10.9.1.4",
    message="{attribute} is {declared}, but ChannelDefinitionSequence has {count} Items",
    selects=("WaveformSequence",),
    check=check,
    cases=(
        good(_group(2, 2)),
        good(_group(None, 2)),
        good(_group(2, 0)),
        bad("WaveformSequence[1].NumberOfWaveformChannels", _group(2, 1)),
        bad("WaveformSequence[1].NumberOfWaveformChannels", _group(2, 3)),
    ),
)
