"""The form of one value of each VR whose bytes are ISO 646, as patterns (PS3.5 Table 6.2-1).

The patterns take one value without its padding. The screens (`dcmlint.screen`) are made of the
same ones, so that what a screen lets through and what a rule accepts cannot drift apart.
"""

from __future__ import annotations

import re
from functools import cache

__all__ = [
    "DATE",
    "DATETIME",
    "DECIMAL",
    "FORMS",
    "LIMITS",
    "NEVER_SPLIT",
    "PADDING",
    "TEXT_LIMITS",
    "TIME",
    "form",
]

_MONTH_DAY = (
    rb"(?:(?:0[13578]|1[02])(?:0[1-9]|[12]\d|3[01])"
    rb"|(?:0[469]|11)(?:0[1-9]|[12]\d|30)"
    rb"|02(?:0[1-9]|1\d|2[0-8]))"
)
DATE = rb"(?!0000)\d{4}" + _MONTH_DAY
"""A DA value; 29 February is left to the calendar (`value/invalid-da`)."""

TIME = rb"(?:[01]\d|2[0-3])(?:[0-5]\d(?:(?:[0-5]\d|60)(?:\.\d{1,6})?)?)?"
"""A TM value."""

_OFFSET = rb"(?:\+(?:0\d|1[0-3])[0-5]\d|\+1400|-(?!0000)(?:0\d|1[01])[0-5]\d|-1200)"
DATETIME = rb"(?!0000)\d{4}(?:" + _MONTH_DAY + rb"(?:" + TIME + rb")?|0[1-9]|1[0-2])?" + _OFFSET + rb"?"
"""A DT value; 29 February is left to the calendar."""

DECIMAL = rb"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[Ee][+-]?\d+)?"
"""A DS value, of any length."""

FORMS: dict[str, bytes] = {
    "AE": rb"[ -\[\]-~]*",
    "AS": rb"\d{3}[DWMY]",
    "CS": rb"[A-Z0-9 _]*",
    "DA": DATE,
    "DS": DECIMAL,
    "DT": DATETIME,
    "IS": rb"[+-]?\d+",
    "TM": TIME,
    "UI": rb"[0-9.]+",
    "UR": rb"(?:[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=]|%[0-9A-Fa-f]{2})+",
}
"""The form of one value, by VR, without padding; lengths are `value/too-long`."""

LIMITS: dict[str, int] = {"AE": 16, "CS": 16, "DS": 16, "IS": 12}
"""The most bytes of one value. DA, AS, TM and DT have lengths that follow from their form."""

TEXT_LIMITS: dict[str, int] = {"LO": 64, "LT": 10240, "PN": 64, "SH": 16, "ST": 1024}
"""The most characters of one value, for PN of one component group."""

NEVER_SPLIT = frozenset(("LT", "ST", "UR", "UT"))
"""VRs in which a backslash is no delimiter: their VM is always 1."""

PADDING = b" \0"
"""Bytes that pad a value field to even length, and that writers add more of."""


@cache
def form(vr: str) -> re.Pattern[bytes]:
    """Return the compiled form of one value of a VR in ISO 646."""
    return re.compile(FORMS[vr])
