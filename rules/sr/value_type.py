"""A Content Item has no value type, an unknown one, or one that its SR IOD does not know.

## What it does
Looks at the Value Type of every Content Item by value: it must be there, be one that PS3.3 defines, and
be one that the table of the IOD lists. The root must be a CONTAINER.

## Why this matters
The Value Type says which attributes hold the value. A reader that does not know it skips the Content Item,
or refuses the document: a spatial coordinate in a Basic Text SR is lost.

## Example
A Content Item with the Value Type SCOORD3D in a Comprehensive SR; Comprehensive 3D SR is for that.

## Fix
Write the Value Type that fits the value, or choose an SR SOP Class that knows it.
"""

from __future__ import annotations

from collections.abc import Iterator

from dcmlint.model import Found
from dcmlint.read.item import Instance
from dcmlint.rule import Rule, bad, good
from dcmlint.sr.sample import container, content, document, pointer
from dcmlint.sr.tree import BY_REFERENCE, VALUE_TYPES, shapes
from dcmlint.standard.sr import relationships

_VALUE_TYPE = 0x0040A040


def check(instance: Instance) -> Iterator[Found]:
    """Yield each Content Item with a value type that is absent, unknown or not of the IOD (PS3.3 C.17.3)."""
    allowed = relationships(instance.sop_class_uid)
    for (parent, _, value_type), nodes in shapes(instance).items():
        if value_type == BY_REFERENCE:
            continue
        what = ""
        if not value_type:
            what = "is missing"
        elif value_type not in VALUE_TYPES:
            what = "is none that the standard defines"
        elif value_type != "CONTAINER" and not parent and nodes[0].parent is None:
            what = f"is {value_type}; the root of a document is a CONTAINER"
        elif allowed is not None and not allowed.knows(value_type):
            what = f"is {value_type}, which the IOD does not allow ({allowed.source})"
        for node in nodes if what else ():
            empty = not value_type and _VALUE_TYPE in node.item.elements
            yield Found(_VALUE_TYPE, {"what": "has no value" if empty else what}, node.item)


_TEXT_SR = "1.2.840.10008.5.1.4.1.1.88.11"
_COMPREHENSIVE_3D = "1.2.840.10008.5.1.4.1.1.88.34"
_EXTENSIBLE = "1.2.840.10008.5.1.4.1.1.88.35"
_ENHANCED_DOSE = "1.2.840.10008.5.1.4.1.1.88.76"
_NESTED = "ContentSequence[1].ContentSequence[1].ValueType"
_VOLUME = content("SCOORD3D")

RULE = Rule(
    severity="error",
    scope="instance",
    citation="PS3.3 Section C.17.3, Tables A.35.x-2",
    message="{attribute} {what}",
    selects=("ContentSequence", "ValueType"),
    check=check,
    supersedes=("module/missing-type-1", "module/empty-type-1", "module/value-not-enumerated"),
    cases=(
        good(document()),
        good(document(content("TEXT"), content("TABLE"), pointer(1, 1))),
        good(document(container(_VOLUME), SOPClassUID=_COMPREHENSIVE_3D)),
        good(document(container(_VOLUME), SOPClassUID=_EXTENSIBLE)),
        good(document(container(_VOLUME), SOPClassUID=_ENHANCED_DOSE)),
        good(ContentSequence=[{}], SOPClassUID="1.2.840.10008.5.1.4.1.1.2"),
        bad(_NESTED, document(container(_VOLUME), SOPClassUID=_TEXT_SR)),
        bad(_NESTED, document(container(content("NUMERIC")))),
        bad(_NESTED, document(container(content("")))),
        bad(_NESTED, document(container(content(...)))),
        bad("ValueType", document(ValueType="TEXT")),
        bad("ValueType", ContentSequence=[container()]),
    ),
)
