"""A date and time is not of the form YYYYMMDDHHMMSS.FFFFFF&ZZXX or does not exist.

## What it does
Checks each value of an Attribute of VR DT: a year, then optionally month, day, hour, minute, second and
a fraction, each within its range, and an optional offset from UTC between -1200 and +1400.

## Why this matters
Date Times carry injection and acquisition instants and the time zone with them; a reader that fails on
one loses the instant, or takes local time for UTC.

## Example
Acquisition DateTime (0008,002A) with the value `2024-01-31T12:00:00` or `20240131120000+1500`.

## Fix
Write the components without separators, largest first; leave out from the right what is not known.
"""

from __future__ import annotations

from collections.abc import Iterator

from dcmlint.model import Found
from dcmlint.read.datetime_forms import datetime_fault
from dcmlint.rule import Raw, Rule, bad, good
from dcmlint.value import Value
from dcmlint.value_field import faulty, trailing_stripped


def check(value: Value) -> Iterator[Found]:
    """Yield a finding for the first value that is no date and time."""
    if value.raw.rstrip(b"\0") and not value.raw.strip(b" \0"):
        yield Found(value.tag, {"what": "it consists of spaces only"}, severity="warning")
        return
    yield from faulty(value, trailing_stripped(value), datetime_fault)


RULE = Rule(
    severity="error",
    scope="value",
    citation="PS3.5 Table 6.2-1 (DT)",
    message="{attribute} is no valid Date Time (DT): {what}",
    selects=("DT",),
    check=check,
    by_value=True,
    cases=(
        good(AcquisitionDateTime="20240131120000.123456+0100"),
        good(AcquisitionDateTime="2024"),
        good(AcquisitionDateTime="202401"),
        good(AcquisitionDateTime="2024+0000"),
        good(AcquisitionDateTime="20240229-1200"),
        good(AcquisitionDateTime=""),
        bad("AcquisitionDateTime", AcquisitionDateTime="2024-01-31T12:00:00"),
        bad("AcquisitionDateTime", AcquisitionDateTime="20240131120000+1500"),
        bad("AcquisitionDateTime", AcquisitionDateTime="20240131120000-0000"),
        bad("AcquisitionDateTime", AcquisitionDateTime="20240131120000.+0100"),
        bad("AcquisitionDateTime", AcquisitionDateTime="20230229"),
        bad("AcquisitionDateTime", AcquisitionDateTime="2024013124"),
        bad("AcquisitionDateTime", AcquisitionDateTime="202413"),
        bad("AcquisitionDateTime", AcquisitionDateTime="20240131.5"),
        bad("AcquisitionDateTime", AcquisitionDateTime=Raw("DT", b"        ")),
        bad("AcquisitionDateTime", AcquisitionDateTime="20240131120000.1234567"),
    ),
)
