"""Answers to a C-FIND are of another level or parent than was asked for.

## What it does
Reports a DIMSE peer whose answers have another Query/Retrieve Level than the query, or are of another Study
or Series than the one whose content was asked for. These answers are left out. Answers that do not match
what `--where` asks for are told by interop/filter-ignored.

## Why this matters
A client that trusts the answer files instances under the wrong Series, Study or patient.

## Example
`The peer answers queries with what was not asked for: answers at level SERIES have another Study`

## Fix
Update the peer, and tell its vendor the section.
"""

from __future__ import annotations

from dcmlint.rule import Rule

RULE = Rule(
    severity="error",
    scope="file",
    citation="PS3.4 Section C.2.2.2",
    message="The peer answers queries with what was not asked for: {reason}",
    on_bytes=False,
)
