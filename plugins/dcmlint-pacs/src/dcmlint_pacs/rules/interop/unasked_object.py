"""A retrieval brings objects that were not asked for.

## What it does
Reports a DIMSE peer that sends other objects for a C-GET or C-MOVE than the one that was asked for by its
unique keys. They are refused (Status A900H), and not checked.

## Why this matters
Objects that nobody asked for may be of another patient. A client that stores whatever comes has them from
then on. For C-MOVE, it may also be that somebody else moves objects to our port.

## Example
`The peer sends what was not asked for: C-GET of one object brings 3 that are others`

## Fix
Update the peer, or find out who sends to the port of DCMLINT_MOVE_PORT.
"""

from __future__ import annotations

from dcmlint.rule import Rule

RULE = Rule(
    severity="warning",
    scope="file",
    citation="PS3.4 Section C.4.3.3",
    message="The peer sends what was not asked for: {reason}",
    on_bytes=False,
)
