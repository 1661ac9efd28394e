"""A Person Name holds a line end, a tab or a NUL.

## What it does
Checks that the value of an Attribute of VR PN is one line of text: no tab, line feed, form feed or
carriage return, and no NUL before its end. Components and component groups are
`value/person-name-components` and `value/person-name-groups`, other control characters
`value/control-character`, the length is `value/too-long`.

## Why this matters
Line ends split the value in worklists, exports and log files, and a NUL ends it in every program written
in C: two systems then see two different values.

## Example
Patient's Name (0010,0010) with a line feed between two words.

## Fix
Write one line without control characters, padded with a space if its length is odd.
"""

from __future__ import annotations

from dcmlint.rule import Raw, Rule, bad, good
from dcmlint.value_field import text_controls

RULE = Rule(
    severity="error",
    scope="value",
    citation="PS3.5 Section 6.1.3, Table 6.2-1 (PN)",
    message="{attribute} is no valid Person Name (PN): {what}",
    selects=("PN",),
    check=text_controls,
    by_value=True,
    odd_bytes=True,
    cases=(
        good(PatientName="Head and neck"),
        good(PatientName=""),
        good(PatientName=Raw("PN", b"padded\0\0")),
        good(PatientName=Raw("PN", b"bell\x07 ")),
        bad("PatientName", PatientName=Raw("PN", b"two\r\nlines ")),
        bad("PatientName", PatientName=Raw("PN", b"a\tb ")),
        bad("PatientName", PatientName=Raw("PN", b"line end\n ")),
        bad("PatientName", PatientName=Raw("PN", b"old\0value")),
    ),
)
