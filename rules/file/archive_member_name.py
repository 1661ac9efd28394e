"""A member of an archive has a name that leads out of the folder it is unpacked in.

## What it does
Reports members with an absolute path, with `..` as a part of their name, or with a NUL character in it.
dcmlint writes nothing to disk, so the member is checked like any other; in its path, the dangerous parts are
shown percent-encoded.

## Why this matters
A program that unpacks such an archive without care overwrites files elsewhere ("zip slip"). No export of a
PACS writes such names.

## Example
`The member's name is unsafe to unpack: it is an absolute path`

## Fix
Make the archive anew, with names relative to its folder. If it comes from outside, ask who made it and why.
"""

from __future__ import annotations

from dcmlint.rule import Rule

RULE = Rule(
    severity="warning",
    scope="file",
    citation="PS3.10 Section 8",
    message="The member's name is unsafe to unpack: {reason}",
    on_bytes=True,
)
