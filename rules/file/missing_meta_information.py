"""The file has no File Meta Information (group 0002).

## What it does
Reports a file in which the Data Set starts where the File Meta Information should be. The Transfer
Syntax is then found out from the bytes, which works for the uncompressed ones.

## Why this matters
Without the Transfer Syntax UID a reader has to guess how the Data Set is encoded; compressed Pixel Data
cannot be told apart at all. PS3.10 makes the File Meta Information mandatory in every file.

## Example
The four characters DICM are followed by `08 00 16 00`, the SOP Class UID of the Data Set.

## Fix
Write the file again with its File Meta Information: the SOP Class, the SOP Instance, the Transfer
Syntax it is in, and the implementation that writes it.
"""

from __future__ import annotations

from collections.abc import Iterator

from dcmlint.model import Found
from dcmlint.read.encode import encode_data_set, part10
from dcmlint.read.item import Instance
from dcmlint.read.usual import has_usual_meta
from dcmlint.rule import Case, Rule

_ATTRIBUTES = {"SOPClassUID": "1.2.840.10008.5.1.4.1.1.7", "SOPInstanceUID": "1.2.3", "Modality": "OT"}


def check(instance: Instance) -> Iterator[Found]:
    """Yield a fault if the Instance of a file has no group 0002."""
    if instance.meta is None:
        yield Found()


RULE = Rule(
    severity="error",
    scope="instance",
    citation="PS3.10 Section 7.1",
    message="The file has no File Meta Information",
    check=check,
    accepts=has_usual_meta,
    on_bytes=True,
    cases=(
        Case(passes=True, file=lambda: part10(_ATTRIBUTES)),
        Case(passes=True, file=lambda: part10(_ATTRIBUTES, preamble=b"")),
        Case(passes=False, file=lambda: encode_data_set(_ATTRIBUTES)),
        Case(passes=False, file=lambda: bytes(128) + b"DICM" + encode_data_set(_ATTRIBUTES)),
    ),
)
