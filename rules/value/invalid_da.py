"""A date is not of the form YYYYMMDD or no day of the calendar.

## What it does
Checks each value of an Attribute of VR DA: eight digits that are a day of the Gregorian calendar,
nothing else. It tells the form YYYY.MM.DD of ACR-NEMA 2.0 and ranges, which only queries may hold,
apart from other garbage.

## Why this matters
Archives index studies by date. A date that cannot be parsed hides the study from every query by date
and stops imports into databases with a date column.

## Example
Patient's Birth Date (0010,0030) with the value `19790230`, or Study Date `1994.11.05`.

## Fix
Write YYYYMMDD. Leave the value empty where the date is not known (Type 2), or the Attribute out.
"""

from __future__ import annotations

from collections.abc import Iterator

from dcmlint.model import Found
from dcmlint.read.datetime_forms import date_fault
from dcmlint.rule import Raw, Rule, bad, good
from dcmlint.value import Value
from dcmlint.value_field import ascii_values, faulty


def check(value: Value) -> Iterator[Found]:
    """Yield a finding for the first value that is no date."""
    raw = value.raw.rstrip(b"\0")
    values = ascii_values(value)
    if raw and not raw.strip(b" "):
        yield Found(value.tag, {"what": "it consists of spaces only"}, severity="warning")
        return
    found = tuple(faulty(value, values, date_fault))
    if not found and len(raw) > sum(map(len, values)) + len(values):
        found = (Found(value.tag, {"what": "it has spaces around it, though its length is fixed"}),)
    yield from found


RULE = Rule(
    severity="error",
    scope="value",
    citation="PS3.5 Table 6.2-1 (DA)",
    message="{attribute} is no valid Date (DA): {what}",
    selects=("DA",),
    check=check,
    by_value=True,
    cases=(
        good(StudyDate="20240229"),
        good(StudyDate=""),
        good(DateOfSecondaryCapture="20000229"),
        good(DateOfLastCalibration=["20240101", "20231231"]),
        bad("StudyDate", StudyDate="20230229"),
        bad("StudyDate", StudyDate="19000229"),
        bad("StudyDate", StudyDate="20240431"),
        bad("StudyDate", StudyDate="20241301"),
        bad("StudyDate", StudyDate="00000000"),
        bad("StudyDate", StudyDate="1994.11.05"),
        bad("StudyDate", StudyDate="20240101-20240131"),
        bad("StudyDate", StudyDate="2024"),
        bad("StudyDate", StudyDate="***"),
        bad("StudyDate", StudyDate=Raw("DA", b"        ")),
        bad("StudyDate", StudyDate=Raw("DA", b"20240101  ")),
        bad("DateOfLastCalibration", DateOfLastCalibration=["20240101", "N/A"]),
    ),
)
