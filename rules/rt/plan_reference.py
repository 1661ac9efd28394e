"""A reference within a plan leads nowhere.

## What it does
Follows the numbers that parts of a radiotherapy plan refer to each other by: fraction groups to beams, brachy
application setups and dose references; beams to patient setups and tolerance tables; control points to dose
references and wedges. Each must be the number of an Item of the same plan.

## Why this matters
A fraction group that refers to a beam that is not there cannot be delivered. Treatment management systems
refuse the plan, or import it without the field.

## Example
A beam was deleted from the Beam Sequence; the fraction group still refers to it.

## Fix
Remove the reference, or correct its number.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from dcmlint.model import Found
from dcmlint.numbering import dangling, is_damaged, known
from dcmlint.read.item import Instance, Item
from dcmlint.rule import Rule, bad, good

_FRACTION_GROUPS = 0x300A0070
_BEAMS = (0x300A00B0, 0x300A03A2)
_CONTROL_POINTS = (0x300A0111, 0x300A03A8)
_DOSE_REFERENCES = ((0x300A0010,), 0x300A0012)
_IN_GROUPS = (
    (0x300C0004, 0x300C0006, (_BEAMS, 0x300A00C0), "beam"),
    (0x300C000A, 0x300C000C, ((0x300A0230,), 0x300A0234), "brachy application setup"),
    (0x300C0050, 0x300C0051, _DOSE_REFERENCES, "dose reference"),
)
"""Sequence and Attribute that refer, Sequences and Attribute that are referred to, and what they are."""

_IN_BEAMS = (
    (0x300C006A, ((0x300A0180,), 0x300A0182), "patient setup"),
    (0x300C00A0, ((0x300A0040, 0x300A03A0), 0x300A0042), "tolerance table"),
)
_REFERENCED_DOSES = 0x300C0050
_REFERENCED_DOSE = 0x300C0051
_WEDGES = (0x300A00D1, 0x300A03AA)
_WEDGE_NUMBER = 0x300A00D2
_WEDGE_POSITIONS = (0x300A0116, 0x300A03AC)
_REFERENCED_WEDGE = 0x300C00C0


def check(instance: Instance) -> Iterator[Found]:
    """Yield the first reference to each number that no Item has (PS3.3 C.8.8.13, C.8.8.14, C.8.8.25)."""
    if is_damaged(instance):
        return
    root = instance.root
    groups = root.items(_FRACTION_GROUPS) or ()
    for sequence, tag, (targets, target), what in _IN_GROUPS:
        numbers = known(_inner([root], targets), target)
        yield from _missing(_inner(groups, (sequence,)), tag, numbers, what)
    beams = list(_inner([root], _BEAMS))
    for tag, (targets, target), what in _IN_BEAMS:
        yield from _missing(beams, tag, known(_inner([root], targets), target), what)
    doses = known(_inner([root], _DOSE_REFERENCES[0]), _DOSE_REFERENCES[1])
    for beam in beams:
        points = list(_inner([beam], _CONTROL_POINTS))
        yield from _missing(_inner(points, (_REFERENCED_DOSES,)), _REFERENCED_DOSE, doses, "dose reference")
        wedges = known(_inner([beam], _WEDGES), _WEDGE_NUMBER)
        yield from _missing(_inner(points, _WEDGE_POSITIONS), _REFERENCED_WEDGE, wedges, "wedge of the beam")


def _inner(items: Iterable[Item], sequences: tuple[int, ...]) -> Iterator[Item]:
    """Yield the Items of these Sequences in Items."""
    for item in items:
        for sequence in sequences:
            yield from item.items(sequence) or ()


def _missing(items: Iterable[Item], tag: int, numbers: set[int], what: str) -> Iterator[Found]:
    for item, number in dangling(items, tag, numbers):
        yield Found(tag, {"number": number, "what": what}, item)


_BEAM = {"BeamNumber": 1, "ReferencedPatientSetupNumber": 1, "ReferencedToleranceTableNumber": 2}
_GROUP = {"ReferencedBeamSequence": [{"ReferencedBeamNumber": 1}]}
_DOSES = [{"ReferencedDoseReferenceNumber": 3}]
_PLAN = {
    "RTPlanLabel": "P",
    "BeamSequence": [_BEAM],
    "PatientSetupSequence": [{"PatientSetupNumber": 1}],
    "ToleranceTableSequence": [{"ToleranceTableNumber": 2}],
    "DoseReferenceSequence": [{"DoseReferenceNumber": 3}],
    "FractionGroupSequence": [{**_GROUP, "ReferencedDoseReferenceSequence": _DOSES}],
}
_WEDGED = {"WedgePositionSequence": [{"ReferencedWedgeNumber": 1}], "ReferencedDoseReferenceSequence": _DOSES}
_IN_GROUP = "FractionGroupSequence[1].Referenced"

RULE = Rule(
    severity="error",
    scope="instance",
    citation="PS3.3 Section C.8.8.13",
    message="{attribute} {number} is the number of no {what}",
    selects=("RTPlanLabel",),
    check=check,
    cases=(
        good(_PLAN),
        good(_PLAN, BeamSequence=None, IonBeamSequence=[{"BeamNumber": 1}]),
        good(
            _PLAN,
            BeamSequence=[
                _BEAM | {"WedgeSequence": [{"WedgeNumber": 1}], "ControlPointSequence": [_WEDGED, {}]},
            ],
        ),
        bad(_IN_GROUP + "BeamSequence[1].ReferencedBeamNumber", _PLAN, BeamSequence=[{"BeamNumber": 2}]),
        bad(
            _IN_GROUP + "DoseReferenceSequence[1].ReferencedDoseReferenceNumber",
            _PLAN,
            DoseReferenceSequence=None,
        ),
        bad("BeamSequence[1].ReferencedPatientSetupNumber", _PLAN, PatientSetupSequence=None),
        bad("BeamSequence[1].ReferencedToleranceTableNumber", _PLAN, ToleranceTableSequence=None),
        bad(
            _IN_GROUP + "BrachyApplicationSetupSequence[1].ReferencedBrachyApplicationSetupNumber",
            RTPlanLabel="P",
            ApplicationSetupSequence=[{"ApplicationSetupNumber": 1}],
            FractionGroupSequence=[
                {
                    "ReferencedBrachyApplicationSetupSequence": [
                        {"ReferencedBrachyApplicationSetupNumber": 2}
                    ],
                }
            ],
        ),
        bad(
            "BeamSequence[1].ControlPointSequence[1].WedgePositionSequence[1].ReferencedWedgeNumber",
            _PLAN,
            BeamSequence=[_BEAM | {"ControlPointSequence": [_WEDGED]}],
        ),
    ),
)
