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
from typing import TYPE_CHECKING

from dcmlint.model import Found
from dcmlint.read.encode import encode_data_set, part10
from dcmlint.read.item import Instance
from dcmlint.read.usual import IMPLEMENTATION_CLASS_UID, has_usual_meta
from dcmlint.rule import Case, Faulty, Fix, Mended, Rule

if TYPE_CHECKING:
    from dcmlint.fix.edit import Patch

_ATTRIBUTES = {"SOPClassUID": "1.2.840.10008.5.1.4.1.1.7", "SOPInstanceUID": "1.2.3", "Modality": "OT"}


def check(instance: Instance) -> Iterator[Found]:
    """Yield a fault if the Instance of a file has no group 0002."""
    if instance.meta is None:
        yield Found()


def fixed(faulty: Faulty) -> Iterator[Patch]:
    """Yield a File Meta Information where all of it is known (PS3.10 Table 7.1-1).

    A file without a preamble gets it with the preamble, by `file/missing-preamble`.
    """
    from dcmlint.fix.edit import Patch
    from dcmlint.fix.meta import new_meta

    buf = faulty.buf
    content = new_meta(faulty.instance) if buf[128:132] == b"DICM" else b""
    if content:
        yield Patch(132, 132, content)


_META = {"ImplementationClassUID": IMPLEMENTATION_CLASS_UID}

RULE = Rule(
    severity="error",
    scope="instance",
    citation="PS3.10 Section 7.1",
    message="The file has no File Meta Information",
    check=check,
    accepts=has_usual_meta,
    on_bytes=True,
    fix=Fix(
        True,
        fixed,
        "Writes it from the SOP UIDs of the Data Set and the Transfer Syntax that the bytes show, where "
        "pixel data "
        "are not compressed; the implementation is that of dcmlint, which writes the file. "
        "A file without a preamble gets both by the fix of `file/missing-preamble`.",
        (
            Mended(
                lambda: bytes(128) + b"DICM" + encode_data_set(_ATTRIBUTES),
                lambda: part10(_ATTRIBUTES, meta=_META),
            ),
            Mended(
                lambda: bytes(128) + b"DICM" + encode_data_set({"Modality": "OT", "StudyID": "1"}),
                lambda: bytes(128) + b"DICM" + encode_data_set({"Modality": "OT", "StudyID": "1"}),
            ),
        ),
    ),
    cases=(
        Case(passes=True, file=lambda: part10(_ATTRIBUTES)),
        Case(passes=True, file=lambda: part10(_ATTRIBUTES, preamble=b"")),
        Case(passes=False, file=lambda: encode_data_set(_ATTRIBUTES)),
        Case(passes=False, file=lambda: bytes(128) + b"DICM" + encode_data_set(_ATTRIBUTES)),
    ),
)
