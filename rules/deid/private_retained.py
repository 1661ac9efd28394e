"""A private Attribute is in the output.

## What it does
`dcmlint deid verify` reports private Attributes, at any depth, where the profile has no option
`rtn-safe-priv`. With that option, a note says that one has the value of the original (`--against`): whether
it is safe, PS3.15 E.3.10 and the vendor say.

## Why this matters
Vendors keep names, IDs and whole copies of the header in private Attributes, in forms that no tool knows.

## Example
`(0029,1010), a private Attribute, is there`

## Fix
Remove private Attributes, or keep those alone that are known to be safe and verify with
`basic+rtn-safe-priv`.
"""

from __future__ import annotations

from dcmlint.rule import Rule

RULE = Rule(
    severity="error",
    scope="file",
    citation="PS3.15 E.1, E.3.10",
    message="{attribute}, a private Attribute, {how}",
    on_bytes=True,
)
