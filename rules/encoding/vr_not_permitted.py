"""A Data Element has another VR than PS3.6 gives it.

## What it does
Compares the VR of each standard attribute in an Explicit VR Transfer Syntax with PS3.6, where several may
be permitted ("US or SS", "OB or OW"). UN has a rule of its own, `encoding/vr-unknown`, and the VR of Pixel
Data is `pixel/vr`. URLs and retired attributes under the VR that an earlier edition gave them are only
worth a warning.

## Why this matters
Readers take the VR from the file or from their dictionary. Where the two differ, one of them reads a
number as text, or fails when it writes the object in Implicit VR.

## Example
(0020,0010) Study ID with VR IS; PS3.6 says SH.

## Fix
Write the attribute with the VR of PS3.6, and convert its value where the form differs.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from dcmlint.model import Found, Severity
from dcmlint.read.encode import part10
from dcmlint.read.forms import NEVER_SPLIT
from dcmlint.read.vr import BINARY_SIZE
from dcmlint.rule import Faulty, Fix, Mended, Raw, Rule, bad, good
from dcmlint.standard.dictionary import Entry, entry
from dcmlint.value import Value

if TYPE_CHECKING:
    from dcmlint.fix.edit import Edit

_PIXEL_DATA = 0x7FE00010


def check(value: Value) -> Iterator[Found]:
    """Yield an element whose VR is none of those of PS3.6 (PS3.5 7.1.2)."""
    if value.vr == "UN" or value.tag == _PIXEL_DATA:
        return
    known = entry(value.tag)
    if known is None or value.vr in known.vr.split(" or "):
        return
    yield Found(value.tag, {"vr": value.vr, "expected": known.vr}, severity=_severity(known, value.vr))


def _severity(known: Entry, vr: str) -> Severity | None:
    """Return "warning" where an earlier edition of PS3.6 had this VR, or may have had it."""
    was_text = known.vr == "UR" and vr in ("LT", "ST", "UT")
    was_short = known.vr == "UC" and vr in ("LO", "SH")
    return "warning" if known.retired or was_text or was_short else None


_SAME_NUMBERS = frozenset(("SS US", "US SS", "SL UL", "UL SL", "SV UV", "UV SV"))


def fixed(faulty: Faulty) -> Iterator[Edit]:
    """Yield the element with the VR of PS3.6, where the same bytes say the same under both.

    That is so for text, and for numbers that are not negative with and without a sign.
    """
    from dcmlint.fix.make import certain_vr, replaced

    item, tag = faulty.item, faulty.tag or 0
    vr, old, raw = certain_vr(tag), item.elements[tag][0], item.raw(tag)
    if not vr or raw is None or "SQ" in (vr, old):
        return
    is_text = vr not in BINARY_SIZE and old not in BINARY_SIZE
    if b"\\" in raw and (vr in NEVER_SPLIT) != (old in NEVER_SPLIT):
        return  # a backslash parts values in one of them, and is text in the other
    if is_text or (
        f"{old} {vr}" in _SAME_NUMBERS and _is_positive(raw, vr, big_endian=faulty.instance.big_endian)
    ):
        yield replaced(item, tag, raw.rstrip(b"\0 ") if "UI" in (vr, old) else raw, vr)


def _is_positive(raw: bytes, vr: str, *, big_endian: bool) -> bool:
    size = BINARY_SIZE[vr]
    first = 0 if big_endian else size - 1
    return len(raw) % size == 0 and all(byte < 0x80 for byte in raw[first::size])


RULE = Rule(
    severity="error",
    scope="value",
    citation="PS3.6 Section 6",
    message="{attribute} has VR {vr}; PS3.6 has {expected}",
    selects=("other vr",),
    check=check,
    by_value=True,
    fix=Fix(
        True,
        fixed,
        "Writes the VR of PS3.6 where the same bytes say the same under both: text, and numbers that are not "
        "negative with and without a sign.",
        (
            Mended(
                lambda: part10({"StudyID": Raw("IS", b"1 "), "Rows": Raw("SS", b"\1\0")}),
                lambda: part10({"StudyID": "1", "Rows": 1}),
            ),
            Mended(
                lambda: part10({"Rows": Raw("SS", b"\1\x80"), "Columns": Raw("UL", bytes(4))}),
                lambda: part10({"Rows": Raw("SS", b"\1\x80"), "Columns": Raw("UL", bytes(4))}),
            ),
            Mended(
                lambda: part10({"StudyDescription": Raw("LT", b"A\\B "), "StudyID": Raw("LT", b"A ")}),
                lambda: part10({"StudyDescription": Raw("LT", b"A\\B "), "StudyID": "A"}),
            ),
        ),
    ),
    cases=(
        good(StudyID="1"),
        good(StudyID=Raw("UN", b"1 ")),
        good(SmallestImagePixelValue=Raw("SS", b"\0\0")),
        good(SmallestImagePixelValue=Raw("US", b"\0\0")),
        good(LUTData=Raw("OW", b"\0\0")),
        good(PixelData=Raw("OB", b"\0\0")),
        good(OverlayData=Raw("OB", b"\0\0")),
        good({"60023000": Raw("OW", b"\0\0"), "50003000": Raw("OB", b"\0\0")}),
        good({"00090010": "ACME", "00091001": Raw("IS", b"1 ")}),
        good({"00080000": Raw("UL", b"\0\0\0\0")}),
        bad("StudyID", StudyID=Raw("IS", b"1 ")),
        bad(
            "LongitudinalTemporalInformationModified",
            LongitudinalTemporalInformationModified=Raw("SH", b"REMOVED "),
        ),
        bad("SmallestImagePixelValue", SmallestImagePixelValue=Raw("UL", bytes(4))),
        bad("Rows", Rows=Raw("SS", b"\1\0")),
        bad("ReferencedStudySequence", ReferencedStudySequence=Raw("OB", b"")),
        bad("PatientID", PatientID=[{"PatientName": "A"}]),
        bad("RetrieveURL", RetrieveURL=Raw("UT", b"http")),
        bad(
            "ReferencedStudySequence[1].ReferencedSOPInstanceUID",
            ReferencedStudySequence=[{"ReferencedSOPInstanceUID": Raw("LO", b"1.2 ")}],
        ),
    ),
)
