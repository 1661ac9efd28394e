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
from typing import TYPE_CHECKING

from dcmlint.model import Found
from dcmlint.read.encode import part10
from dcmlint.rule import Faulty, Fix, Mended, Raw, Rule, bad, good
from dcmlint.value import Value

if TYPE_CHECKING:
    from dcmlint.fix.edit import Edit


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


def fixed(faulty: Faulty) -> Iterator[Edit]:
    """Yield the value with the padding of its VR (PS3.5 6.2)."""
    from dcmlint.fix.make import replaced

    item, tag = faulty.item, faulty.tag or 0
    raw, vr = item.raw(tag), item.elements[tag][0]
    if raw is None or vr == "UN":
        return
    value = raw.rstrip(b" \0") if vr == "UI" else raw.rstrip(b"\0")
    if len(value) & 1 and value.endswith(b" "):
        value = value[:-1]
    yield replaced(item, tag, value if value.strip(b" \0") else b"")


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
    fix=Fix(
        True,
        fixed,
        "Takes the padding away and pads as PS3.5 says; a value of nothing but padding becomes empty.",
        (
            Mended(
                lambda: part10({"Manufacturer": Raw("LO", b"ACM\0"), "Modality": Raw("CS", b"CT\0\0")}),
                lambda: part10({"Manufacturer": "ACM", "Modality": "CT"}),
            ),
            Mended(
                lambda: part10(
                    {"StudyInstanceUID": Raw("UI", b"1.2.3 "), "SeriesInstanceUID": b"1.2.34\0\0"}
                ),
                lambda: part10({"StudyInstanceUID": "1.2.3", "SeriesInstanceUID": "1.2.34"}),
            ),
            Mended(
                lambda: part10({"StudyDate": bytes(8), "InstitutionAddress": Raw("ST", b"AB \0")}),
                lambda: part10({"StudyDate": None, "InstitutionAddress": "AB"}),
            ),
        ),
    ),
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
