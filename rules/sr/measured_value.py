"""The forms of a measured value contradict each other, or there are several values.

## What it does
Looks at the Measured Value of every NUM:

- Numeric Value is one value,
- Floating Point Value, and the quotient of Rational Numerator Value and Rational Denominator Value, agree
  with it as far as its digits go (within 1 %, a warning),
- the denominator is not 0.

That a Numeric Value is a number is `value/invalid-ds`.

## Why this matters
Readers take the form that they know. When the forms differ, two systems show two measurements for one; of
two values most show the first.

## Example
Numeric Value 12.5 with a Floating Point Value of 1.25.

## Fix
Write one Numeric Value. Write the other forms only where its 16 characters do not hold the precision, and
compute all from the same number.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import isfinite

from dcmlint.model import Found
from dcmlint.read.item import Instance, Item
from dcmlint.rule import Parameter, Rule, bad, good
from dcmlint.sr.sample import code, content, document, number
from dcmlint.sr.values import odd_measures

_NUMERIC = 0x0040A30A
_FLOATING = 0x0040A161
_NUMERATOR = 0x0040A162
_DENOMINATOR = 0x0040A163
_TOLERANCE = 0.01


def check(instance: Instance, tolerance: float = _TOLERANCE) -> Iterator[Found]:
    """Yield what PS3.3 C.18.1 excludes of the values of each NUM."""
    for measured, is_several in odd_measures(instance):
        if is_several:
            count = len(measured.get(_NUMERIC) or ())
            yield Found(_NUMERIC, {"what": f"has {count} values; a NUM has one"}, measured)
        else:
            yield from _forms(measured, tolerance)


def _forms(measured: Item, tolerance: float) -> Iterator[Found]:
    """Yield the forms that contradict the Numeric Value."""
    numeric = _number(measured, _NUMERIC)
    floating = _number(measured, _FLOATING)
    numerator, denominator = _number(measured, _NUMERATOR), _number(measured, _DENOMINATOR)
    if denominator == 0:
        yield Found(_DENOMINATOR, {"what": "is 0"}, measured)
    if numeric is None:
        return
    if floating is not None and _differ(numeric, floating, tolerance):
        yield Found(_FLOATING, {"what": "is not the Numeric Value"}, measured, severity="warning")
    if numerator is not None and denominator and _differ(numeric, numerator / denominator, tolerance):
        what = "and the denominator do not make the Numeric Value"
        yield Found(_NUMERATOR, {"what": what}, measured, severity="warning")


def _number(item: Item, tag: int) -> float | None:
    value = item.first(tag) if tag in item.elements else None
    return value if isinstance(value, (int, float)) and isfinite(value) else None


def _differ(one: float, other: float, tolerance: float) -> bool:
    return abs(one - other) > tolerance * max(abs(one), abs(other)) + 1e-12


_AT = "ContentSequence[1].MeasuredValueSequence[1]."
_UNITS = {"MeasurementUnitsCodeSequence": [code("mm", "UCUM", "mm")]}


def _measured(**values: object) -> dict[str, object]:
    return document(content("NUM", MeasuredValueSequence=[_UNITS | values]))


RULE = Rule(
    severity="error",
    scope="instance",
    citation="PS3.3 Section C.18.1",
    message="{attribute} {what}",
    selects=("ContentSequence",),
    check=check,
    parameters={
        "tolerance": Parameter(
            _TOLERANCE, "How far the forms may differ, as a share of the greater.", least=0, most=1
        )
    },
    cases=(
        good(document(number("12.5"), number(None), number("x"))),
        good(_measured(NumericValue="0.3333333", FloatingPointValue=1 / 3)),
        good(_measured(NumericValue="0.33", RationalNumeratorValue=1, RationalDenominatorValue=3)),
        good(_measured(NumericValue="0", FloatingPointValue=0.0)),
        bad(_AT + "NumericValue", document(number(["1", "2"]))),
        bad(_AT + "FloatingPointValue", _measured(NumericValue="12.5", FloatingPointValue=1.25)),
        bad(
            _AT + "RationalNumeratorValue",
            _measured(NumericValue="3", RationalNumeratorValue=1, RationalDenominatorValue=3),
        ),
        bad(
            _AT + "RationalDenominatorValue",
            _measured(NumericValue="1", RationalNumeratorValue=1, RationalDenominatorValue=0),
        ),
    ),
)
