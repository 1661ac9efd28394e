"""Findings of the baseline are gone, and it has not been updated.

## What it does
With `--ratchet` (or `ratchet: true` in the settings) reports that checked instances have fewer findings
than the baseline knows.

## Why this matters
A baseline that only shrinks makes sure that what was fixed once stays fixed. As long as the old
entries are in it, the same faults could come back unnoticed.

## Example
Ten files were corrected, and the baseline still lists their faults.

## Fix
Run `dcmlint baseline update` and commit the file.
"""

from __future__ import annotations

from dcmlint.rule import Rule

RULE = Rule(
    severity="error",
    scope="file",
    citation="dcmlint",
    message="{count} findings of the baseline are gone; update it, so that they cannot come back",
    on_bytes=True,
)
