"""A Code String holds characters other than upper case letters, digits, space and underscore.

## What it does
Checks the characters of each value of an Attribute of VR CS. Specific Character Set (0008,0005) is left to
`value/charset-unknown`.

## Why this matters
Code Strings are compared exactly with Defined Terms and Enumerated Values; `Axial` is not `AXIAL`, and
routing and hanging rules that test for the latter do not fire.

## Example
A value `Anon` or `40:f4:a0` in an Attribute of VR CS.

## Fix
Write the Defined Term as PS3.3 spells it. In private Data Elements choose another VR (LO, SH) for free
text.
"""

from __future__ import annotations

from collections.abc import Iterator

from dcmlint.model import Found
from dcmlint.read.charset import SPECIFIC_CHARACTER_SET
from dcmlint.rule import Raw, Rule, bad, good
from dcmlint.value import Value
from dcmlint.value_field import malformed, what_byte

_ALLOWED = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 _"


def check(value: Value) -> Iterator[Found]:
    """Yield a finding for the first value with a character that CS does not allow."""
    if value.tag != SPECIFIC_CHARACTER_SET:
        yield from malformed(value, lambda part: what_byte(part, _ALLOWED))


RULE = Rule(
    severity="error",
    scope="value",
    citation="PS3.5 Table 6.2-1 (CS)",
    message="{attribute} {value} is no valid Code String (CS): {what}",
    selects=("CS",),
    check=check,
    by_value=True,
    cases=(
        good(Modality="CT"),
        good(ImageType=["ORIGINAL", "PRIMARY", "MPR_2 X"]),
        good(BodyPartExamined=""),
        good(SpecificCharacterSet="utf-8"),
        good(BodyPartExamined="A" * 20),
        bad("BodyPartExamined", BodyPartExamined="Chest"),
        bad("ImageType", ImageType=["ORIGINAL", "PRIMARY", "T1-W"]),
        bad("BodyPartExamined", BodyPartExamined=Raw("CS", b"CHEST\nPA")),
        bad("BodyPartExamined", BodyPartExamined=Raw("CS", b"SCH\xc4DEL ")),
        bad(
            "ViewCodeSequence[1].ImageLaterality",
            ViewCodeSequence=[{"ImageLaterality": "r"}],
        ),
    ),
)
