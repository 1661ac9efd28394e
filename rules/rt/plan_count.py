"""A plan counts its parts wrongly.

## What it does
Compares the counts of a radiotherapy plan with what they count: beams and brachy application setups of a
fraction group; control points, wedges, compensators, boli, blocks, range shifters, lateral spreading devices
and range modulators of a beam; leaf pairs with Leaf Position Boundaries (one more) and with Leaf/Jaw
Positions (two for each pair).

## Why this matters
Delivery systems allocate by the count and read by the sequence. A wedge or control point too few changes the
dose; leaf positions that do not fit the boundaries move the wrong leaves.

## Example
Number of Control Points 12, but the Control Point Sequence has 11 Items.

## Fix
Write the number of Items that are there, or the Items that are lost.
"""

from __future__ import annotations

from collections.abc import Iterator

from dcmlint.image import code
from dcmlint.model import Found
from dcmlint.numbering import integer, is_damaged
from dcmlint.read.item import Instance, Item
from dcmlint.rule import Rule, bad, good
from dcmlint.standard.dictionary import label

_FRACTION_GROUPS = 0x300A0070
_BEAMS = (0x300A00B0, 0x300A03A2)
_OF_GROUP = ((0x300A0080, (0x300C0004,)), (0x300A00A0, (0x300C000A,)))
_OF_BEAM = (
    (0x300A0110, (0x300A0111, 0x300A03A8)),
    (0x300A00D0, (0x300A00D1, 0x300A03AA)),
    (0x300A00E0, (0x300A00E3, 0x300A02EA)),
    (0x300A00ED, (0x300C00B0,)),
    (0x300A00F0, (0x300A00F4, 0x300A03A6)),
    (0x300A0312, (0x300A0314,)),
    (0x300A0330, (0x300A0332,)),
    (0x300A0340, (0x300A0342,)),
)
"""The count, and the Sequences whose Items it counts."""

_DEVICES = (0x300A00B6, 0x300A03A4)
_DEVICE_TYPE = 0x300A00B8
_PAIRS = 0x300A00BC
_BOUNDARIES = 0x300A00BE
_CONTROL_POINTS = (0x300A0111, 0x300A03A8)
_DEVICE_POSITIONS = 0x300A011A
_POSITIONS = 0x300A011C


def check(instance: Instance) -> Iterator[Found]:
    """Yield each count that differs from what is there (PS3.3 C.8.8.13, C.8.8.14, C.8.8.25)."""
    if is_damaged(instance):
        return
    for group in instance.root.items(_FRACTION_GROUPS) or ():
        yield from _counts(group, _OF_GROUP)
    for sequence in _BEAMS:
        for beam in instance.root.items(sequence) or ():
            yield from _counts(beam, _OF_BEAM)
            yield from _leaves(beam)


def _counts(item: Item, counted: tuple[tuple[int, tuple[int, ...]], ...]) -> Iterator[Found]:
    for tag, sequences in counted:
        declared = integer(item, tag)
        for sequence in sequences:
            items = item.items(sequence)
            if declared is not None and items and len(items) != declared:
                what = f"is {declared}, but {label(sequence)} has {len(items)} Items"
                yield Found(tag, {"what": what}, item)


def _leaves(beam: Item) -> Iterator[Found]:
    """Yield boundaries and the first positions that do not fit the number of pairs (PS3.3 C.8.8.14)."""
    pairs: dict[str, int] = {}
    for sequence in _DEVICES:
        for device in beam.items(sequence) or ():
            name, number = code(device, _DEVICE_TYPE), integer(device, _PAIRS)
            if name is None or number is None:
                continue
            pairs[name] = number if name not in pairs else 0
            boundaries = len(device.get(_BOUNDARIES) or ())
            if boundaries and boundaries != number + 1:
                what = f"has {boundaries} values instead of {number + 1} for {number} leaf pairs"
                yield Found(_BOUNDARIES, {"what": what}, device)
    for sequence in _CONTROL_POINTS:
        for point in beam.items(sequence) or ():
            for position in point.items(_DEVICE_POSITIONS) or ():
                number = pairs.get(code(position, _DEVICE_TYPE) or "") or 0
                values = len(position.get(_POSITIONS) or ())
                if number and values and not values % 2 and values != 2 * number:
                    what = f"has {values} values instead of {2 * number} for {number} pairs"
                    yield Found(_POSITIONS, {"what": what}, position)
                    return


_BEAM: dict[str, object] = {
    "NumberOfControlPoints": 2,
    "NumberOfWedges": 0,
    "ControlPointSequence": [{}, {}],
    "BeamLimitingDeviceSequence": [
        {
            "RTBeamLimitingDeviceType": "MLCX",
            "NumberOfLeafJawPairs": 2,
            "LeafPositionBoundaries": [-10, 0, 10],
        },
    ],
}


def _plan(**changes: object) -> dict[str, object]:
    return {"RTPlanLabel": "P", "BeamSequence": [_BEAM | changes]}


def _group(**attributes: object) -> dict[str, object]:
    return {"RTPlanLabel": "P", "FractionGroupSequence": [attributes]}


def _positions(*values: int) -> dict[str, object]:
    device = {"RTBeamLimitingDeviceType": "MLCX", "LeafJawPositions": list(values)}
    return {"BeamLimitingDevicePositionSequence": [device]}


RULE = Rule(
    severity="error",
    scope="instance",
    citation="PS3.3 Section C.8.8.14",
    message="{attribute} {what}",
    selects=("RTPlanLabel",),
    check=check,
    cases=(
        good(_plan()),
        good(_plan(ControlPointSequence=[_positions(-5, -5, 5, 5), {}])),
        good(_plan(NumberOfWedges=1, WedgeSequence=[{}])),
        good(_plan(NumberOfWedges=2)),
        good(_group(NumberOfBeams=1, ReferencedBeamSequence=[{}], NumberOfBrachyApplicationSetups=0)),
        bad("BeamSequence[1].NumberOfControlPoints", _plan(NumberOfControlPoints=3)),
        bad("BeamSequence[1].NumberOfWedges", _plan(WedgeSequence=[{}])),
        bad("BeamSequence[1].NumberOfBoli", _plan(NumberOfBoli=1, ReferencedBolusSequence=[{}, {}])),
        bad("FractionGroupSequence[1].NumberOfBeams", _group(NumberOfBeams=2, ReferencedBeamSequence=[{}])),
        bad(
            "BeamSequence[1].BeamLimitingDeviceSequence[1].LeafPositionBoundaries",
            _plan(
                BeamLimitingDeviceSequence=[
                    {
                        "RTBeamLimitingDeviceType": "MLCX",
                        "NumberOfLeafJawPairs": 3,
                        "LeafPositionBoundaries": [-10, 0, 10],
                    }
                ]
            ),
        ),
        bad(
            "BeamSequence[1].ControlPointSequence[2].BeamLimitingDevicePositionSequence[1].LeafJawPositions",
            _plan(ControlPointSequence=[_positions(-5, -5, 5, 5), _positions(-5, 5)]),
        ),
    ),
)
