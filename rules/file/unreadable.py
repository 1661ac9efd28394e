"""An input cannot be opened or read.

## What it does
Reports a file, or a folder that was to be walked, that the operating system does not let us read: no
permission, a broken symbolic link, an I/O error, a file that vanished between listing and reading, a
name that is a pipe, a socket or a device. Such special files are never opened, since reading one may
wait for ever.

## Why this matters
What was not read was not checked. Media with read errors and folders with wrong permissions are common
causes of "missing" images, and a report that passes over them looks better than the archive is.

## Example
`Cannot be read: Permission denied`

## Fix
Give the account that runs dcmlint read permission, repair the link, or copy the file again from its
source.
"""

from __future__ import annotations

from dcmlint.rule import Rule

RULE = Rule(
    severity="error",
    scope="file",
    citation="PS3.10 Section 8",
    message="Cannot be read: {reason}",
    on_bytes=True,
)
