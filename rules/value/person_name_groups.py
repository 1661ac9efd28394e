"""A Person Name has more than three component groups.

## What it does
Counts the component groups, separated by `=`, of a Person Name: alphabetic, ideographic and phonetic.

## Why this matters
A fourth group has no meaning. The usual cause is an equals sign in free text, or base64, written into a
name; readers then show only a part of it.

## Example
Patient's Name (0010,0010) with the value `TmFtZQ===`.

## Fix
Write at most three component groups; an equals sign is not allowed inside a name.
"""

from __future__ import annotations

from collections.abc import Iterator

from dcmlint.model import Found
from dcmlint.rule import Rule, bad, good
from dcmlint.value import Value
from dcmlint.value_field import text_values


def check(value: Value) -> Iterator[Found]:
    """Yield a finding for the first name with too many component groups."""
    for name in text_values(value):
        if name.count("=") > 2:
            yield Found(value.tag, {"count": name.count("=") + 1})
            return


RULE = Rule(
    severity="error",
    scope="value",
    citation="PS3.5 Section 6.2.1.1",
    message="{attribute} has {count} component groups, three are allowed",
    selects=("PN",),
    check=check,
    by_value=True,
    cases=(
        good(PatientName="Yamada^Tarou=A^B=C^D"),
        good(PatientName="=="),
        good(SpecificCharacterSet="ISO_IR 192", PatientName="Yamada^Tarou=山田^太郎=やまだ^たろう"),
        bad("PatientName", PatientName="A=B=C=D"),
        bad("PatientName", PatientName="TmFtZQ==="),
        bad("OtherPatientNames", OtherPatientNames=["Doe^John", "A=B=C="]),
    ),
)
