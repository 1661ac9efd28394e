"""A waiver covers no finding.

## What it does
Reports waivers that covered nothing in a run over a folder or a list. Runs over single files do not
tell: a hook sees a part of the data set only.

## Why this matters
A waiver that is not needed hides the next fault of its kind.

## Example
The scanner was updated, its files are right now, and the waiver is still there.

## Fix
Remove the waiver.
"""

from __future__ import annotations

from dcmlint.rule import Rule

RULE = Rule(
    severity="warning",
    scope="file",
    citation="dcmlint",
    message="the waiver of {rules} covers no finding of this run",
    on_bytes=True,
)
