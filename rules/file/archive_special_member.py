"""A member of an archive is a link or a device, and has no content of its own.

## What it does
Reports symbolic links, hard links, devices and named pipes in tar and zip archives. They are never followed
or opened; what a hard link stands for is checked under its own name if it is in the archive.

## Why this matters
A link may lead to files of the machine that unpacks the archive, and what a link leads to is not in the
archive: whoever gets it may miss an image.

## Example
`Not followed: a symbolic link`

## Fix
Make the archive anew with the files themselves (`tar --dereference --hard-dereference`).
"""

from __future__ import annotations

from dcmlint.rule import Rule

RULE = Rule(
    severity="note",
    scope="file",
    citation="PS3.10 Section 8",
    message="Not followed: {reason}",
    on_bytes=True,
)
