"""Answers to a C-FIND have an Attribute with another VR than that of PS3.6.

## What it does
Reports a DIMSE peer that answers a query in Explicit VR with another VR for a key than PS3.6 has. Keys that
were not asked for are not judged.

## Why this matters
Who reads Explicit VR goes by the VR: a number that comes as text is not found, or read wrongly.

## Example
`The peer answers queries with a wrong VR: answers at level SERIES have SeriesNumber as LO, not IS`

## Fix
Update the peer; where its index was filled by a script or has columns of its own, set their VR.
"""

from __future__ import annotations

from dcmlint.rule import Rule

RULE = Rule(
    severity="error",
    scope="file",
    citation="PS3.5 Section 7.1.2",
    message="The peer answers queries with a wrong VR: {reason}",
    on_bytes=False,
)
