"""What is wrong with a date or a time that has not the form of DA, TM or DT (PS3.5 Table 6.2-1)."""

from __future__ import annotations

import re

from dcmlint.read.forms import form

__all__ = ["date_fault", "datetime_fault", "time_fault"]

_OLD_DATE = re.compile(rb"\d{4}\.\d\d?\.\d\d?")
_OLD_TIME = re.compile(rb"\d\d:\d\d(?::\d\d(?:\.\d*)?)?")
_DATETIME = re.compile(rb"(\d{4})(\d\d)?(\d\d)?(\d\d)?(\d\d)?(\d\d)?(\.\d{1,6})?([+-]\d{4})?")
_RANGE = re.compile(rb"[0-9.:+]*-[0-9.:+]*")


def date_fault(part: bytes) -> str:
    """Return what is wrong with a DA value, "" if it is a date of the Gregorian calendar."""
    if not (len(part) == 8 and part.isdigit()):
        if _OLD_DATE.fullmatch(part):
            return "has the form YYYY.MM.DD of ACR-NEMA 2.0"
        if _RANGE.fullmatch(part) and len(part) > 8:
            return "is a range, which has its place in queries only"
        return "is not of the form YYYYMMDD"
    return _no_such_day(int(part[:4]), int(part[4:6]), int(part[6:]))


def _days(year: int, month: int) -> int:
    """Return the days of a month of the Gregorian calendar."""
    if month == 2:
        return 29 if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) else 28
    return 30 if month in (4, 6, 9, 11) else 31


def _no_such_day(year: int, month: int, day: int) -> str:
    if not year:
        return "has the year 0000, which the Gregorian calendar lacks"
    if not 1 <= month <= 12:
        return f"has the month {month:02d}"
    if not 1 <= day <= _days(year, month):
        return f"has the day {day:02d}, which that month lacks"
    return ""


def time_fault(part: bytes) -> str:
    """Return what is wrong with a TM value, "" if it is a time."""
    if form("TM").fullmatch(part):
        return ""
    if _OLD_TIME.fullmatch(part):
        return "has the form HH:MM:SS of ACR-NEMA 2.0"
    if _RANGE.fullmatch(part):
        return "is a range, which has its place in queries only"
    digits, _, fraction = part.partition(b".")
    if not digits.isdigit() or len(digits) not in (2, 4, 6) or (fraction and not fraction.isdigit()):
        return "is not of the form HHMMSS.FFFFFF"
    return _no_such_time(digits) or _no_such_fraction(part, digits, fraction)


def _no_such_time(digits: bytes) -> str:
    for start, name, most in ((0, "hour", 23), (2, "minute", 59), (4, "second", 60)):
        number = digits[start : start + 2]
        if number and int(number) > most:
            return f"has the {name} {int(number):02d}"
    return ""


def _no_such_fraction(part: bytes, digits: bytes, fraction: bytes) -> str:
    if len(digits) < 6 and b"." in part:
        return "has a fraction without seconds"
    if not fraction and b"." in part:
        return "has a decimal point without a fraction"
    return "has more than six digits after the decimal point" if len(fraction) > 6 else ""


def datetime_fault(part: bytes) -> str:
    """Return what is wrong with a DT value, "" if it is a date and time."""
    found = _DATETIME.fullmatch(part)
    if found is None or (found[7] and not found[6]):
        return "is not of the form YYYYMMDDHHMMSS.FFFFFF&ZZXX"
    year, month, day, *time = found.groups()[:6]
    if month is None:
        what = "" if int(year) else "has the year 0000, which the Gregorian calendar lacks"
    else:
        what = _no_such_day(int(year), int(month), 1 if day is None else int(day))
    return what or _no_such_time(b"".join(filter(None, time))) or _no_such_offset(found[8])


def _no_such_offset(offset: bytes | None) -> str:
    if offset is None:
        return ""
    if offset == b"-0000":
        return "has the offset -0000, which must be written +0000"
    hours, minutes = int(offset[1:3]), int(offset[3:])
    most = 1200 if offset.startswith(b"-") else 1400
    if minutes > 59 or hours * 100 + minutes > most:
        return "has an offset from UTC outside -1200 to +1400"
    return ""
