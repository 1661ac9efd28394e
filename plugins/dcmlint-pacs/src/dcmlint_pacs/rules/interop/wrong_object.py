"""Another object is returned than was asked for.

## What it does
Reports a DICOMweb server whose metadata or objects have another SOP, Series or Study Instance UID than the
resource that they were asked of, or of whose metadata two are of one instance; and a DIMSE peer that answers
a C-GET or C-MOVE of one object with another one instead (PS3.4 C.4.3.3). They are not checked as what they
are not. Objects that come beside the right one are told by interop/unasked-object.

## Why this matters
The wrong image under the right name is the worst that an archive can give. It comes about where UIDs were
changed in the index (merged patients, corrected Studies) and not in the objects.

## Example
`The peer returns what was not asked for: the object has another SOP Instance UID`

## Fix
Let the archive read its objects anew into its index; correct UIDs in the objects as well.
"""

from __future__ import annotations

from dcmlint.rule import Rule

RULE = Rule(
    severity="error",
    scope="file",
    citation="PS3.18 Section 10.4.3",
    message="The peer returns what was not asked for: {reason}",
    on_bytes=False,
)
