"""A Short String holds a line end, a tab or a NUL.

## What it does
Checks that the value of an Attribute of VR SH is one line of text: no tab, line feed, form feed or
carriage return, and no NUL before its end. Other control characters are `value/control-character`,
characters beyond the declared character set `value/charset-undeclared`, the length is `value/too-long`.

## Why this matters
Line ends split the value in worklists, exports and log files, and a NUL ends it in every program written
in C: two systems then see two different values.

## Example
Station Name (0008,1010) with a line feed between two words.

## Fix
Write one line without control characters, padded with a space if its length is odd.
"""

from __future__ import annotations

from dcmlint.rule import Raw, Rule, bad, good
from dcmlint.value_field import text_controls

RULE = Rule(
    severity="error",
    scope="value",
    citation="PS3.5 Section 6.1.3, Table 6.2-1 (SH)",
    message="{attribute} is no valid Short String (SH): {what}",
    selects=("SH",),
    check=text_controls,
    by_value=True,
    odd_bytes=True,
    cases=(
        good(StationName="Head and neck"),
        good(StationName=""),
        good(StationName=Raw("SH", b"padded\0\0")),
        good(StationName=Raw("SH", b"bell\x07 ")),
        bad("StationName", StationName=Raw("SH", b"two\r\nlines ")),
        bad("StationName", StationName=Raw("SH", b"a\tb ")),
        bad("StationName", StationName=Raw("SH", b"line end\n ")),
        bad("StationName", StationName=Raw("SH", b"old\0value")),
    ),
)
