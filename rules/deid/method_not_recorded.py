"""The de-identification is not recorded as it was done.

## What it does
`dcmlint deid verify` reports that Patient Identity Removed is not YES, that neither De-identification
Method nor its code sequence has a value, that the codes (CID 7050) lack the profile or one of its options
or have one that is not in it, that they claim clean pixels or faces where the header says otherwise, and
that Longitudinal Temporal Information Modified does not say what the profile does with dates. A DICOMDIR
has no such record.

## Why this matters
Who receives the files can tell only from here what was done with them, and what was not.

## Example
`PatientIdentityRemoved is not YES`

## Fix
Have the tool write it, or verify with the profile that was really applied.
"""

from __future__ import annotations

from dcmlint.rule import Rule

RULE = Rule(
    severity="error",
    scope="file",
    citation="PS3.15 E.1",
    message="{attribute} {how}",
    on_bytes=True,
)
