"""There are no tables for the SOP Class, so Modules and attributes were not checked.

## What it does
Notes a Standard SOP Class for whose IOD dcmlint has no tables: normalised ones such as Modality Performed
Procedure Step, and retired ones. Such objects get the generic checks of file, encoding, values and UIDs.

## Why this matters
No finding about Modules then says nothing about them. A report that keeps silent about what it did not look
at is taken for a clean bill.

## Example
SOP Class UID `1.2.840.10008.3.1.2.3.3`, Modality Performed Procedure Step.

## Fix
Nothing. `dcmlint explain FILE` tells what is checked.
"""

from __future__ import annotations

from collections.abc import Iterator

from dcmlint.model import Found
from dcmlint.read.item import Instance
from dcmlint.read.usual import has_current_class
from dcmlint.rule import Rule, bad, good
from dcmlint.standard.dictionary import uid

_DIRECTORY_RECORD_SEQUENCE = 0x00041220


def check(instance: Instance) -> Iterator[Found]:
    """Yield a finding if PS3.6 knows the SOP Class and the tables do not."""
    known = uid(instance.sop_class_uid)
    if known is None or known.kind != "SOP Class" or known.iod:
        return
    if _DIRECTORY_RECORD_SEQUENCE not in instance.root.elements:
        yield Found(0x00080016, {"name": known.name})


RULE = Rule(
    severity="note",
    scope="instance",
    citation="PS3.6 Annex A",
    message="There are no tables for {name}: its Modules and their attributes were not checked",
    selects=("SOPClassUID",),
    check=check,
    accepts=has_current_class,
    cases=(
        good(SOPClassUID="1.2.840.10008.5.1.4.1.1.2"),
        good(SOPClassUID="1.3.12.2.1107.5.9.1"),
        good(SOPClassUID="1.2.840.10008.1.3.10"),
        good(SOPClassUID=""),
        bad("SOPClassUID", SOPClassUID="1.2.840.10008.3.1.2.3.3"),
        bad("SOPClassUID", SOPClassUID="1.2.840.10008.5.1.4.31"),
    ),
)
