"""The SOP Instance UID of the File Meta Information is not that of the Data Set.

## What it does
Compares Media Storage SOP Instance UID (0002,0003) with SOP Instance UID (0008,0018) where both have a
value. A DICOMDIR has no SOP Instance UID in its Data Set.

## Why this matters
One object then has two identities: it is stored under one and referenced under the other. De-identifiers
that replace the UID in the Data Set only leave the original one behind in the header.

## Example
The Data Set got a new UID, (0002,0003) still holds the old one.

## Fix
Write the file again so that the header is derived from the Data Set.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from dcmlint.model import Found
from dcmlint.read.encode import part10
from dcmlint.read.item import Instance
from dcmlint.read.usual import has_usual_meta
from dcmlint.rule import Case, Faulty, Fix, Mended, Rule

if TYPE_CHECKING:
    from dcmlint.fix.edit import Edit

_MEDIA_STORAGE_SOP_INSTANCE_UID = 0x00020003


def check(instance: Instance) -> Iterator[Found]:
    """Yield a Media Storage SOP Instance UID that differs (PS3.10 Table 7.1-1)."""
    meta = instance.meta
    if meta is None:
        return
    declared = (meta.raw(_MEDIA_STORAGE_SOP_INSTANCE_UID) or b"").strip(b"\0 ").decode("latin-1")
    actual = instance.sop_instance_uid.strip()
    if declared and actual and declared != actual:
        yield Found(_MEDIA_STORAGE_SOP_INSTANCE_UID, item=meta)


def fixed(faulty: Faulty) -> Iterator[Edit]:
    """Yield the UID of the Data Set for the header (PS3.10 Table 7.1-1)."""
    from dcmlint.fix.make import replaced

    uid = faulty.instance.sop_instance_uid.strip()
    if uid.replace(".", "").isdigit() and uid.isascii():
        yield replaced(faulty.item, _MEDIA_STORAGE_SOP_INSTANCE_UID, uid.encode(), "UI")


RULE = Rule(
    severity="error",
    scope="instance",
    citation="PS3.10 Table 7.1-1",
    message="{attribute} differs from SOP Instance UID of the Data Set",
    check=check,
    accepts=has_usual_meta,
    on_bytes=True,
    fix=Fix(
        True,
        fixed,
        "Writes the SOP Instance UID of the Data Set into the header: it is what the object is.",
        (
            Mended(
                lambda: part10({"SOPInstanceUID": "1.2.3"}, meta={"MediaStorageSOPInstanceUID": "1.2.44"}),
                lambda: part10({"SOPInstanceUID": "1.2.3"}),
            ),
        ),
    ),
    cases=(
        Case(passes=True, file=lambda: part10({"SOPInstanceUID": "1.2.3"})),
        Case(passes=True, file=lambda: part10({"SOPInstanceUID": b"1.2.3 "})),
        Case(
            passes=True,
            file=lambda: part10(
                {"FileSetID": "DISC"}, meta={"MediaStorageSOPClassUID": "1.2.840.10008.1.3.10"}
            ),
        ),
        Case(
            passes=True,
            file=lambda: part10({"SOPInstanceUID": "1.2.3"}, meta={"MediaStorageSOPInstanceUID": None}),
        ),
        Case(
            passes=False,
            file=lambda: part10({"SOPInstanceUID": "1.2.3"}, meta={"MediaStorageSOPInstanceUID": "1.2.4"}),
            at="MediaStorageSOPInstanceUID",
        ),
        Case(
            passes=False,
            file=lambda: part10({"SOPInstanceUID": "1.2.3"}, meta={"MediaStorageSOPInstanceUID": "1.2.33"}),
            at="MediaStorageSOPInstanceUID",
        ),
    ),
)
