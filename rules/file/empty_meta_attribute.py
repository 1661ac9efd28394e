"""A mandatory attribute of the File Meta Information has no value.

## What it does
Reports zero-length Type 1 attributes of group 0002, those that hold nothing but padding included.

## Why this matters
A Type 1 attribute must have a value. An empty Transfer Syntax UID leaves the encoding of the Data Set
unknown, empty Media Storage UIDs leave the file without identity.

## Example
`(0002,0012) UI (zero length)`

## Fix
Give the attribute its value: write the file again with a library that fills in the File Meta Information.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from dcmlint.model import Found
from dcmlint.read.encode import ABSENT, part10
from dcmlint.read.item import Instance
from dcmlint.read.usual import has_usual_meta
from dcmlint.rule import Case, Faulty, Fix, Mended, Rule

if TYPE_CHECKING:
    from dcmlint.fix.edit import Edit

_TYPE_1 = (0x00020000, 0x00020001, 0x00020002, 0x00020003, 0x00020010, 0x00020012)
_UIDS = frozenset(_TYPE_1[2:])


_OBJECT = {"SOPClassUID": "1.2.840.10008.5.1.4.1.1.7", "SOPInstanceUID": "1.2.3"}


def check(instance: Instance) -> Iterator[Found]:
    """Yield each Type 1 attribute of group 0002 that is there without a value (PS3.10 Table 7.1-1)."""
    meta = instance.meta
    if meta is None:
        return
    elements = meta.elements
    for tag in _TYPE_1:
        found = elements.get(tag)
        if found is None:
            continue
        if not found[2] or (tag in _UIDS and not (meta.raw(tag) or b"").strip(b"\0 ")):
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
    message="{attribute} of the File Meta Information is empty",
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
            Mended(
                lambda: part10(_OBJECT, meta={"MediaStorageSOPInstanceUID": None}),
                lambda: part10(_OBJECT),
            ),
            Mended(
                lambda: part10(_OBJECT, meta={"TransferSyntaxUID": b"\0\0"}),
                lambda: part10(_OBJECT),
            ),
        ),
    ),
    cases=(
        Case(passes=True, file=lambda: part10({})),
        Case(passes=True, file=lambda: part10({}, meta={"TransferSyntaxUID": ABSENT})),
        Case(passes=True, file=lambda: part10({}, meta={"SourceApplicationEntityTitle": None})),
        Case(passes=True, file=lambda: part10({}, meta={"FileMetaInformationVersion": b"\0\0"})),
        Case(
            passes=False,
            file=lambda: part10({}, meta={"TransferSyntaxUID": None}),
            at="TransferSyntaxUID",
        ),
        Case(
            passes=False,
            file=lambda: part10({}, meta={"ImplementationClassUID": b"\0\0"}),
            at="ImplementationClassUID",
        ),
        Case(
            passes=False,
            file=lambda: part10({}, meta={"FileMetaInformationVersion": None}),
            at="FileMetaInformationVersion",
        ),
    ),
)
