"""A date within GE's private elements is none of those that the image has otherwise.

## What it does
Compares (0009,xx27) and (0009,xxE9) of GEMS_IDEN_01, the times of image and series in seconds since 1970,
with Instance Creation, Content, Acquisition, Series and Study Date. Reports a time that is more than a
day before or after each of them.

## Why this matters
Where dates were shifted or replaced to protect a patient, this number gives the real date away, and with
it the shift of all others. Where they were not, one of the dates is wrong.

## Example
Acquisition Date is 20200101 and Study Date as well; (0009,1027) is 862399669, in April 1997.

## Fix
Shift or remove the private times with the dates: the block GEMS_IDEN_01 is needed by no reader of images.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator

from dcmlint.model import Found
from dcmlint.read.item import Item
from dcmlint.rule import Raw, Rule, bad, good
from dcmlint_vendors.private import element, number

CREATOR = "GEMS_IDEN_01"
TIMES = (0x27, 0xE9)
DATES = ("InstanceCreationDate", "ContentDate", "AcquisitionDate", "SeriesDate", "StudyDate")
A_DAY_S = 86_400


def check(item: Item) -> Iterator[Found]:
    """Yield each of GE's times that is on no day of the Data Set, one more or less for the time zone."""
    days = [day for keyword in DATES for value in item.get(keyword) or () if (day := _day(value)) is not None]
    for identifier in TIMES if days else ():
        tag = element(item, 0x0009, CREATOR, identifier)
        seconds = number(item, tag, "SL")
        if seconds is not None and seconds > 0 and all(abs(seconds // A_DAY_S - day) > 1 for day in days):
            yield Found(tag)


def _day(value: object) -> int | None:
    """Return the day since 1970 of a date, None if it is none."""
    if not (isinstance(value, str) and value.isascii() and value.isdigit() and len(value) == 8):
        return None
    try:
        date = datetime.date(int(value[:4]), int(value[4:6]), int(value[6:]))
    except ValueError:
        return None
    return (date - datetime.date(1970, 1, 1)).days


def _times(*seconds: int, vr: str = "SL") -> dict[str, object]:
    tags = ("00091027", "000910E9")
    written = [Raw(vr, second.to_bytes(4, "little", signed=True)) for second in seconds]
    return {"00090010": CREATOR, **dict(zip(tags, written, strict=False))}


RULE = Rule(
    severity="warning",
    scope="item",
    citation="PS3.5 Section 7.8 (private data of GE, GEMS_IDEN_01)",
    message="{attribute} is a time on another day than every date of the image: it gives the date away, "
    "or one of them is wrong",
    selects=("private",),
    check=check,
    cases=(
        good(_times(862_399_669, 862_399_669), AcquisitionDate="19970430"),
        good(_times(862_399_669), AcquisitionDate="19970501"),
        good(_times(862_399_669), AcquisitionDate="19970430", StudyDate="20200101"),
        good(_times(862_399_669)),
        good(_times(862_399_669), StudyDate="1997.04.30"),
        good(_times(0), StudyDate="20200101"),
        good(_times(862_399_669, vr="UN"), ContentDate="19970429"),
        bad("(0009,1027)", _times(862_399_669), StudyDate="20200101"),
        bad("(0009,10E9)", _times(0, 862_399_669), StudyDate="19970502", ContentDate="20200101"),
        bad("(0009,1027)", _times(862_399_669, vr="UN"), StudyDate="20200101"),
    ),
)
