"""An object is returned in another Transfer Syntax than the answer says.

## What it does
Reports a DICOMweb server that returns an object whose File Meta Information has another Transfer Syntax UID
than the `transfer-syntax` parameter of its media type, or than was asked for.

## Why this matters
Clients choose a decoder by the media type before they read the object.

## Example
`The server returns a wrong Transfer Syntax: 1.2.840.10008.1.2.4.70, where 1.2.840.10008.1.2.1 was asked for`

## Fix
Update the server, or let it return objects as they are stored.
"""

from __future__ import annotations

from dcmlint.rule import Rule

RULE = Rule(
    severity="error",
    scope="file",
    citation="PS3.18 Section 8.7.3.5.2",
    message="The server returns a wrong Transfer Syntax: {reason}",
    on_bytes=False,
)
