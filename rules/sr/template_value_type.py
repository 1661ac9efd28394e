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
from typing import Any

from dcmlint.model import Found
from dcmlint.read.item import Instance
from dcmlint.rule import Rule, bad, good
from dcmlint.sr.sample import code, content, document, image
from dcmlint.sr.template import breaches


def check(instance: Instance) -> Iterator[Found]:
    """Yield each Content Item with a value type that its row does not have (PS3.16 6.1.3)."""
    yield from breaches(instance, "value-type")


_KEY_OBJECTS = "1.2.840.10008.5.1.4.1.1.88.59"
_TITLE = [code("113000", "DCM", "Of Interest")]
_CONCEPT = [code("113012", "DCM", "Key Object Description")]


def _key_objects(value_type: str) -> dict[str, Any]:
    described = content(value_type, ConceptNameCodeSequence=_CONCEPT)
    return document(described, image(), SOPClassUID=_KEY_OBJECTS, ConceptNameCodeSequence=_TITLE)


RULE = Rule(
    severity="error",
    scope="instance",
    citation="PS3.16 Section 6.1.3",
    message="{attribute} of {path} is not {wanted}, as TID {tid} row {row} ({name}) has it{guess}",
    selects=("ContentSequence", "ValueType"),
    check=check,
    cases=(
        good(_key_objects("TEXT")),
        bad("ContentSequence[1].ValueType", _key_objects("PNAME")),
    ),
)
