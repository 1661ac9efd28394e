"""The SOP Class is retired.

## What it does
Notes a SOP Class UID (0008,0016) that PS3.6 lists as retired.

## Why this matters
Retired SOP Classes are no longer described in the standard, new systems need not support them, and the
object is checked less closely. Old archives hold many, rightly.

## Example
`1.2.840.10008.5.1.4.1.1.6`, Ultrasound Image Storage as it was before 1995.

## Fix
New objects: use the SOP Class that took its place. Old ones may stay as they are.
"""

from __future__ import annotations

from collections.abc import Iterator

from dcmlint.model import Found
from dcmlint.read.item import Instance
from dcmlint.read.usual import has_current_class
from dcmlint.rule import Rule, bad, good
from dcmlint.standard.dictionary import uid


def check(instance: Instance) -> Iterator[Found]:
    """Yield a finding if the SOP Class is retired."""
    known = uid(instance.sop_class_uid)
    if known is not None and known.retired and known.kind.endswith("SOP Class"):
        yield Found(0x00080016, {"name": known.name})


RULE = Rule(
    severity="note",
    scope="instance",
    citation="PS3.6 Annex A",
    message="{attribute} names a retired SOP Class: {name}",
    selects=("SOPClassUID",),
    check=check,
    accepts=has_current_class,
    cases=(
        good(SOPClassUID="1.2.840.10008.5.1.4.1.1.6.1"),
        good(SOPClassUID="1.3.12.2.1107.5.9.1"),
        bad("SOPClassUID", SOPClassUID="1.2.840.10008.5.1.4.1.1.6"),
        bad("SOPClassUID", SOPClassUID="1.2.840.10008.5.1.1.27"),
    ),
)
