"""Dates moved by whole days (PS3.15 E.3.6, Retain Longitudinal Temporal Information Modified Dates).

Times of day and offsets from UTC stay, so that every interval within a patient's data stays too.
"""

from __future__ import annotations

import datetime
import re

__all__ = ["shifted"]

_DA = re.compile(r"(\d{4})[.]?(\d{2})[.]?(\d{2})\Z")
_DT = re.compile(r"(\d{4})(\d{2})?(\d{2})?((?:\d{2}){0,3}(?:\.\d{1,6})?)([+-]\d{4})?\Z")
_TM = re.compile(r"\d{2}(?::?\d{2}(?::?\d{2}(?:\.\d{1,6})?)?)?\Z")


def shifted(vr: str, text: str, days: int) -> str | None:
    """Return one value of VR DA, DT or TM moved by `days`; None if it is not a valid value.

    A DT of a year or a month alone (PS3.5 6.2) is moved as its middle day would be.
    """
    if vr == "TM":
        return text if _TM.match(text) else None
    if vr == "DA":
        found = _DA.match(text)
        moved = _moved(int(found[1]), int(found[2]), int(found[3]), days) if found else None
        return None if moved is None else moved.strftime("%Y%m%d").zfill(8)
    return _date_time(text, days) if vr == "DT" else None


def _date_time(text: str, days: int) -> str | None:
    found = _DT.match(text)
    if found is None:
        return None
    year, month, day, time, zone = found.groups(default="")
    if not day and time:
        return None
    moved = _moved(int(year), int(month or 7), int(day or 15 if month else 1), days)
    if moved is None:
        return None
    return f"{moved.year:04d}{moved.month:02d}{moved.day:02d}"[: len(year + month + day)] + time + zone


def _moved(year: int, month: int, day: int, days: int) -> datetime.date | None:
    try:
        return datetime.date(year, month, day) + datetime.timedelta(days)
    except (ValueError, OverflowError):
        return None
