"""A Content Item does not say what it is about.

## What it does
Looks for the Concept Name Code Sequence in the root, whose Concept Name is the title of the document, and
in Content Items of the value types TEXT, NUM, CODE, DATETIME, DATE, TIME, UIDREF and PNAME. Containers
without a heading, and references and coordinates whose purpose needs no name, may go without.

## Why this matters
"12 mm" is no measurement until it is named. Nothing can find, display or trend a value without a name.

## Example
A NUM with Measured Value Sequence, but no Concept Name Code Sequence.

## Fix
Write one Item with Code Value, Coding Scheme Designator and Code Meaning.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dcmlint.model import Found
from dcmlint.read.item import Instance
from dcmlint.rule import Rule, bad, good
from dcmlint.sr.sample import container, content, document, image, number, pointer
from dcmlint.sr.tree import shapes

_CONCEPT_NAME = 0x0040A043
_NAMED = frozenset(("TEXT", "NUM", "CODE", "DATETIME", "DATE", "TIME", "UIDREF", "PNAME"))


def check(instance: Instance) -> Iterator[Found]:
    """Yield each Content Item that needs a Concept Name and has none (PS3.3 Table C.17-5)."""
    for (parent, _, value_type), nodes in shapes(instance).items():
        if value_type not in _NAMED and parent:
            continue
        for node in nodes:
            found = node.item.elements.get(_CONCEPT_NAME)
            if (found is not None and found[3]) or (node.parent is not None and value_type not in _NAMED):
                continue
            what = "is missing" if found is None else "is empty"
            whose = "the title of the document" if node.parent is None else f"the name of a {value_type}"
            yield Found(_CONCEPT_NAME, {"what": what, "whose": whose}, node.item)


_NESTED = "ContentSequence[1].ContentSequence[1].ConceptNameCodeSequence"
_NAMELESS: dict[str, Any] = {"ConceptNameCodeSequence": ...}

RULE = Rule(
    severity="error",
    scope="instance",
    citation="PS3.3 Table C.17-5",
    message="{attribute} is {whose}; it {what}",
    selects=("ContentSequence", "ValueType"),
    check=check,
    supersedes=("module/missing-type-1c", "module/empty-type-1c"),
    cases=(
        good(document(container(number(), **_NAMELESS), image() | {"ConceptNameCodeSequence": []})),
        good(document(content("SCOORD", **_NAMELESS), pointer(1, 1))),
        bad(_NESTED, document(container(number(**_NAMELESS)))),
        bad(_NESTED, document(container(content("TEXT", ConceptNameCodeSequence=[])))),
        bad("ConceptNameCodeSequence", document(**_NAMELESS)),
    ),
)
