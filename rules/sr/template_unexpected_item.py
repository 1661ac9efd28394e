"""A Content Item fills no row of a template that is not extensible.

## What it does
Looks for Content Items that no row of the template names, by concept, value type and relationship, at
levels whose template is known to be not extensible and all of whose INCLUDEs are known. Of most templates
the tables do not know whether they are extensible; those are left alone.

## Why this matters
A template that is not extensible is a promise that nothing else is there. A reader may refuse the document,
or lose what it does not expect.

## Example
A Key Object Selection (TID 2010) with a measurement (NUM) beside the references.

## Fix
Take the Content Item out, or use a document and a template that have room for it.
"""

from __future__ import annotations

from collections.abc import Iterator

from dcmlint.model import Found
from dcmlint.read.item import Instance
from dcmlint.rule import Rule, bad, good
from dcmlint.sr.sample import document, image, key_objects, number
from dcmlint.sr.template import breaches


def check(instance: Instance) -> Iterator[Found]:
    """Yield each Content Item that a template has no room for (PS3.16 6.2.2)."""
    yield from breaches(instance, "unexpected-item")


RULE = Rule(
    severity="error",
    scope="instance",
    citation="PS3.16 Section 6.2.2",
    message="The Content Item at {path} fills no row of TID {tid}, which is not extensible{guess}",
    selects=("ContentSequence", "ValueType"),
    check=check,
    cases=(
        good(key_objects(image())),
        good(document(number())),
        bad(
            "ContentSequence[2]",
            key_objects(image(), number()),
        ),
    ),
)
