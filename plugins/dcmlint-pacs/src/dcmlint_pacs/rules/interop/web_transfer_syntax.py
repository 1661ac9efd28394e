"""An object is returned in a Transfer Syntax that is not for the web.

## What it does
Reports a DICOMweb server that returns an object in Implicit VR Little Endian or Explicit VR Big Endian.
Neither is to be used with Web Services, whatever the object is stored in; the server is to give Explicit VR
Little Endian.

## Why this matters
Clients on the web need not know these Transfer Syntaxes, and many do not.

## Example
`The server returns an object in a Transfer Syntax that is not for Web Services: 1.2.840.10008.1.2`

## Fix
Let the server convert such objects when it stores or returns them. Orthanc does: `IngestTranscoding`.
"""

from __future__ import annotations

from dcmlint.rule import Rule

RULE = Rule(
    severity="warning",
    scope="file",
    citation="PS3.18 Section 8.7.3",
    message="The server returns an object in a Transfer Syntax that is not for Web Services: {reason}",
    on_bytes=False,
)
