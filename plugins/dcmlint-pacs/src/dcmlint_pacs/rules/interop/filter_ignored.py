"""A search is answered with what does not match.

## What it does
Reports a DICOMweb server whose results of a search (QIDO-RS) have another value than `--where` asks for, or
do not have the Attribute at all, so that it cannot be told; and a DIMSE peer whose answers to a C-FIND have
other dates, codes (CS) or UIDs. A peer may leave out of account what it does not support; a DICOMweb server
must match the Attributes of PS3.18 Table 10.6.1-5, a C-FIND SCP the Unique and Required Keys (PS3.4 C.2.2.1).
Results with other values are left out; those without the Attribute are not.

## Why this matters
A client that trusts the peer works on the wrong objects, such as those of another patient.

## Example
`The peer does not match what it is asked for: series results have other values of Modality (once)`

## Fix
Ask for what the peer matches, or set it up to match this Attribute.
"""

from __future__ import annotations

from dcmlint.rule import Rule

RULE = Rule(
    severity="warning",
    scope="file",
    citation="PS3.4 Section C.2.2.2",
    message="The peer does not match what it is asked for: {reason}",
    on_bytes=False,
)
