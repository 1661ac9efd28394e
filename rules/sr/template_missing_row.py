"""A mandatory row of a template is missing.

## What it does
Follows the template that the root names (or that its IOD demands, or that fits its concept, which the
message then says) through its rows and INCLUDEs. A row of requirement M must be filled wherever the row
around it is; a row of requirement MC where its condition holds. A condition that cannot be decided, and
what lies below an INCLUDE that the tables do not resolve, gives no finding. An error is given for rows that
recent facts confirm, a warning where the condition or an optional INCLUDE has a say; rows known from 2016
alone give a warning, and a guessed template that nothing demands a note. A root with another concept than
the first row of the template that it names is reported too.

## Why this matters
What reads a template by its rows does not find what it needs: dose that is not added up, a finding without
its region, a key object selection without objects.

## Example
A CT Radiation Dose document (TID 10011) without Source of Dose Information (113854, DCM), row 12.

## Fix
Add the Content Item with the concept, value type and relationship of the row.
"""

from __future__ import annotations

from collections.abc import Iterator

from dcmlint.model import Found
from dcmlint.read.item import Instance
from dcmlint.rule import Rule, bad, good
from dcmlint.sr.sample import code, described, document, image, key_objects
from dcmlint.sr.template import breaches


def check(instance: Instance) -> Iterator[Found]:
    """Yield each mandatory row that is missing (PS3.16 6.1.6)."""
    yield from breaches(instance, "missing-row")


_NAMED = [{"MappingResource": "DCMR", "TemplateIdentifier": "2010"}]

RULE = Rule(
    severity="error",
    scope="instance",
    citation="PS3.16 Section 6.1.6",
    message="TID {tid} row {row} ({name}){alternatives} is missing below {path}{guess}",
    selects=("ContentSequence", "ValueType"),
    check=check,
    cases=(
        good(key_objects(image())),
        good(document(described())),
        bad("ContentSequence", key_objects(described())),
        bad(
            "ContentTemplateSequence",
            document(
                image(),
                ContentTemplateSequence=[{**_NAMED[0], "TemplateIdentifier": "10011"}],
                ConceptNameCodeSequence=[code("113000", "DCM", "Of Interest")],
            ),
        ),
    ),
)
