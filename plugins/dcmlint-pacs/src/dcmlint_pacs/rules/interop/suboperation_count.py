"""A retrieval says something else of its sub-operations than what came.

## What it does
Reports a DIMSE peer whose final response to a C-GET or C-MOVE counts other numbers of completed, failed and
warning sub-operations than objects that came: a success without an object, a failure with it. Counts that
are absent are not judged.

## Why this matters
The counts are how a client knows that it has everything. After a success without an object it may delete
what it has.

## Example
`The peer counts wrongly what it sent: C-GET ends with success and counts 1 objects, and no object came`

## Fix
Look into the log of the peer for the object; update the peer, and tell its vendor the section.
"""

from __future__ import annotations

from dcmlint.rule import Rule

RULE = Rule(
    severity="error",
    scope="file",
    citation="PS3.4 Section C.4.3.1.4",
    message="The peer counts wrongly what it sent: {reason}",
    on_bytes=False,
)
