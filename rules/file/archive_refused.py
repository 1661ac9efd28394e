"""An archive, or a member of one, is not read.

## What it does
Reports what is left out of an archive for a reason that lies in it: a member that is encrypted, packed by a
method that is not read, or too large to be in memory; an archive inside of too many others; members that
overlap; an archive that comes to far more bytes than a real one of its size would (a "zip bomb"). The bounds
are in docs/sources.md. Everything else is still checked.

## Why this matters
What was not read was not checked. And archives from outside are an old way to keep a machine busy for days.

## Example
`Not read: it is encrypted`

## Fix
If the archive is what it should be, unpack it and check the folder. Else do not open it anywhere.
"""

from __future__ import annotations

from dcmlint.rule import Rule

RULE = Rule(
    severity="error",
    scope="file",
    citation="PS3.10 Section 8",
    message="Not read: {reason}",
    on_bytes=True,
)
