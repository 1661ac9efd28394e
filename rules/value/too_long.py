"""A value is longer than its VR allows.

## What it does
Counts the characters of each value of LO (64), SH (16), ST (1024) and LT (10240), of each component group
of PN (64), and the bytes of each value of AE, CS and DS (16) and IS (12). Padding at the end is not
counted, escape sequences and the bytes of multi-byte characters are not counted as characters. UIDs are
`uid/malformed`, dates and times have the length that their form gives them.

## Why this matters
Receivers reserve what the VR allows: databases reject the row or cut the value, so that an accession
number or patient identifier no longer matches.

## Example
Accession Number (0008,0050), of VR SH, with 22 characters, or a Decimal String `0.12345678901234567`.

## Fix
Shorten the value where it is made, in the worklist or the protocol, not by cutting it on the way out. Round
Decimal Strings to 16 characters.
"""

from __future__ import annotations

from collections.abc import Iterator
from unicodedata import normalize

from dcmlint.model import Found
from dcmlint.read.forms import LIMITS, NEVER_SPLIT, PADDING, TEXT_LIMITS
from dcmlint.rule import Raw, Rule, bad, good
from dcmlint.value import Value
from dcmlint.value_field import text, trailing_stripped

_SPACES_BEFORE = ("AE", "CS")


def check(value: Value) -> Iterator[Found]:
    """Yield a finding for the first value that is too long."""
    limit = LIMITS.get(value.vr)
    if limit is not None:
        parts = trailing_stripped(value)
        lengths, unit = (
            [len(part.lstrip(b" ") if value.vr in _SPACES_BEFORE else part) for part in parts],
            "bytes",
        )
    else:
        limit = TEXT_LIMITS[value.vr]
        lengths, unit = _characters(value), "characters"
    for number, length in enumerate(lengths, 1):
        if length > limit:
            of = f" in value {number}" if len(lengths) > 1 else ""
            yield Found(value.tag, {"vr": value.vr, "length": length, "limit": limit, "unit": unit + of})
            return


def _characters(value: Value) -> list[int]:
    """Return the number of characters of each value, of the longest component group for PN."""
    decoded, charset = text(value)
    content = decoded.value
    if decoded.fault is not None:
        if charset.kind == "extended" or charset.codec in ("gb18030", "gbk"):
            return []
        content = value.raw.rstrip(PADDING).decode("utf_8", "ignore")
    content = normalize("NFC", content)
    values = [content] if value.vr in NEVER_SPLIT else content.split("\\")
    if value.vr == "PN":
        return [max(len(group.strip(" ")) for group in part.split("=")) for part in values]
    return [len(part.rstrip(" ") if value.vr in NEVER_SPLIT else part.strip(" ")) for part in values]


RULE = Rule(
    severity="error",
    scope="value",
    citation="PS3.5 Table 6.2-1",
    message="{attribute} is too long for {vr}: {length} {unit}, {limit} are allowed",
    selects=("AE", "CS", "DS", "IS", "LO", "LT", "PN", "SH", "ST"),
    check=check,
    by_value=True,
    cases=(
        good(AccessionNumber="1234567890123456"),
        good(SeriesDescription=Raw("LO", b"A" * 60 + b" " * 10)),
        good(SpecificCharacterSet="ISO_IR 192", StationName="Universität Müns"),
        good(SpecificCharacterSet="\\ISO 2022 IR 149", StationName="길동길동길동길동길동길동길동길동"),
        good(SpecificCharacterSet="GB18030", AccessionNumber="小东小东小东小东小东小东小东小东"),
        good(PatientName="=".join(("A" * 64, "B" * 64, "C" * 64))),
        good(SliceThickness=["0.1234567890123"]),
        good(ImageType=["DERIVED", "SECONDARY", "ABCDEFGHIJKLMNOP"]),
        good(AdditionalPatientHistory="x" * 10240),
        bad("AccessionNumber", AccessionNumber="12345678901234567"),
        bad("SeriesDescription", SeriesDescription="x" * 65),
        bad("PatientName", PatientName="A" * 30 + "^" + "B" * 34),
        bad("PatientName", SpecificCharacterSet="ISO_IR 192", PatientName="Doe=" + "山" * 65),
        bad("SliceThickness", SliceThickness="0.12345678901234567"),
        bad("SeriesNumber", SeriesNumber="0000000000001"),
        bad("StationAETitle", StationAETitle="ANAPPLICATIONTITLE"),
        bad("BodyPartExamined", BodyPartExamined="LEFTUPPEREXTREMITY"),
        bad("InstitutionAddress", InstitutionAddress="x" * 1025),
        bad("AdditionalPatientHistory", AdditionalPatientHistory="x" * 10241),
        bad("ImageType", ImageType=["DERIVED", "SECONDARY", "ABCDEFGHIJKLMNOPQ"]),
    ),
)
