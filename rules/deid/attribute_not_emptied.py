"""An Attribute that the profile empties or replaces has a value that it should not have.

## What it does
`dcmlint deid verify` reports Attributes with action Z, D or a combination in PS3.15 Table E.1-1. With
`--against`, that the value is one which the original had there: an error. Without originals, that an
Attribute to be emptied (Z, X/Z) has a value which does not look like a dummy: a warning with its
confidence. Attributes that an option cleans (C) are a note where they are as in the original.

## Why this matters
What was not emptied or replaced still says what it said of the patient.

## Example
`PatientSex has the value of the original (confidence high)`

## Fix
Empty it or write a dummy value. Where the value is a dummy of your tool, leave this rule out with
`--ignore`, or verify with `--against`, which does not guess.
"""

from __future__ import annotations

from dcmlint.rule import Rule

RULE = Rule(
    severity="error",
    scope="file",
    citation="PS3.15 Table E.1-1",
    message="{attribute} {how}",
    on_bytes=True,
)
