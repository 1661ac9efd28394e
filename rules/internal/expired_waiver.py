"""A waiver has expired.

## What it does
Reports waivers whose last day (`expires`) is over. They cover nothing any more.

## Why this matters
A waiver is a promise to look again. When its day has come, somebody must either fix the data or
decide anew, with a reason.

## Example
A waiver of `module/missing-type-2` for one scanner until 2026-06-30, and it is July.

## Fix
Have the data fixed, or give the waiver a new day and say why.
"""

from __future__ import annotations

from dcmlint.rule import Rule

RULE = Rule(
    severity="warning",
    scope="file",
    citation="dcmlint",
    message="the waiver of {rules} has expired on {expires}; it covers nothing any more",
    on_bytes=True,
)
