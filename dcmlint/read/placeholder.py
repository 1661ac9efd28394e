"""Values that stand in for an identity or a date that was not known."""

from __future__ import annotations

import re
from functools import cache

from dcmlint.standard.dictionary import tag_of

__all__ = ["DATES", "IDENTIFIERS", "NAMES", "is_placed", "is_placeholder", "placeholder_pattern"]

NAMES = (
    "NameOfPhysiciansReadingStudy",
    "PatientName",
    "PerformingPhysicianName",
    "PhysiciansOfRecord",
    "ReferringPhysicianName",
    "RequestingPhysician",
)
"""Attributes that name a patient or a physician. Operators are left out: they use initials."""

IDENTIFIERS = ("AccessionNumber", "OtherPatientIDs", "PatientID")
"""Attributes that identify the patient or the imaging service request."""

DATES = ("AcquisitionDate", "ContentDate", "PatientBirthDate", "SeriesDate", "StudyDate")
"""Attributes that hold a date of the patient or of the examination."""

_WORD = (
    rb"UNKNOWN|UNK|NONE|NULL|NIL|NA|N/A|N\.A\.|NAN|TEST|DUMMY|DEFAULT|UNDEFINED|UNSPECIFIED|"
    rb"NOT[ _-]?(?:AVAILABLE|KNOWN|SPECIFIED|APPLICABLE|GIVEN|SET|ENTERED)|"
    rb"NO[ _-]?(?:NAME|ID|VALUE)|TBD|X{3,}|[?*.#_-]+"
)
_IDENTIFIER = rb"(?:" + _WORD + rb"|0+|-1|9{5,})"
# No image is older than 1895; 1970 and 1980 are where clocks start that were never set.
_BEFORE_1900 = rb"(?:0\d|1[0-8])\d{6}|19000101|9999\d{4}"
_PATTERNS = {
    "PN": rb"(?:" + _WORD + rb")",
    "LO": _IDENTIFIER,
    "SH": _IDENTIFIER,
    "DA": rb"(?:" + _BEFORE_1900 + rb"|19700101|19800101)",
}


@cache
def _tags() -> frozenset[int]:
    return frozenset(tag_of(keyword) for keyword in (*NAMES, *IDENTIFIERS, *DATES))


def is_placed(tag: int) -> bool:
    """Tell whether an Attribute holds an identity or a date that placeholders are looked for in."""
    return tag in _tags()


def placeholder_pattern(vr: str) -> bytes:
    """Return a pattern that every placeholder of a VR starts with, up to a delimiter or the end."""
    end = rb"[ \0]*(?:[\\^]|\Z)"
    if vr == "PN":
        return rb"(?i:\^|(?:PATIENT|" + _PATTERNS["PN"] + rb")" + end + rb")"
    return rb"(?i:" + _PATTERNS.get(vr, rb"(?!)") + end + rb")"


def is_placeholder(value: str, keyword: str) -> bool:
    """Tell whether one value of an Attribute of `NAMES`, `IDENTIFIERS` or `DATES` is a placeholder."""
    text = value.strip().encode("utf-8", "replace")
    if keyword in NAMES:
        components = [part.strip() for part in re.split(rb"[\^=]", text) if part.strip()]
        words = [part for part in components if _compiled("PN").fullmatch(part)]
        rest = [part for part in components if part.upper() != b"PATIENT"]
        return bool(words) and len(words) >= len(rest)
    if keyword in IDENTIFIERS:
        return _compiled("LO").fullmatch(text) is not None
    # A birth on the first day of 1970 or 1980 is nothing unusual.
    if keyword == "PatientBirthDate" and text in (b"19700101", b"19800101"):
        return False
    return _compiled("DA").fullmatch(text) is not None


@cache
def _compiled(vr: str) -> re.Pattern[bytes]:
    return re.compile(_PATTERNS[vr], re.IGNORECASE)
