"""Limit or offset of a search is not kept.

## What it does
Reports a DICOMweb server that gives more results than the limit of a search, or the same ones again where an
offset asks for those that follow.

## Why this matters
A client that asks for page after page never comes to an end, or takes the first page for all there is.

## Example
`The server does not page as it is asked to: the offset of a search for studies is ignored (once)`

## Fix
Update the server. Until then, ask for parts that fit into one answer: `--where StudyDate=...`.
"""

from __future__ import annotations

from dcmlint.rule import Rule

RULE = Rule(
    severity="error",
    scope="file",
    citation="PS3.18 Section 8.3.4.4",
    message="The server does not page as it is asked to: {reason}",
    on_bytes=False,
)
