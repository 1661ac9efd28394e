"""Answers to a C-FIND lack a key that they must have.

## What it does
Reports a DIMSE peer whose answers to a query lack the Query/Retrieve Level, the unique key of their level
or of one above, or a Required Key that was asked for; or whose unique key has no value. A Required Key of
which the peer knows no value must be there all the same, without one. Optional Keys are not judged.

## Why this matters
The unique key is what an object is retrieved by: an answer without it leads nowhere and is left out.
Clients show and sort by Required Keys without asking whether they are there.

## Example
`The peer answers queries without what it must return: answers at level STUDY have no StudyID (0020,0010)`

## Fix
Update the peer, or set up its index so that it keeps these Attributes; tell its vendor the section.
"""

from __future__ import annotations

from dcmlint.rule import Rule

RULE = Rule(
    severity="error",
    scope="file",
    citation="PS3.4 Section C.2.2.1",
    message="The peer answers queries without what it must return: {reason}",
    on_bytes=False,
)
