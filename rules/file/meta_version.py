"""File Meta Information Version is not the version that PS3.10 describes.

## What it does
Reports a File Meta Information Version that is not the two bytes 00 01 in VR OB.

## Why this matters
The version tells a reader how to read the header. Readers must look only at the lowest bit of the second
byte; where it is not set, a reader that obeys PS3.10 may refuse the file.

## Example
`01 00`: the number 1 written as a little endian word instead of two bytes.

## Fix
Write 00 01.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from dcmlint.model import Found, Raw
from dcmlint.read.encode import ABSENT, part10
from dcmlint.read.item import Instance
from dcmlint.read.usual import has_usual_meta
from dcmlint.rule import Case, Faulty, Fix, Mended, Rule

if TYPE_CHECKING:
    from dcmlint.fix.edit import Edit

_VERSION = 0x00020001


def check(instance: Instance) -> Iterator[Found]:
    """Yield a version that is neither empty nor 00 01 (PS3.10 Table 7.1-1)."""
    meta = instance.meta
    if meta is None:
        return
    raw = meta.raw(_VERSION)
    if raw and raw != b"\0\1":
        yield Found(_VERSION, {"found": raw[:4].hex(" "), "count": len(raw)}, item=meta)
    elif raw and meta.elements[_VERSION][0] != "OB":
        yield Found(_VERSION, {"found": f"in VR {meta.elements[_VERSION][0]}", "count": len(raw)}, item=meta)


def fixed(faulty: Faulty) -> Iterator[Edit]:
    """Yield the version of PS3.10, the only one there has been."""
    from dcmlint.fix.make import added

    yield added(faulty.item, _VERSION, "OB", b"\0\1")


def _with(version: object) -> Case:
    return Case(
        passes=False,
        file=lambda: part10({}, meta={"FileMetaInformationVersion": version}),
        at="FileMetaInformationVersion",
    )


RULE = Rule(
    severity="warning",
    scope="instance",
    citation="PS3.10 Table 7.1-1",
    message="{attribute} is {found} ({count} bytes) where PS3.10 has the two bytes 00 01 of VR OB",
    check=check,
    accepts=has_usual_meta,
    on_bytes=True,
    fix=Fix(
        True,
        fixed,
        "Writes 00 01, the only version that there has been.",
        (
            Mended(
                lambda: part10({}, meta={"FileMetaInformationVersion": b"\1\0"}),
                lambda: part10({}),
            ),
            Mended(
                lambda: part10({}, meta={"FileMetaInformationVersion": b"\0\1\0\0"}),
                lambda: part10({}),
            ),
            Mended(
                lambda: part10({}, meta={"FileMetaInformationVersion": Raw("UN", b"\0\1")}),
                lambda: part10({}),
            ),
        ),
    ),
    cases=(
        Case(passes=True, file=lambda: part10({})),
        Case(passes=True, file=lambda: part10({}, meta={"FileMetaInformationVersion": ABSENT})),
        Case(passes=True, file=lambda: part10({}, meta={"FileMetaInformationVersion": None})),
        _with(b"\1\0"),
        _with(b"\0\2"),
        _with(b"\0\1\0\0"),
        _with(Raw("UN", b"\0\1")),
    ),
)
