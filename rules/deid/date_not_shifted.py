"""A date or time of the original is in the output.

## What it does
`dcmlint deid verify` reports Attributes with VR DA, DT or TM that the profile empties, replaces or (option
`rtn-long-modif-dates`) shifts: with `--against` that they have a value of the original, without it that an
Attribute to be emptied has a value that does not look like a dummy.

## Why this matters
The date of an examination with hospital, age and sex is often enough to find the person.

## Example
`StudyDate has the value of the original (confidence high)`

## Fix
Shift all dates of a patient by the same number of days, or empty them. Where dates may stay, say so:
`--profile basic+rtn-long-full-dates`.
"""

from __future__ import annotations

from dcmlint.rule import Rule

RULE = Rule(
    severity="error",
    scope="file",
    citation="PS3.15 E.3.6",
    message="{attribute} {how}",
    on_bytes=True,
)
