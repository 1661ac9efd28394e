"""A Long String holds a line end, a tab or a NUL.

## What it does
Checks that the value of an Attribute of VR LO is one line of text: no tab, line feed, form feed or
carriage return, and no NUL before its end. Other control characters are `value/control-character`,
characters beyond the declared character set `value/charset-undeclared`, the length is `value/too-long`.

## Why this matters
Line ends split the value in worklists, exports and log files, and a NUL ends it in every program written
in C: two systems then see two different values.

## Example
Series Description (0008,103E) with a line feed between two words.

## Fix
Write one line without control characters, padded with a space if its length is odd.
"""

from __future__ import annotations

from dcmlint.rule import Raw, Rule, bad, good
from dcmlint.value_field import text_controls

RULE = Rule(
    severity="error",
    scope="value",
    citation="PS3.5 Section 6.1.3, Table 6.2-1 (LO)",
    message="{attribute} is no valid Long String (LO): {what}",
    selects=("LO",),
    check=text_controls,
    by_value=True,
    odd_bytes=True,
    cases=(
        good(SeriesDescription="Head and neck"),
        good(SeriesDescription=""),
        good(SeriesDescription=Raw("LO", b"padded\0\0")),
        good(SeriesDescription=Raw("LO", b"bell\x07 ")),
        bad("SeriesDescription", SeriesDescription=Raw("LO", b"two\r\nlines ")),
        bad("SeriesDescription", SeriesDescription=Raw("LO", b"a\tb ")),
        bad("SeriesDescription", SeriesDescription=Raw("LO", b"line end\n ")),
        bad("SeriesDescription", SeriesDescription=Raw("LO", b"old\0value")),
    ),
)
