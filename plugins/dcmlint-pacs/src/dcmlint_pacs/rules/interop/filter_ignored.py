"""A search is answered with what does not match.

## What it does
Reports a DICOMweb server whose results of a search (QIDO-RS) have another value than `--where` asks for, or
do not have the Attribute at all, so that it cannot be told. A server may leave out of account what it does
not support; it must match the Attributes of Table 10.6.1-5. Results with other values are left out;
those without the Attribute are not. The same is told of a DIMSE peer, of the dates, codes and UIDs in its
answers that have other values.

## Why this matters
A client that trusts the server works on the wrong objects, such as those of another patient.

## Example
`The server does not match what it is asked for: series results have other values of Modality (once)`

## Fix
Ask for what the server matches, or set it up to match this Attribute.
"""

from __future__ import annotations

from dcmlint.rule import Rule

RULE = Rule(
    severity="warning",
    scope="file",
    citation="PS3.18 Section 8.3.4",
    message="The server does not match what it is asked for: {reason}",
    on_bytes=False,
)
