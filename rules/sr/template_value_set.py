"""A value or its units are not what a row of a template permits.

## What it does
Compares the code of a CODE, and the units of a NUM, with the value set of the row. A code or unit that the
row names, and a context group that is not extensible, give an error; units that differ only in a UCUM
annotation, which has no meaning, a warning; a code outside a Defined Context Group that may be extended a
note. Codes of SNOMED-RT are compared by the SNOMED CT code that stands for them today; where that is not
known, nothing is said. Baseline Context Groups are suggestions and are not looked at.

## Why this matters
Dose in "Gym2" is not dose in "Gy.m2": what adds up doses by units drops the first. A code outside a closed
group is one that no reader needs to know.

## Example
Dose Area Product with the units (Gym2, UCUM, "Gym2") where the row has (Gy.m2, UCUM, "Gy.m2").

## Fix
Write the code or units of the row.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dcmlint.model import Found
from dcmlint.read.item import Instance
from dcmlint.rule import Rule, bad, good
from dcmlint.sr.sample import code, content, document
from dcmlint.sr.template import breaches


def check(instance: Instance) -> Iterator[Found]:
    """Yield each value and each unit that is not of its row's value set (PS3.16 6.1.7)."""
    yield from breaches(instance, "value-set")


_DOSE = [code("113701", "DCM", "X-Ray Radiation Dose Report")]
_NAMED = [{"MappingResource": "DCMR", "TemplateIdentifier": "10001"}]


def _available(value: str, scheme: str = "SCT") -> dict[str, Any]:
    item = content(
        "CODE",
        ConceptNameCodeSequence=[code("113943", "DCM", "X-Ray Source Data Available")],
        ConceptCodeSequence=[code(value, scheme, "Yes")],
    )
    return document(item, ContentTemplateSequence=_NAMED, ConceptNameCodeSequence=_DOSE)


RULE = Rule(
    severity="error",
    scope="instance",
    citation="PS3.16 Section 6.1.7",
    message="{attribute} of {path}: {what} as TID {tid} row {row} ({name}) has it{guess}",
    selects=("ContentSequence", "ValueType"),
    check=check,
    cases=(
        good(_available("373066001")),
        good(_available("R-0038D", "SRT")),
        bad("ContentSequence[1].ConceptCodeSequence", _available("103339001")),
    ),
)
