"""Search results have an Attribute with another VR than that of PS3.6.

## What it does
Reports a DICOMweb server whose results of a search (QIDO-RS) have a standard Attribute with a "vr" that is
not the one of PS3.6, or with none. Where PS3.6 has a choice, each of them is right. Private Attributes are
not judged. The metadata of instances are judged as what they are, by the rules on instances.

## Why this matters
In the DICOM JSON Model it is the VR that says how to read a value: a number as text, a name as an object.
A client that goes by it reads these results wrongly or not at all.

## Example
`The server answers searches with a wrong VR: StudyDate of study results has VR LO, not DA (12 times)`

## Fix
Update the server; where its index was filled by a script or has columns of its own, set their VR.
"""

from __future__ import annotations

from dcmlint.rule import Rule

RULE = Rule(
    severity="error",
    scope="file",
    citation="PS3.18 Section F.2.2",
    message="The server answers searches with a wrong VR: {reason}",
    on_bytes=False,
)
