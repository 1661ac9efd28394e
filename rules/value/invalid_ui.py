"""A UID holds characters other than digits and periods.

## What it does
Checks the characters of each value of an Attribute of VR UI. How the components are built is
`uid/malformed`, padding is `encoding/padding`.

## Why this matters
UIDs are the keys of everything: archives, references and networks match them byte by byte, and many
systems reject an object whose UID is not one.

## Example
A SOP Instance UID (0008,0018) that is a hexadecimal hash, or a GUID with braces.

## Fix
Derive UIDs from an organisation's root, or from a UUID written as a decimal number below `2.25.`.
"""

from __future__ import annotations

from collections.abc import Iterator

from dcmlint.model import Found
from dcmlint.rule import Raw, Rule, bad, good
from dcmlint.value import Value
from dcmlint.value_field import faulty, trailing_stripped, what_byte

_ALLOWED = b"0123456789."


def check(value: Value) -> Iterator[Found]:
    """Yield a finding for the first UID with a character that is no digit or period."""
    yield from faulty(value, trailing_stripped(value), lambda part: what_byte(part, _ALLOWED))


RULE = Rule(
    severity="error",
    scope="value",
    citation="PS3.5 Table 6.2-1 (UI)",
    message="{attribute} is no valid Unique Identifier (UI): {what}",
    selects=("UI",),
    check=check,
    by_value=True,
    cases=(
        good(StudyInstanceUID="1.2.3"),
        good(StudyInstanceUID=Raw("UI", b"1.2.3 ")),
        good(StudyInstanceUID="01.2.3"),
        good(StudyInstanceUID=""),
        bad("StudyInstanceUID", StudyInstanceUID="05fa52f0e599f17b"),
        bad("StudyInstanceUID", StudyInstanceUID="{2.25.1}"),
        bad("StudyInstanceUID", StudyInstanceUID="1.2 .3"),
        bad("StudyInstanceUID", StudyInstanceUID=Raw("UI", b" 1.2.3")),
        bad("FailedSOPInstanceUIDList", FailedSOPInstanceUIDList=["1.2.3", "1.2.x"]),
    ),
)
