"""Answers to a C-FIND have a value that cannot be one of its VR.

## What it does
Reports a DIMSE peer whose answers have a unique key that is no UID, or a count of Instances that is no
number. Other values are those of the objects, which are judged when they are retrieved.

## Why this matters
What is no UID can be a wildcard or a list for whoever matches it. Many clients do not show such an answer.

## Example
`The peer answers queries with values that cannot be: answers at level IMAGE have no UID (in 1 of 20)`

## Fix
Find out which objects these are, and give them UIDs (PS3.5 Section 9.1); for counts, tell the vendor.
"""

from __future__ import annotations

from dcmlint.rule import Rule

RULE = Rule(
    severity="warning",
    scope="file",
    citation="PS3.5 Section 6.2",
    message="The peer answers queries with values that cannot be: {reason}",
    on_bytes=False,
)
