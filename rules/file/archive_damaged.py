"""An archive, or a member of one, is damaged.

## What it does
Reports an archive that breaks off or whose directory is broken, and a member with a wrong checksum, or with
more or fewer bytes than the archive says. The members that can be had are still checked; after damage in a
compressed tar archive there are none.

## Why this matters
Transfers that break off leave archives that open in some programs and lack images without a word. A wrong
checksum means that what comes out is not what was put in.

## Example
`The archive is damaged: it breaks off`

## Fix
Copy the archive again from its source, or ask for a new one.
"""

from __future__ import annotations

from dcmlint.rule import Rule

RULE = Rule(
    severity="error",
    scope="file",
    citation="PS3.10 Section 8",
    message="The archive is damaged: {reason}",
    on_bytes=True,
)
