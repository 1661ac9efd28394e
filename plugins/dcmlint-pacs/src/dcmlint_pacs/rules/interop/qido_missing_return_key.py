"""Search results lack a required return key.

## What it does
Reports a DICOMweb server whose results of a search (QIDO-RS) for Studies, Series or Instances lack an
Attribute of type U or R of Tables 10.6.3-3, 10.6.3-4 and 10.6.3-5. One that has no value must be there
all the same, without one. Attributes of type C are required "if known", which is not judged. A result whose
unique key has no value that can be asked for is left out, and told here too.

## Why this matters
Viewers and routers show and sort by these Attributes without asking for them. Some fail on a result
without them, others show a Study as one of an unknown patient.

## Example
`The server answers searches without what it must return: study results without PatientSex (3 times)`

## Fix
Update the server, or set up its index so that it keeps these Attributes; tell its vendor the section.
"""

from __future__ import annotations

from dcmlint.rule import Rule

RULE = Rule(
    severity="error",
    scope="file",
    citation="PS3.18 Section 10.6.3.3",
    message="The server answers searches without what it must return: {reason}",
    on_bytes=False,
)
