"""The control points of a beam are out of order, or their meterset weights do not add up.

## What it does
Control Point Index (300A,0112) counts from 0 in the order of the Items. Cumulative Meterset Weight
(300A,0134) is 0 in the first control point, never decreases, and in the last control point equals Final
Cumulative Meterset Weight (300A,010E) of the beam. Weights that are empty are not compared.

## Why this matters
The weights say which part of the dose is delivered between two control points. If they do not end at the
final weight, the machine delivers too little or too much, or refuses the beam.

## Example
Final Cumulative Meterset Weight 1, the last control point has 0.5, after the segments of a beam were split.

## Fix
Number the control points from 0, and scale the weights so that the last one is the final weight.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dcmlint.image import numbers
from dcmlint.model import Found
from dcmlint.numbering import integer, is_damaged
from dcmlint.read.item import Instance, Item
from dcmlint.rule import Rule, bad, good

_BEAMS = ((0x300A00B0, 0x300A0111), (0x300A03A2, 0x300A03A8))
_INDEX = 0x300A0112
_WEIGHT = 0x300A0134
_FINAL = 0x300A010E
_TOLERANCE = 1e-4
"""Of the final weight: a DS has 16 characters, and writers round."""

_ZERO = 1e-6


def check(instance: Instance) -> Iterator[Found]:
    """Yield for each beam the first fault of indices and of weights (PS3.3 C.8.8.14, C.8.8.25)."""
    if is_damaged(instance):
        return
    for sequence, points in _BEAMS:
        for beam in instance.root.items(sequence) or ():
            yield from _indices(beam.items(points) or ())
            yield from _weights(beam, beam.items(points) or ())


def _indices(points: Sequence[Item]) -> Iterator[Found]:
    for expected, point in enumerate(points):
        index = integer(point, _INDEX)
        if index is not None and index != expected:
            yield Found(_INDEX, {"what": f"is {index} instead of {expected}"}, point)
            return


def _weights(beam: Item, points: Sequence[Item]) -> Iterator[Found]:
    weights = [_number(point, _WEIGHT) for point in points]
    final = _number(beam, _FINAL)
    tolerance = _TOLERANCE * (abs(final) if final else 1)
    if weights and weights[0] is not None and abs(weights[0]) > _ZERO:
        yield Found(_WEIGHT, {"what": "of the first control point is not 0"}, points[0])
    highest = 0.0
    for point, weight in zip(points, weights, strict=True):
        if weight is not None and weight < highest - tolerance:
            yield Found(_WEIGHT, {"what": f"is {weight:g} after {highest:g}; it cannot decrease"}, point)
            return
        highest = max(highest, weight or 0)
    last = weights[-1] if weights else None
    if len(points) > 1 and final is not None and last is not None and abs(last - final) > tolerance:
        what = f"of the last control point is {last:g}, but Final Cumulative Meterset Weight is {final:g}"
        yield Found(_WEIGHT, {"what": what}, points[-1])


def _number(item: Item, tag: int) -> float | None:
    values = numbers(item, tag, 1)
    return float(values[0]) if values else None


def _beam(final: object, *weights: object, first_index: int = 0) -> dict[str, object]:
    points = [
        {"ControlPointIndex": index, "CumulativeMetersetWeight": weight}
        for index, weight in enumerate(weights, first_index)
    ]
    return {"BeamSequence": [{"FinalCumulativeMetersetWeight": final, "ControlPointSequence": points}]}


_AT = "BeamSequence[1].ControlPointSequence"

RULE = Rule(
    severity="error",
    scope="instance",
    citation="PS3.3 Section C.8.8.14",
    message="{attribute} {what}",
    selects=("BeamSequence", "IonBeamSequence"),
    check=check,
    cases=(
        good(_beam(1, 0, "0.5", "0.5", 1)),
        good(_beam(100, 0, "99.9999999")),
        good(_beam(None, 0, None)),
        good(_beam(1, None, None)),
        good(_beam(1, "x", "y")),
        good(BeamSequence=[{}]),
        bad(f"{_AT}[1].ControlPointIndex", _beam(1, 0, 1, first_index=1)),
        bad(f"{_AT}[1].CumulativeMetersetWeight", _beam(1, "0.2", 1)),
        bad(f"{_AT}[3].CumulativeMetersetWeight", _beam(1, 0, "0.6", "0.5", 1)),
        bad(f"{_AT}[2].CumulativeMetersetWeight", _beam(1, 0, "0.5")),
        bad(
            "IonBeamSequence[1].IonControlPointSequence[1].ControlPointIndex",
            IonBeamSequence=[{"IonControlPointSequence": [{"ControlPointIndex": 1}]}],
        ),
    ),
)
