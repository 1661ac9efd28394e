"""Two parts of a plan have the same number.

## What it does
Looks at the numbers by which a radiotherapy plan identifies its beams, fraction groups, dose references,
patient setups, tolerance tables, brachy application setups, and the wedges of a beam. Each must be unique.

## Why this matters
A fraction group or a treatment record refers to a beam by its number. With two beams of one number the wrong
fields may be delivered.

## Example
Two Items of the Beam Sequence have Beam Number 2.

## Fix
Give each a number of its own and correct all references to it.
"""

from __future__ import annotations

from collections.abc import Iterator

from dcmlint.model import Found
from dcmlint.numbering import repeated
from dcmlint.read.item import Instance
from dcmlint.rule import Rule, bad, good

_BEAMS = (0x300A00B0, 0x300A03A2)
_WEDGES = (0x300A00D1, 0x300A03AA)
_WEDGE_NUMBER = 0x300A00D2
_NUMBERED = (
    (_BEAMS, 0x300A00C0),
    ((0x300A0070,), 0x300A0071),
    ((0x300A0010,), 0x300A0012),
    ((0x300A0180,), 0x300A0182),
    ((0x300A0040, 0x300A03A0), 0x300A0042),
    ((0x300A0230,), 0x300A0234),
)
"""Sequences of the root, and the Attribute that numbers their Items."""


def check(instance: Instance) -> Iterator[Found]:
    """Yield each number that an earlier Item has (PS3.3 C.8.8.11 to C.8.8.15, C.8.8.25)."""
    root = instance.root
    for sequences, tag in _NUMBERED:
        for sequence in sequences:
            for item, number in repeated(root.items(sequence) or (), tag):
                yield Found(tag, {"number": number}, item)
    for sequence in _BEAMS:
        for beam in root.items(sequence) or ():
            for wedges in _WEDGES:
                for item, number in repeated(beam.items(wedges) or (), _WEDGE_NUMBER):
                    yield Found(_WEDGE_NUMBER, {"number": number}, item)


RULE = Rule(
    severity="error",
    scope="instance",
    citation="PS3.3 Section C.8.8.14",
    message="{attribute} {number} is that of an earlier Item",
    selects=("RTPlanLabel",),
    check=check,
    cases=(
        good(RTPlanLabel="P", BeamSequence=[{"BeamNumber": 1}, {"BeamNumber": 2}]),
        good(RTPlanLabel="P", BeamSequence=[{"BeamNumber": None}, {}]),
        good(
            RTPlanLabel="P",
            BeamSequence=[
                {"BeamNumber": 1, "WedgeSequence": [{"WedgeNumber": 1}]},
                {"BeamNumber": 2, "WedgeSequence": [{"WedgeNumber": 1}]},
            ],
        ),
        bad("BeamSequence[2].BeamNumber", RTPlanLabel="P", BeamSequence=[{"BeamNumber": 1}] * 2),
        bad("IonBeamSequence[2].BeamNumber", RTPlanLabel="P", IonBeamSequence=[{"BeamNumber": 1}] * 2),
        bad(
            "FractionGroupSequence[2].FractionGroupNumber",
            RTPlanLabel="P",
            FractionGroupSequence=[{"FractionGroupNumber": 1}] * 2,
        ),
        bad(
            "BeamSequence[1].WedgeSequence[2].WedgeNumber",
            RTPlanLabel="P",
            BeamSequence=[{"WedgeSequence": [{"WedgeNumber": 1}] * 2}],
        ),
    ),
)
