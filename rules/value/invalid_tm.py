"""A time is not of the form HHMMSS.FFFFFF or no time of the day.

## What it does
Checks each value of an Attribute of VR TM: hours, then optionally minutes, seconds and up to six digits
of a fraction, without colons, each within its range. Second 60 is a leap second and fine; trailing
spaces are.

## Why this matters
Times order acquisitions and give the decay of tracers. A time that cannot be parsed is dropped, and
what depends on it (SUV, cine timing, sorting) is silently wrong.

## Example
Study Time (0008,0030) with the value `11:20:00`, `240000` or `9`.

## Fix
Write HHMMSS with leading zeros; midnight is `000000`.
"""

from __future__ import annotations

from collections.abc import Iterator

from dcmlint.model import Found
from dcmlint.read.datetime_forms import time_fault
from dcmlint.rule import Raw, Rule, bad, good
from dcmlint.value import Value
from dcmlint.value_field import faulty, trailing_stripped


def check(value: Value) -> Iterator[Found]:
    """Yield a finding for the first value that is no time."""
    if value.raw.rstrip(b"\0") and not value.raw.strip(b" \0"):
        yield Found(value.tag, {"what": "it consists of spaces only"}, severity="warning")
        return
    yield from faulty(value, trailing_stripped(value), time_fault)


RULE = Rule(
    severity="error",
    scope="value",
    citation="PS3.5 Table 6.2-1 (TM)",
    message="{attribute} is no valid Time (TM): {what}",
    selects=("TM",),
    check=check,
    by_value=True,
    cases=(
        good(StudyTime="112000.123456"),
        good(StudyTime="1120"),
        good(StudyTime="07"),
        good(StudyTime="235960"),
        good(StudyTime=Raw("TM", b"112000.1    ")),
        good(StudyTime=""),
        bad("StudyTime", StudyTime="11:20:00"),
        bad("StudyTime", StudyTime="240000"),
        bad("StudyTime", StudyTime="116000"),
        bad("StudyTime", StudyTime="112061"),
        bad("StudyTime", StudyTime="9"),
        bad("StudyTime", StudyTime="112000."),
        bad("StudyTime", StudyTime="112000.1234567"),
        bad("StudyTime", StudyTime="1120.5"),
        bad("StudyTime", StudyTime=Raw("TM", b" 112000 ")),
        bad("StudyTime", StudyTime=Raw("TM", b"      ")),
        bad("StudyTime", StudyTime="100000-110000"),
        bad("TimeOfLastCalibration", TimeOfLastCalibration=["1200", "noon"]),
    ),
)
