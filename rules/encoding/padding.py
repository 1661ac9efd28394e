"""A value field is padded with the wrong byte or with more of them than needed.

## What it does
Reports text and string values that end with a NUL, where PS3.5 asks for a space, and UIDs that end with a
space or with more than the single NUL that makes their length even. NULs inside a value are reported by
`value/invalid-lo` and its like.

## Why this matters
Code that compares the bytes finds `ORIGINAL\\0` and `ORIGINAL` different, and a UID with a space behind it
is another key in many databases.

## Example
Manufacturer (0008,0070) padded with a NUL; SOP Instance UID (0008,0018) padded with a space.

## Fix
Pad UI with one NUL and all other text with spaces, to an even length.
"""

from __future__ import annotations

from collections.abc import Iterator

from dcmlint.model import Found
from dcmlint.rule import Raw, Rule, bad, good
from dcmlint.value import Value


def check(value: Value) -> Iterator[Found]:
    """Yield a finding if the value is padded otherwise than PS3.5 says."""
    raw = value.raw
    if value.vr == "UI":
        what = _uid_padding(raw)
    elif raw.endswith(b"\0"):
        what = "padded with NUL instead of a space" if raw.strip(b"\0 ") else "made of padding only"
    else:
        what = ""
    if what:
        yield Found(value.tag, {"what": what})


def _uid_padding(raw: bytes) -> str:
    rest = raw.rstrip(b" \0")
    padding = raw[len(rest) :]
    if not rest:
        return "made of padding only" if raw else ""
    if b" " in padding:
        return "padded with a space instead of NUL"
    return "padded with more than one NUL" if len(padding) > 1 else ""


RULE = Rule(
    severity="warning",
    scope="value",
    citation="PS3.5 Section 6.2",
    message="{attribute} is {what}",
    selects=(
        *("AE", "AS", "CS", "DA", "DS", "DT", "IS", "LO", "LT"),
        *("PN", "SH", "ST", "TM", "UC", "UI", "UR", "UT"),
    ),
    check=check,
    by_value=True,
    cases=(
        good(Manufacturer="ACME"),
        good(Manufacturer=Raw("LO", b"ACME  ")),
        good(SOPInstanceUID=Raw("UI", b"1.2.3\0")),
        good(Manufacturer=""),
        good(Manufacturer=Raw("LO", b"A\0C ")),
        bad("Manufacturer", Manufacturer=Raw("LO", b"ACM\0")),
        bad("Modality", Modality=Raw("CS", b"CT\0\0")),
        bad("StudyDate", StudyDate=Raw("DA", bytes(8))),
        bad("InstitutionAddress", InstitutionAddress=Raw("ST", b"A \0\0")),
        bad("SOPInstanceUID", SOPInstanceUID=Raw("UI", b"1.2.3 ")),
        bad("SOPInstanceUID", SOPInstanceUID=Raw("UI", b"1.2.3.45\0\0")),
        bad("SOPInstanceUID", SOPInstanceUID=Raw("UI", b"\0\0")),
    ),
)
