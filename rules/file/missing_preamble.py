"""The file has no preamble: its Data Set starts without the 128 bytes and the DICM prefix.

## What it does
Reports a file that holds a DICOM Data Set, but not the 128-byte preamble and the four characters DICM
that every file of the DICOM File Format starts with. The Data Set is read and checked all the same.

## Why this matters
Strict readers do not take such a file for DICOM at all, and programs that look at the prefix (mail
filters, archives, `file`) do not either. Such files come from dumps of network messages, from ACR-NEMA
times, and from tools that strip the header.

## Example
The file starts with `08 00 05 00 43 53`, the Data Element Specific Character Set.

## Fix
Write the file again through a DICOM library, with File Meta Information: for instance
`dcmconv +F in out` or `pydicom.dcmwrite(path, ds, enforce_file_format=True)`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from dcmlint.read.encode import encode_data_set, part10
from dcmlint.read.usual import IMPLEMENTATION_CLASS_UID
from dcmlint.rule import Case, Faulty, Fix, Mended, Rule

if TYPE_CHECKING:
    from dcmlint.fix.edit import Patch

_ATTRIBUTES = {
    "SpecificCharacterSet": "ISO_IR 100",
    "SOPClassUID": "1.2.840.10008.5.1.4.1.1.7",
    "SOPInstanceUID": "1.2.3",
    "Modality": "OT",
}


def fixed(faulty: Faulty) -> Iterator[Patch]:
    """Yield an empty preamble and the prefix (PS3.10 7.1).

    Since the prefix announces File Meta Information, that is put in too if there is none; where it is not
    known the file stays as it is.
    """
    from dcmlint.fix.edit import Patch
    from dcmlint.fix.meta import new_meta

    if faulty.offset or faulty.length not in (0, 4):
        return
    meta = b"" if faulty.instance.meta is not None else new_meta(faulty.instance)
    if meta or faulty.instance.meta is not None:
        yield Patch(0, faulty.length, bytes(128) + b"DICM" + meta)


_META = {"ImplementationClassUID": IMPLEMENTATION_CLASS_UID}
_UNKNOWN = {"Modality": "OT", "StudyID": "1"}

RULE = Rule(
    severity="error",
    scope="file",
    citation="PS3.10 Section 7.1",
    message="The file starts without {what}",
    on_bytes=True,
    fix=Fix(
        True,
        fixed,
        "Puts 128 zero bytes and DICM before what is there, and File Meta Information where there is none; "
        "where that "
        "is not known, the file stays as it is.",
        (
            Mended(lambda: part10(_ATTRIBUTES)[132:], lambda: part10(_ATTRIBUTES)),
            Mended(lambda: part10(_ATTRIBUTES, preamble=b""), lambda: part10(_ATTRIBUTES)),
            Mended(lambda: encode_data_set(_ATTRIBUTES), lambda: part10(_ATTRIBUTES, meta=_META)),
            Mended(lambda: encode_data_set(_UNKNOWN), lambda: encode_data_set(_UNKNOWN)),
        ),
    ),
    cases=(
        Case(passes=True, file=lambda: part10(_ATTRIBUTES)),
        Case(passes=True, file=lambda: part10(_ATTRIBUTES, preamble=b"II*\0" + bytes(124))),
        Case(passes=False, file=lambda: encode_data_set(_ATTRIBUTES)),
        Case(passes=False, file=lambda: encode_data_set(_ATTRIBUTES, explicit=False)),
        Case(passes=False, file=lambda: part10(_ATTRIBUTES, preamble=b"")),
        Case(passes=False, file=lambda: part10(_ATTRIBUTES)[132:]),
    ),
)
