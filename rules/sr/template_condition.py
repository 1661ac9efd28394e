"""A Content Item is there although the condition of its row forbids it.

## What it does
Looks at rows that may be filled if and only if their condition holds, and at rows that exclude each other.
Conditions have three values: one that cannot be decided gives no finding. It is an error where the
condition was read in a current edition, otherwise a warning.

## Why this matters
Two statements contradict each other: a region given both as a polygon and as a segment, an end angle of an
acquisition that does not rotate. A reader has to guess which to believe.

## Example
A Measurement Group of TID 1410 with an Image Region (row 5) and a Referenced Segmentation Frame (row 7).

## Fix
Take out what does not apply, or correct what the condition looks at.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dcmlint.model import Found
from dcmlint.read.item import Instance
from dcmlint.rule import Rule, bad, good
from dcmlint.sr.sample import code, container, content, document, image
from dcmlint.sr.template import breaches


def check(instance: Instance) -> Iterator[Found]:
    """Yield each Content Item that a condition forbids (PS3.16 6.1.6)."""
    yield from breaches(instance, "condition")


_GROUP = {"MappingResource": "DCMR", "TemplateIdentifier": "1410"}
_REGION = content("SCOORD", ConceptNameCodeSequence=[code("111030", "DCM", "Image Region")])
_SEGMENT = image() | {"ConceptNameCodeSequence": [code("121214", "DCM", "Referenced Segmentation Frame")]}


def _planar(*children: dict[str, Any]) -> dict[str, Any]:
    concept = [code("125007", "DCM", "Measurement Group")]
    return document(container(*children, ContentTemplateSequence=[_GROUP], ConceptNameCodeSequence=concept))


RULE = Rule(
    severity="error",
    scope="instance",
    citation="PS3.16 Section 6.1.6",
    message="The Content Item at {path}, TID {tid} row {row} ({name}), {what}{guess}",
    selects=("ContentSequence", "ValueType"),
    check=check,
    cases=(
        good(_planar(_REGION)),
        good(_planar(_SEGMENT)),
        bad("ContentSequence[1].ContentSequence[2]", _planar(_REGION, _SEGMENT)),
    ),
)
