"""Responses come to an operation that had ended.

## What it does
Reports a DIMSE peer that goes on sending responses after the one that ended an operation (any Status but a
pending one). They are told with the object that was retrieved next over the same association.

## Why this matters
A client that does not compare Message IDs takes them for answers to what it asked next: the wrong object,
or a success that was none.

## Example
`The peer responds to what had ended: 2 responses to operations that had ended`

## Fix
Update the peer, and tell its vendor the section.
"""

from __future__ import annotations

from dcmlint.rule import Rule

RULE = Rule(
    severity="error",
    scope="file",
    citation="PS3.7 Section 9.1.3",
    message="The peer responds to what had ended: {reason}",
    on_bytes=False,
)
