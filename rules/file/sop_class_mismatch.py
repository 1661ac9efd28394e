"""The SOP Class UID of the File Meta Information is not that of the Data Set.

## What it does
Compares Media Storage SOP Class UID (0002,0002) with SOP Class UID (0008,0016) where both have a value. A
DICOMDIR has no SOP Class UID in its Data Set, and what is absent is reported by other rules.

## Why this matters
Archives route and index files by their header alone: such an object is stored as one thing and read as
another. It happens when an object is converted and only one of the two is changed.

## Example
(0002,0002) is CT Image Storage, (0008,0016) is Secondary Capture Image Storage.

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

_MEDIA_STORAGE_SOP_CLASS_UID = 0x00020002
_CT = "1.2.840.10008.5.1.4.1.1.2"
_SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"


def check(instance: Instance) -> Iterator[Found]:
    """Yield a Media Storage SOP Class UID that differs (PS3.10 Table 7.1-1)."""
    meta = instance.meta
    if meta is None:
        return
    declared = (meta.raw(_MEDIA_STORAGE_SOP_CLASS_UID) or b"").strip(b"\0 ").decode("latin-1")
    actual = instance.sop_class_uid.strip()
    if declared and actual and declared != actual:
        yield Found(_MEDIA_STORAGE_SOP_CLASS_UID, {"value": declared, "value_data_set": actual}, item=meta)


def fixed(faulty: Faulty) -> Iterator[Edit]:
    """Yield the UID of the Data Set for the header (PS3.10 Table 7.1-1)."""
    from dcmlint.fix.make import replaced

    uid = faulty.instance.sop_class_uid.strip()
    if uid.replace(".", "").isdigit() and uid.isascii():
        yield replaced(faulty.item, _MEDIA_STORAGE_SOP_CLASS_UID, uid.encode(), "UI")


RULE = Rule(
    severity="error",
    scope="instance",
    citation="PS3.10 Table 7.1-1",
    message="{attribute} is {value}, but SOP Class UID of the Data Set is {value_data_set}",
    check=check,
    accepts=has_usual_meta,
    on_bytes=True,
    fix=Fix(
        True,
        fixed,
        "Writes the SOP Class UID of the Data Set into the header: it is what the object is.",
        (
            Mended(
                lambda: part10({"SOPClassUID": _SECONDARY_CAPTURE}, meta={"MediaStorageSOPClassUID": _CT}),
                lambda: part10({"SOPClassUID": _SECONDARY_CAPTURE}),
            ),
        ),
    ),
    cases=(
        Case(passes=True, file=lambda: part10({"SOPClassUID": _CT})),
        Case(passes=True, file=lambda: part10({"SOPClassUID": _CT.encode() + b"\0\0"})),
        Case(
            passes=True,
            file=lambda: part10(
                {"FileSetID": "DISC"}, meta={"MediaStorageSOPClassUID": "1.2.840.10008.1.3.10"}
            ),
        ),
        Case(passes=True, file=lambda: part10({"SOPClassUID": None})),
        Case(
            passes=False,
            file=lambda: part10({"SOPClassUID": _SECONDARY_CAPTURE}, meta={"MediaStorageSOPClassUID": _CT}),
            at="MediaStorageSOPClassUID",
        ),
    ),
)
