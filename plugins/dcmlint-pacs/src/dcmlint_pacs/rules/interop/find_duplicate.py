"""One C-FIND has several answers with the same unique key.

## What it does
Reports a DIMSE peer whose answers to one query have the same Study, Series or SOP Instance UID several
times. One of them is used.

## Why this matters
The unique key stands for the entity in every request that follows. Two entities behind one key cannot be
retrieved apart. It comes about where objects of one Study have different patients.

## Example
`The peer gives the same answer twice: Studies come more than once (in 1 of 200)`

## Fix
Correct the Patient ID of the objects of that Study, or give the one that was mistaken new UIDs.
"""

from __future__ import annotations

from dcmlint.rule import Rule

RULE = Rule(
    severity="warning",
    scope="file",
    citation="PS3.4 Section C.2.2.1.1",
    message="The peer gives the same answer twice: {reason}",
    on_bytes=False,
)
