"""A peer has the SOP Class of an instance, but not in the role of an SCP.

## What it does
Reports, in `dcmlint preflight` with a conformance file, each file whose SOP Class the peer declares as a
Service Class User only: it sends such instances and takes none.

## Why this matters
C-STORE needs a Service Class Provider at the other end. A conformance statement that lists a SOP Class is
easily read as if the device took it.

## Example
`The peer modality.yaml does not take CT Image Storage in Explicit VR Little Endian: the SOP Class is
declared, but not in the role of an SCP`

## Fix
Send to another application entity. If the peer does take them, correct its conformance file.
"""

from __future__ import annotations

from dcmlint.rule import Rule

RULE = Rule(
    severity="error",
    scope="file",
    citation="PS3.7 Section D.3.3.4",
    message="The peer {peer} does not take {sop_class} in {syntax}: {why}",
    on_bytes=False,
)
