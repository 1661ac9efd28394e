"""A peer rejects the association that data would be sent over.

## What it does
Reports, in `dcmlint preflight`, that the peer rejected the association as a whole, and the reason that it
gave: it does not know our AE title, or the one that it was called by, or it has no room for now.

## Why this matters
Nothing can be sent at all, whatever the data are.

## Example
`The association is rejected for good: it does not know our AE title as calling (DCMLINT_AET)`

## Fix
Register the AE title, host and port with the peer, or give the right ones: `--aet`, and the AE title in the
location. Of a peer that is busy, ask again later.
"""

from __future__ import annotations

from dcmlint.rule import Rule

RULE = Rule(
    severity="error",
    scope="file",
    citation="PS3.8 Section 9.3.4",
    message="{reason}",
    on_bytes=False,
)
