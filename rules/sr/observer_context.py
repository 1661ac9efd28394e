"""An observer is announced, and not identified.

## What it does
Looks for Observer Type (121005, DCM): where it is Person (121006, DCM), a Content Item Person Observer Name
(121008, DCM) must be beside it; where it is Device (121007, DCM), a Device Observer UID (121012, DCM).

## Why this matters
Who or what made an observation is what makes it evidence. "A device measured this" cannot be traced to the
device, its version or its fault.

## Example
Observer Type Device with Device Observer Name only.

## Fix
Add the Content Items of TID 1003 for persons and TID 1004 for devices, in the same place as Observer Type.
"""

from __future__ import annotations

from collections.abc import Iterator

from dcmlint.model import Found
from dcmlint.read.item import Instance
from dcmlint.rule import Rule, bad, good
from dcmlint.sr.sample import code, container, content, document
from dcmlint.sr.tree import ContentItem, is_cut, of_type
from dcmlint.sr.values import code_value

_OBSERVER_TYPE = ("121005", "DCM")
_NEEDS = {
    ("121006", "DCM"): (("121008", "DCM"), "Person", "Person Observer Name"),
    ("121007", "DCM"): (("121012", "DCM"), "Device", "Device Observer UID"),
}


def check(instance: Instance) -> Iterator[Found]:
    """Yield each Observer Type without the Content Item that identifies the observer (PS3.16 TID 1002)."""
    for node in of_type(instance, "CODE"):
        parent = node.parent
        if node.relationship != "HAS OBS CONTEXT" or parent is None or not _is(node, _OBSERVER_TYPE):
            continue
        value = code_value(node)
        needs = _NEEDS.get(value.key) if value is not None else None
        if needs is None:
            continue
        concept, kind, name = needs
        if not any(_is(sibling, concept) for sibling in parent.children) and not is_cut(instance):
            yield Found(None, {"kind": kind, "name": name, "path": node.path}, node.item)


def _is(node: ContentItem, key: tuple[str, str]) -> bool:
    concept = node.concept
    return concept is not None and concept.key == key


def _context(value_type: str, concept: str, meaning: str, **values: object) -> dict[str, object]:
    name = [code(concept, "DCM", meaning)]
    return content(value_type, "HAS OBS CONTEXT", ConceptNameCodeSequence=name, **values)


_PERSON = _context("CODE", "121005", "Observer Type", ConceptCodeSequence=[code("121006", "DCM", "Person")])
_DEVICE = _context("CODE", "121005", "Observer Type", ConceptCodeSequence=[code("121007", "DCM", "Device")])
_NAME = _context("PNAME", "121008", "Person Observer Name", PersonName="A^B")
_DEVICE_NAME = _context("TEXT", "121013", "Device Observer Name", TextValue="x")
_DEVICE_UID = _context("UIDREF", "121012", "Device Observer UID", UID="2.25.1")

RULE = Rule(
    severity="warning",
    scope="instance",
    citation="PS3.16 TID 1002",
    message="Observer Type at {path} is {kind}, but there is no {name} beside it",
    selects=("ContentSequence",),
    check=check,
    cases=(
        good(document(_PERSON, _NAME, _DEVICE, _DEVICE_UID)),
        good(document(container(_DEVICE, _DEVICE_NAME, _DEVICE_UID), _DEVICE_NAME)),
        good(document(_context("CODE", "121005", "Observer Type"))),
        bad("ContentSequence[1]", document(_PERSON)),
        bad("ContentSequence[1]", document(_DEVICE, _DEVICE_NAME)),
        bad("ContentSequence[2].ContentSequence[1]", document(_NAME, container(_PERSON))),
    ),
)
