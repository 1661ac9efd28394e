"""The metadata of a Series that is listed cannot be had.

## What it does
Reports a DICOMweb server that lists a Series and does not give the metadata of it. They are asked for
instance by instance then; where that does not work either, each instance that cannot be read is told as well.

## Why this matters
A viewer shows the Series in its list and then nothing of it.

## Example
`The server does not give what it lists: the metadata of a Series: the server answers 500 (once)`

## Fix
Look into the log of the server. Orthanc answers 404 where the UID of a Study or Series is that of several,
because their patients differ: correct the Patient ID.
"""

from __future__ import annotations

from dcmlint.rule import Rule

RULE = Rule(
    severity="error",
    scope="file",
    citation="PS3.18 Section 10.4.3",
    message="The server does not give what it lists: {reason}",
    on_bytes=False,
)
