"""Content Items are not in the order of the rows of a template where that order is significant.

## What it does
Compares the order of the Content Items that fill rows of one template with the order of the rows, where the
template says that it is significant. Of most templates the tables do not know that; those are left alone,
and so are parts that may be repeated.

## Why this matters
In such a template the order is part of the meaning, for people who read the document from top to bottom and
for programs that take the first.

## Example
Algorithm Version before Algorithm Name in the algorithm identification of TID 4019.

## Fix
Write the Content Items in the order of the rows.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dcmlint.model import Found
from dcmlint.read.item import Instance
from dcmlint.rule import Rule, bad, good
from dcmlint.sr.sample import code, container, content, document
from dcmlint.sr.template import breaches


def check(instance: Instance) -> Iterator[Found]:
    """Yield each Content Item that comes too late (PS3.16 6.2.3)."""
    yield from breaches(instance, "order")


_NAME = content("TEXT", "HAS CONCEPT MOD", ConceptNameCodeSequence=[code("111001", "DCM", "Algorithm Name")])
_VERSION = content(
    "TEXT", "HAS CONCEPT MOD", ConceptNameCodeSequence=[code("111003", "DCM", "Algorithm Version")]
)
_GROUP = {"MappingResource": "DCMR", "TemplateIdentifier": "1501"}


def _group(*children: dict[str, Any]) -> dict[str, Any]:
    concept = [code("125007", "DCM", "Measurement Group")]
    return document(container(*children, ContentTemplateSequence=[_GROUP], ConceptNameCodeSequence=concept))


RULE = Rule(
    severity="warning",
    scope="instance",
    citation="PS3.16 Section 6.2.3",
    message="The Content Item at {path} fills TID {tid} row {row} ({name}) and comes after row {after}, "
    "where the order of rows is significant{guess}",
    selects=("ContentSequence", "ValueType"),
    check=check,
    cases=(
        good(_group(_NAME, _VERSION)),
        bad("ContentSequence[1].ContentSequence[2]", _group(_VERSION, _NAME)),
    ),
)
