"""A check of dcmlint failed on this SOP Instance, so it was not checked in full.

## What it does
Reports that the named rule raised an error of its own while it looked at the SOP Instance. The other
rules and the other files are checked all the same, and the exit status is 1 whatever `--fail-on` says.

## Why this matters
A rule that fails silently looks like a rule that found nothing.

## Example
`The check pixel/high-bit-mismatch failed (TypeError); this SOP Instance was not checked for it`

## Fix
This is a fault of dcmlint or of the plugin that brought the rule, not of the file: please report it,
with the version and, if it may be shared, the header of the file. `--ignore` with the rule's id runs
without it.
"""

from __future__ import annotations

from dcmlint.rule import Rule

RULE = Rule(
    severity="error",
    scope="file",
    citation="dcmlint",
    message="The check {rule} failed ({error}); this SOP Instance was not checked for it",
)
