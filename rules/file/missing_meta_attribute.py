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
from typing import TYPE_CHECKING

from dcmlint.model import Found
from dcmlint.read.encode import ABSENT, encode_data_set, part10
from dcmlint.read.item import Instance
from dcmlint.read.usual import IMPLEMENTATION_CLASS_UID, has_usual_meta
from dcmlint.rule import Case, Faulty, Fix, Mended, Rule

if TYPE_CHECKING:
    from dcmlint.fix.edit import Edit

_MANDATORY = (0x00020001, 0x00020002, 0x00020003, 0x00020010, 0x00020012)


_OBJECT = {"SOPClassUID": "1.2.840.10008.5.1.4.1.1.7", "SOPInstanceUID": "1.2.3"}


def check(instance: Instance) -> Iterator[Found]:
    """Yield each Type 1 attribute that group 0002 lacks (PS3.10 Table 7.1-1)."""
    meta = instance.meta
    if meta is not None:
        for tag in _MANDATORY:
            if tag not in meta.elements:
                yield Found(tag, item=meta)


def fixed(faulty: Faulty) -> Iterator[Edit]:
    """Yield the attribute where its value is known (PS3.10 Table 7.1-1)."""
    from dcmlint.fix.make import added
    from dcmlint.fix.meta import known_value

    tag = faulty.tag or 0
    value = known_value(faulty.instance, tag)
    if value:
        yield added(faulty.item, tag, "OB" if tag == 0x00020001 else "UI", value)


RULE = Rule(
    severity="error",
    scope="instance",
    citation="PS3.10 Table 7.1-1",
    message="{attribute} is absent from the File Meta Information",
    check=check,
    accepts=has_usual_meta,
    on_bytes=True,
    fix=Fix(
        True,
        fixed,
        "Takes the UIDs of SOP Class and SOP Instance from the Data Set, and the Transfer Syntax from the "
        "bytes "
        "where pixel data are not compressed; the implementation is that of dcmlint, which writes the file.",
        (
            *(
                Mended(partial(part10, _OBJECT, meta={keyword: ABSENT}), partial(part10, _OBJECT))
                for keyword in (
                    "FileMetaInformationVersion",
                    "MediaStorageSOPClassUID",
                    "MediaStorageSOPInstanceUID",
                    "TransferSyntaxUID",
                )
            ),
            Mended(
                partial(part10, _OBJECT, meta={"ImplementationClassUID": ABSENT}),
                partial(part10, _OBJECT, meta={"ImplementationClassUID": IMPLEMENTATION_CLASS_UID}),
            ),
            Mended(
                partial(part10, {"Modality": "OT"}, meta={"MediaStorageSOPInstanceUID": ABSENT}),
                partial(part10, {"Modality": "OT"}, meta={"MediaStorageSOPInstanceUID": ABSENT}),
            ),
        ),
    ),
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
