"""A peer does not take an instance in its Transfer Syntax, but in one that it can be converted to.

## What it does
Reports, in `dcmlint preflight`, each file that the peer does not take as it is stored, while it takes the
SOP Class in another Transfer Syntax that the data can be converted to; which one, whether anything is lost,
and a tool that does it are told.

## Why this matters
Whether such an instance arrives depends on the sender: one that converts on the way sends it, one that does
not leaves it out. Conversions change sizes, and those with loss change pixels.

## Example
`The peer dimse://PACS@pacs:104 does not take CT Image Storage in JPEG-LS Lossless Image Compression:
transfer syntaxes not supported; it takes Explicit VR Little Endian (lossless; dcmdjpls)`

## Fix
Have the Transfer Syntax added to the peer's configuration, choose a sender that converts, or convert the
data before they are sent.
"""

from __future__ import annotations

from dcmlint.rule import Rule

RULE = Rule(
    severity="warning",
    scope="file",
    citation="PS3.8 Section 9.3.3.2",
    message="The peer {peer} does not take {sop_class} in {syntax}: {why}; it takes {to}",
    on_bytes=False,
)
