"""A unit is not one of UCUM, the Unified Code for Units of Measure.

## What it does
Looks at every code of the scheme UCUM, in any Code Sequence of any IOD: it must be made of UCUM's units, with
prefixes, exponents, `.` and `/`, numbers, parentheses and annotations in braces, in the right case of
letters. Annotations that hold spaces or come first are accepted, and so is what a Context Group of PS3.16
lists. A Measurement Units Code Sequence must be of the scheme UCUM, or DCM where a Context Group has that.
Each unit is reported once for a SOP Instance.

## Why this matters
Software converts values by their units. mGycm is no unit that it can know, and Mm are megametres.

## Example
Code Value "Gym2" with Coding Scheme Designator UCUM: a dose area product is in Gy.m2.

## Fix
Write the unit as UCUM does: a dot between factors, exponents as bare numbers, things that are counted in
braces ({pulse}/s). Use 1 for what has no unit.
"""

from __future__ import annotations

from dcmlint.coded import (
    CODE,
    NOT_JUDGED,
    Key,
    Verdict,
    code_value,
    is_of_the_standard,
    judged,
    scheme_of,
    shown_code,
)
from dcmlint.read.item import Item
from dcmlint.rule import Rule, bad, good
from dcmlint.standard.ucum import is_ucum

_MEASUREMENT_UNITS = 0x004008EA


def _key(item: Item) -> Key:
    scheme = scheme_of(item)
    if scheme == b"UCUM":
        return (scheme, code_value(item))
    if item.tag == _MEASUREMENT_UNITS and scheme not in (b"DCM", b""):
        return (scheme,)
    return NOT_JUDGED


def _judge(key: Key) -> Verdict | None:
    if len(key) == 1:
        shown = shown_code(key[0])
        return {"what": f"is of {shown or 'another coding scheme'}; units are of UCUM"}, "warning"
    if not key[1] or is_ucum(key[1].decode("latin-1")):
        return None
    shown = shown_code(key[1])
    return {"what": f"{shown} is no unit of UCUM" if shown else "is no unit of UCUM"}, "warning"


def _unit(code: str | None, scheme: str = "UCUM") -> list[dict[str, str | None]]:
    return [{"CodeValue": code, "CodingSchemeDesignator": scheme, "CodeMeaning": "unit"}]


_AT = "MeasurementUnitsCodeSequence[1].CodeValue"

RULE = Rule(
    severity="warning",
    scope="item",
    citation="PS3.16 Section 7.2.2; PS3.16 CID 82",
    message="{attribute} {what}",
    selects=CODE,
    check=judged("units", _key, _judge),
    accepts=is_of_the_standard,
    cases=(
        *(
            good(MeasurementUnitsCodeSequence=_unit(code))
            for code in ("mm", "1", "Gy.m2", "{pulse}/s", "[hnsf'U]", "ml/[100]g/min", "10*-6.mm2/s", None)
        ),
        good(MeasurementUnitsCodeSequence=_unit("{X-Ray sources}")),
        good(MeasurementUnitsCodeSequence=_unit("126401", "DCM")),
        good(ProcedureCodeSequence=_unit("Gym2", "99ACME")),
        bad(_AT, MeasurementUnitsCodeSequence=_unit("Gym2")),
        bad(_AT, MeasurementUnitsCodeSequence=_unit("MM")),
        bad(_AT, MeasurementUnitsCodeSequence=_unit("m^2")),
        bad(_AT, MeasurementUnitsCodeSequence=_unit("X-ray sources")),
        bad(_AT, MeasurementUnitsCodeSequence=_unit("mm", "99ACME")),
        bad("ConceptCodeSequence[1].CodeValue", ConceptCodeSequence=_unit("beats/min")),
    ),
)
