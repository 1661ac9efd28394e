"""Coordinates do not say what image or waveform they are on.

## What it does
Looks at every SCOORD and TCOORD: one of their children, by value or by reference, must be SELECTED FROM, and
so name the IMAGE, WAVEFORM or SCOORD that the coordinates are relative to. SCOORD3D has a Frame of Reference
instead.

## Why this matters
Column 120, row 88 of which image? The region cannot be drawn, and the measurement cannot be checked.

## Example
A SCOORD without children.

## Fix
Add the IMAGE as a child of the SCOORD with the relationship SELECTED FROM.
"""

from __future__ import annotations

from collections.abc import Iterator

from dcmlint.model import Found
from dcmlint.read.item import Instance
from dcmlint.rule import Rule, bad, good
from dcmlint.sr.sample import content, document, image, pointer
from dcmlint.sr.tree import is_cut, of_type


def check(instance: Instance) -> Iterator[Found]:
    """Yield the coordinates that are selected from nothing (PS3.3 C.17.3.2.1)."""
    for node in of_type(instance, "SCOORD", "TCOORD"):
        # A child without its relationship may be the one; that is reported for itself.
        if all(child.relationship not in ("", "SELECTED FROM") for child in node.children):
            if is_cut(instance):
                return
            yield Found(None, {"owner": node.value_type, "path": node.path}, node.item)


_AT = "ContentSequence[1]"

RULE = Rule(
    severity="warning",
    scope="instance",
    citation="PS3.3 Section C.17.3.2.1",
    message="the {owner} at {path} is SELECTED FROM nothing: no image or waveform that it is on",
    selects=("ContentSequence",),
    check=check,
    cases=(
        good(document(content("SCOORD", ContentSequence=[image("2.25.1", "SELECTED FROM")]))),
        good(document(content("TCOORD", ContentSequence=[pointer(1, 2, relationship="SELECTED FROM")]))),
        good(document(content("SCOORD3D"), content("SCOORD", ContentSequence=[{}]))),
        bad(_AT, document(content("SCOORD"))),
        bad(_AT, document(content("TCOORD", ContentSequence=[content("CODE", "HAS CONCEPT MOD")]))),
    ),
)
