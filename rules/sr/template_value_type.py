"""A Content Item has the concept of a row of a template but another value type.

## What it does
Looks at Content Items whose concept a row names, where neither that row nor another has their value type.
The row itself is then not reported as missing.

## Why this matters
The value is in other attributes than a reader of the template looks in: a person's name in a TEXT is not
found as the observer.

## Example
Person Observer Name (121008, DCM) as TEXT, where TID 1003 row 1 is a PNAME.

## Fix
Write the value type of the row and the attributes that go with it.
"""

from __future__ import annotations

from collections.abc import Iterator

from dcmlint.model import Found
from dcmlint.read.item import Instance
from dcmlint.rule import Rule, bad, good
from dcmlint.sr.sample import described, image, key_objects
from dcmlint.sr.template import breaches


def check(instance: Instance) -> Iterator[Found]:
    """Yield each Content Item with a value type that its row does not have (PS3.16 6.1.3)."""
    yield from breaches(instance, "value-type")


RULE = Rule(
    severity="error",
    scope="instance",
    citation="PS3.16 Section 6.1.3",
    message="{attribute} of {path} is not {wanted}, as TID {tid} row {row} ({name}) has it{guess}",
    selects=("ContentSequence", "ValueType"),
    check=check,
    cases=(
        good(key_objects(described(), image())),
        bad("ContentSequence[1].ValueType", key_objects(described("PNAME"), image())),
    ),
)
