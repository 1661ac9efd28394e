"""An Unlimited Text holds a NUL in its middle.

## What it does
Checks that the value of an Attribute of VR UT holds no NUL before its end. Tabs and line ends are fine in
UT; other control characters are `value/control-character`.

## Why this matters
What follows a NUL is usually left over from another value in the writer's memory, possibly of another
patient. Programs written in C show the text up to the NUL, others all of it.

## Example
Text Value (0040,A160) with a NUL between two sentences.

## Fix
Write the characters of the text only, padded with a space if their number is odd.
"""

from __future__ import annotations

from dcmlint.rule import Raw, Rule, bad, good
from dcmlint.value_field import text_controls

RULE = Rule(
    severity="error",
    scope="value",
    citation="PS3.5 Section 6.1.3, Table 6.2-1 (UT)",
    message="{attribute} is no valid Unlimited Text (UT): {what}",
    selects=("UT",),
    check=text_controls,
    by_value=True,
    odd_bytes=True,
    cases=(
        good(TextValue="First line\r\nSecond\tline \\ end\f"),
        good(TextValue=""),
        good(TextValue=Raw("UT", b"padded\0\0")),
        good(TextValue=Raw("UT", b"bell\x07 ")),
        bad("TextValue", TextValue=Raw("UT", b"old\0value")),
    ),
)
