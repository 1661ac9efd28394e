"""A peer sends what is no message of DIMSE.

## What it does
Reports a DIMSE peer that sends a PDU or message that cannot be read or is not due: lengths that lie, a
Command Set without Command Field, a response without Status, a response of another kind than the request, a
Data Set without a Command Set. The association is aborted; the operation has failed.

## Why this matters
What comes after such a message cannot be trusted. Peers that are less careful hang or crash on it.

## Example
`The peer breaks the protocol: the peer sends a Command Set that cannot be read`

## Fix
Look at what is between the two (proxies, load balancers), then at the version of the peer; tell its vendor.
"""

from __future__ import annotations

from dcmlint.rule import Rule

RULE = Rule(
    severity="error",
    scope="file",
    citation="PS3.7 Section 6.3",
    message="The peer breaks the protocol: {reason}",
    on_bytes=False,
)
