"""The tables have no rows of the template that a document names.

## What it does
Looks up the Template Identifier of the Content Template Sequence of the root, where the Mapping Resource is
DCMR. If the tables do not have it, nothing is judged by rows and only the rules about value types,
relationships and codes apply. Templates of other Mapping Resources are not looked at.

## Why this matters
Silence about a template would look like conformance to it. The identifier may also be wrong: a reader that
chooses how to read a document by it then reads nothing.

## Example
Template Identifier "1400500" in Mapping Resource "DCMR".

## Fix
Write the number of the template of PS3.16 alone, without prefix ("1500"). If it is right, the rows are not
known to this version of dcmlint, and there is nothing to fix.
"""

from __future__ import annotations

from collections.abc import Iterator

from dcmlint.model import Found
from dcmlint.read.item import Instance
from dcmlint.rule import Rule, bad, good
from dcmlint.sr.sample import code, document
from dcmlint.sr.template import breaches


def check(instance: Instance) -> Iterator[Found]:
    """Yield the root if it names a template that the tables do not have (PS3.3 C.18.8)."""
    yield from breaches(instance, "unknown")


def _named(tid: str, resource: str = "DCMR") -> list[dict[str, str]]:
    return [{"MappingResource": resource, "TemplateIdentifier": tid}]


_REPORT = [code("126000", "DCM", "Imaging Measurement Report")]

RULE = Rule(
    severity="note",
    scope="instance",
    citation="PS3.3 Section C.18.8",
    message="{attribute} names TID {tid} of DCMR, of which the tables have no rows",
    selects=("ContentSequence", "ValueType"),
    check=check,
    cases=(
        good(document(ContentTemplateSequence=_named("1500"), ConceptNameCodeSequence=_REPORT)),
        good(document(ContentTemplateSequence=_named("1500500", "99LOCAL"))),
        good(document()),
        bad("ContentTemplateSequence", document(ContentTemplateSequence=_named("1500500"))),
    ),
)
