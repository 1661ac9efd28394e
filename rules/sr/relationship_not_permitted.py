"""Two Content Items are related in a way that the SR IOD does not allow.

## What it does
Compares each pair of source and target Content Item and the relationship between them with the table of
the IOD (PS3.3 Tables A.35.x-2), by value and by reference. Nothing is said where the IOD's table is not
known, or where value types or relationship type are faulty themselves.

## Why this matters
Receivers of an SR SOP Class are built for its relationships. What is not among them is not displayed, or
stops the reader.

## Example
A NUM that CONTAINS a TEXT: only a CONTAINER may contain.

## Fix
Use the relationship of the template's row, or an SR SOP Class that allows it: Comprehensive SR allows more
than Enhanced SR.
"""

from __future__ import annotations

from collections.abc import Iterator

from dcmlint.model import Found
from dcmlint.read.item import Instance
from dcmlint.rule import Rule, bad, good
from dcmlint.sr.sample import code, container, content, document, image, number, pointer
from dcmlint.sr.tree import BY_REFERENCE, RELATIONSHIPS, VALUE_TYPES, ContentItem, shapes
from dcmlint.standard.sr import Relationships, relationships

_RELATIONSHIP = 0x0040A010


def check(instance: Instance) -> Iterator[Found]:
    """Yield each relationship that the table of the IOD does not have (PS3.3 A.35)."""
    allowed = relationships(instance.sop_class_uid)
    if allowed is None:
        return
    for (source, relationship, target), nodes in shapes(instance).items():
        if not source or relationship not in RELATIONSHIPS:
            continue
        if target == BY_REFERENCE:
            for node in nodes:
                if allowed.references and node.target is not None:
                    kind = node.target.value_type
                    if _is_sound(allowed, source, kind) and not allowed.allows_reference(
                        relationship, source, kind
                    ):
                        yield _found(node, f"{source} {relationship} {kind} by reference", allowed)
        elif _is_sound(allowed, source, target) and not allowed.allows(relationship, source, target):
            for node in nodes:
                yield _found(node, f"{source} {relationship} {target}", allowed)


def _is_sound(allowed: Relationships, *value_types: str) -> bool:
    """Tell whether the value types are fit to be related; those that are not are reported themselves."""
    return all(each in VALUE_TYPES and allowed.knows(each) for each in value_types)


def _found(node: ContentItem, how: str, allowed: Relationships) -> Found:
    return Found(_RELATIONSHIP, {"how": how, "source": allowed.source}, node.item)


_ENHANCED = {"SOPClassUID": "1.2.840.10008.5.1.4.1.1.88.22"}
_COMPREHENSIVE = {"SOPClassUID": "1.2.840.10008.5.1.4.1.1.88.33"}
_EXTENSIBLE = {"SOPClassUID": "1.2.840.10008.5.1.4.1.1.88.35"}
_TEXT = content("TEXT", TextValue="x")
_SITE = content("CODE", "HAS CONCEPT MOD", ConceptCodeSequence=[code()])
_CONTEXT = content("TEXT", "HAS OBS CONTEXT", TextValue="x")
_NESTED = "ContentSequence[1].ContentSequence[1].RelationshipType"

RULE = Rule(
    severity="error",
    scope="instance",
    citation="PS3.3 Section A.35",
    message="{how} is not among the relationships of the IOD ({source})",
    selects=("ContentSequence",),
    check=check,
    cases=(
        good(document(container(number(ContentSequence=[_SITE]), _TEXT), **_ENHANCED)),
        good(document(number(ContentSequence=[_CONTEXT]), **_COMPREHENSIVE)),
        good(document(image(), number(ContentSequence=[pointer(1, 1)]), **_COMPREHENSIVE)),
        good(document(number(ContentSequence=[_TEXT]))),
        good(document(number(ContentSequence=[_CONTEXT]), **_EXTENSIBLE)),
        good(document(number(ContentSequence=[content("BLOB")]), **_ENHANCED)),
        bad(_NESTED, document(number(ContentSequence=[_TEXT]), **_ENHANCED)),
        bad(_NESTED, document(number(ContentSequence=[_TEXT]), **_EXTENSIBLE)),
        bad(_NESTED, document(number(ContentSequence=[_CONTEXT]), **_ENHANCED)),
        bad(
            "ContentSequence[2].ContentSequence[1].RelationshipType",
            document(
                image(),
                content("PNAME", PersonName="A^B", ContentSequence=[pointer(1, 1)]),
                **_COMPREHENSIVE,
            ),
        ),
    ),
)
