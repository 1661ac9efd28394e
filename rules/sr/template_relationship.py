"""A Content Item has another relationship than the row of the template that it fills.

## What it does
Looks at Content Items whose concept and value type are those of a row, and compares the Relationship Type.
Where the Content Item could also fill a row that leaves its concept open, it is a warning.

## Why this matters
The relationship says what a value is to what: a modifier that is "contained" modifies nothing, and a reader
that looks for it does not find it.

## Example
Procedure reported (121058, DCM) with CONTAINS, where TID 1500 row 4 has HAS CONCEPT MOD.

## Fix
Write the Relationship Type of the row.
"""

from __future__ import annotations

from collections.abc import Iterator

from dcmlint.model import Found
from dcmlint.read.item import Instance
from dcmlint.rule import Rule, bad, good
from dcmlint.sr.sample import described, image, key_objects
from dcmlint.sr.template import breaches


def check(instance: Instance) -> Iterator[Found]:
    """Yield each Content Item with another relationship than its row (PS3.16 6.1.2)."""
    yield from breaches(instance, "relationship")


RULE = Rule(
    severity="error",
    scope="instance",
    citation="PS3.16 Section 6.1.2",
    message="{attribute} of {path} is not {wanted}, as TID {tid} row {row} ({name}) has it{guess}",
    selects=("ContentSequence", "ValueType"),
    check=check,
    cases=(
        good(key_objects(described(), image())),
        bad(
            "ContentSequence[1].RelationshipType", key_objects(described("TEXT", "HAS OBS CONTEXT"), image())
        ),
    ),
)
