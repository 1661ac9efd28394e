"""A row of a template is filled more often than it may be.

## What it does
Counts the Content Items that fill a row which names its concept, and compares with the row's VM, multiplied
by that of the INCLUDEs around it.

## Why this matters
A reader takes the first or the last of two values, or refuses both. Two total doses in one document are at
best misleading.

## Example
Two Content Items Scope of Accumulation in a dose document, where one is allowed.

## Fix
Keep the Content Item that is right.
"""

from __future__ import annotations

from collections.abc import Iterator

from dcmlint.model import Found
from dcmlint.read.item import Instance
from dcmlint.rule import Rule, bad, good
from dcmlint.sr.sample import described, image, key_objects
from dcmlint.sr.template import breaches


def check(instance: Instance) -> Iterator[Found]:
    """Yield the first Content Item too many of each row (PS3.16 6.1.5)."""
    yield from breaches(instance, "multiplicity")


RULE = Rule(
    severity="error",
    scope="instance",
    citation="PS3.16 Section 6.1.5",
    message="TID {tid} row {row} ({name}) may be filled {most} time(s), and {path} is one of {count}{guess}",
    selects=("ContentSequence", "ValueType"),
    check=check,
    cases=(
        good(key_objects(described(), image())),
        good(key_objects(image(), image("2.25.12"))),
        bad(
            "ContentSequence[2]",
            key_objects(described(), described(), image()),
        ),
    ),
)
