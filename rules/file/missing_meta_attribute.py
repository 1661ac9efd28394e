"""A mandatory attribute of the File Meta Information is absent.

## What it does
Looks for the Type 1 attributes of group 0002: File Meta Information Version, Media Storage SOP Class
UID, Media Storage SOP Instance UID, Transfer Syntax UID and Implementation Class UID. The group length
has a rule of its own, `file/meta-group-length`.

## Why this matters
Archives index files by the Media Storage UIDs without reading the Data Set, and no reader can decode it
for certain without the Transfer Syntax UID. The Implementation Class UID tells which software wrote the
file when its faults have to be traced.

## Example
Group 0002 holds (0002,0002), (0002,0003) and (0002,0010), but no (0002,0012) Implementation Class UID.

## Fix
Let the library that writes the file fill in the File Meta Information; most do when asked to
(`enforce_file_format=True` in pydicom).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from dcmlint.model import Found
from dcmlint.read.encode import ABSENT, encode_data_set, part10
from dcmlint.read.item import Instance
from dcmlint.read.usual import has_usual_meta
from dcmlint.rule import Case, Rule

_MANDATORY = (0x00020001, 0x00020002, 0x00020003, 0x00020010, 0x00020012)


def check(instance: Instance) -> Iterator[Found]:
    """Yield each Type 1 attribute that group 0002 lacks (PS3.10 Table 7.1-1)."""
    meta = instance.meta
    if meta is not None:
        for tag in _MANDATORY:
            if tag not in meta.elements:
                yield Found(tag, item=meta)


RULE = Rule(
    severity="error",
    scope="instance",
    citation="PS3.10 Table 7.1-1",
    message="{attribute} is absent from the File Meta Information",
    check=check,
    accepts=has_usual_meta,
    on_bytes=True,
    cases=(
        Case(passes=True, file=lambda: part10({})),
        Case(passes=True, file=lambda: part10({}, meta={"SourceApplicationEntityTitle": "ACME"})),
        Case(passes=True, file=lambda: part10({}, meta={"FileMetaInformationGroupLength": ABSENT})),
        Case(passes=True, file=lambda: part10({}, meta={"TransferSyntaxUID": None})),
        Case(passes=True, file=lambda: encode_data_set({"SOPInstanceUID": "1.2.3", "Modality": "OT"})),
        *(
            Case(passes=False, file=partial(part10, {}, meta={keyword: ABSENT}), at=keyword)
            for keyword in (
                "FileMetaInformationVersion",
                "MediaStorageSOPClassUID",
                "MediaStorageSOPInstanceUID",
                "TransferSyntaxUID",
                "ImplementationClassUID",
            )
        ),
    ),
)
