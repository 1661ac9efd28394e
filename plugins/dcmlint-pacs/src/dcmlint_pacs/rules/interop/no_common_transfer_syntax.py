"""A peer takes the SOP Class of an instance, but in no Transfer Syntax that it can be converted to.

## What it does
Reports, in `dcmlint preflight`, each file whose SOP Class the peer has, in none of the Transfer Syntaxes
that the data are stored in or can be converted to. Video (MPEG, HEVC) and what JPIP refers to are never
converted, nor are compressed Transfer Syntaxes proposed for what has no pixels.

## Why this matters
No sender can send it, whatever it converts. A peer that supports a SOP Class but not its default Transfer
Syntax, Implicit VR Little Endian, does not conform to PS3.5 10.1 unless all it handles is compressed with
loss.

## Example
`The peer dimse://PACS@pacs:104 does not take Video Endoscopic Image Storage in MPEG2 Main Profile / Main
Level: transfer syntaxes not supported; nor in any Transfer Syntax that the data can be converted to`

## Fix
Have a Transfer Syntax added to the peer's configuration.
"""

from __future__ import annotations

from dcmlint.rule import Rule

RULE = Rule(
    severity="error",
    scope="file",
    citation="PS3.5 Section 10",
    message="The peer {peer} does not take {sop_class} in {syntax}: {why}; nor in any Transfer Syntax that "
    "the data can be converted to",
    on_bytes=False,
)
