"""A peer does not take the SOP Class of an instance.

## What it does
Reports, in `dcmlint preflight`, each file whose SOP Class the peer takes in no Transfer Syntax that was
proposed, or, where the peer is a conformance file, does not declare at all. The reason that the peer gave
is told.

## Why this matters
A Presentation Context that is not accepted cannot be sent through. The sender skips such instances or
stops, often with a line in a log that nobody reads, and the study is incomplete in the archive.

## Example
`The peer dimse://PACS@pacs:104 does not take Label Map Segmentation Storage in Explicit VR Little Endian:
abstract syntax not supported`

## Fix
Have the SOP Class added to the peer's configuration, or convert the instance to one that it takes. A
conformance file may be out of date: `dcmlint conformance probe` writes one from the peer itself.
"""

from __future__ import annotations

from dcmlint.rule import Rule

RULE = Rule(
    severity="error",
    scope="file",
    citation="PS3.8 Section 9.3.3.2",
    message="The peer {peer} does not take {sop_class} in {syntax}: {why}",
    on_bytes=False,
)
