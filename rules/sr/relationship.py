"""A Content Item does not say how it relates to its parent.

## What it does
Looks at the Relationship Type of every Content Item but the root: it must be there and be one of the
seven that PS3.3 defines. Whether it may stand between the two Content Items is
`sr/relationship-not-permitted`.

## Why this matters
HAS CONCEPT MOD turns "mass" into "no mass", INFERRED FROM names the evidence, CONTAINS orders the
report. Without the relationship type nobody knows what the Content Item means, and strict readers refuse
the whole document.

## Example
A Content Item with Value Type and Concept Name, but no Relationship Type.

## Fix
Write the Relationship Type that the template's row prescribes.
"""

from __future__ import annotations

from collections.abc import Iterator

from dcmlint.model import Found
from dcmlint.read.item import Instance
from dcmlint.rule import Rule, bad, good
from dcmlint.sr.sample import container, content, document, pointer
from dcmlint.sr.tree import RELATIONSHIPS, shapes

_RELATIONSHIP = 0x0040A010


def check(instance: Instance) -> Iterator[Found]:
    """Yield each Content Item with a relationship type that is absent or unknown (PS3.3 C.17.3.2.4)."""
    for (_, relationship, _), nodes in shapes(instance).items():
        if relationship in RELATIONSHIPS:
            continue
        for node in nodes:
            if node.parent is None:
                continue
            if relationship:
                what = f"is none of {', '.join(sorted(RELATIONSHIPS))}"
            else:
                what = "has no value" if _RELATIONSHIP in node.item.elements else "is missing"
            yield Found(_RELATIONSHIP, {"what": what}, node.item)


_NESTED = "ContentSequence[1].ContentSequence[1].RelationshipType"

RULE = Rule(
    severity="error",
    scope="instance",
    citation="PS3.3 Section C.17.3.2.4",
    message="{attribute} {what}",
    selects=("ContentSequence",),
    check=check,
    supersedes=("module/missing-type-1", "module/empty-type-1", "module/value-not-enumerated"),
    cases=(
        good(document(container(content("TEXT"), pointer(1, 1), content("CODE", "HAS CONCEPT MOD")))),
        bad(_NESTED, document(container(content("TEXT", ...)))),
        bad(_NESTED, document(container(content("TEXT", "")))),
        bad(_NESTED, document(container(content("TEXT", "HAS PART")))),
        bad(_NESTED, document(container({}))),
    ),
)
