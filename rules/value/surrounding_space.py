"""A value starts with spaces, or is padded with more than one space.

## What it does
Notes values of CS, LO, PN, SH and UC with spaces before them, and with more spaces behind them than the
one that makes the value field even. DICOM ignores these spaces, many programs do not. Numbers, times and
Application Entity Titles, where such spaces are usual, and ST, LT and UT, where spaces format the text,
are left alone.

## Why this matters
A patient identifier `"12345   "` is another patient than `"12345"` for a database that does not trim it.

## Example
Patient ID (0010,0020) from a record of fixed width, filled with spaces.

## Fix
Trim values when they are taken over from records, forms or messages.
"""

from __future__ import annotations

from collections.abc import Iterator

from dcmlint.model import Found
from dcmlint.rule import EXEMPT, Raw, Rule, bad, good
from dcmlint.standard.dictionary import keyword_of
from dcmlint.value import Value


def check(value: Value, exempt: tuple[str, ...] = ()) -> Iterator[Found]:
    """Yield a finding if spaces surround one of the values."""
    if keyword_of(value.tag) in exempt:
        return
    raw = value.raw.rstrip(b"\0")
    if not raw.strip(b" "):
        if raw:
            yield Found(value.tag, {"what": "spaces and nothing else"})
        return
    field = raw.removesuffix(b" ")
    values = field.split(b"\\")
    if any(part.startswith(b" ") for part in values):
        yield Found(value.tag, {"what": "spaces before its value"})
    elif any(part.endswith(b" ") for part in values):
        yield Found(value.tag, {"what": "more spaces behind its value than padding needs"})


RULE = Rule(
    severity="note",
    scope="value",
    citation="PS3.5 Table 6.2-1",
    message="{attribute} has {what}",
    selects=("CS", "LO", "PN", "SH", "UC"),
    check=check,
    by_value=True,
    parameters={"exempt": EXEMPT},
    cases=(
        good(PatientID="12345"),
        good(ImageType=["ORIGINAL", "PRIMARY"]),
        good(SliceThickness=Raw("DS", b"  5.0 ")),
        good(InstitutionAddress=Raw("ST", b"  Street\r\n  Town  ")),
        good(PatientID=""),
        bad("PatientID", PatientID=Raw("LO", b"12345   ")),
        bad("PatientID", PatientID=Raw("LO", b"  12345 ")),
        bad("Modality", Modality=Raw("CS", b"CT  ")),
        bad("PatientName", PatientName=Raw("PN", b" Doe^Joe")),
        bad("StationName", StationName=Raw("SH", b"    ")),
        bad("ImageType", ImageType=Raw("CS", b"ORIGINAL \\PRIMARY")),
    ),
)
