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
from typing import TYPE_CHECKING

from dcmlint.model import Found
from dcmlint.read.encode import part10
from dcmlint.rule import Faulty, Fix, Mended, Rule, bad, good
from dcmlint.value import Value
from dcmlint.value_field import text_values

if TYPE_CHECKING:
    from dcmlint.fix.edit import Edit


def check(value: Value) -> Iterator[Found]:
    """Yield a finding for the first name with too many component groups."""
    for name in text_values(value):
        if name.count("=") > 2:
            yield Found(value.tag, {"count": name.count("=") + 1})
            return


def fixed(faulty: Faulty) -> Iterator[Edit]:
    """Yield the value with names of the form that PS3.5 has."""
    from dcmlint.fix.make import replaced
    from dcmlint.fix.names import mended_names, three_groups

    value = mended_names(faulty.item, faulty.tag or 0, three_groups)
    if value is not None:
        yield replaced(faulty.item, faulty.tag or 0, value)


RULE = Rule(
    severity="error",
    scope="value",
    citation="PS3.5 Section 6.2.1.1",
    message="{attribute} has {count} component groups, three are allowed",
    selects=("PN",),
    check=check,
    by_value=True,
    fix=Fix(
        False,
        fixed,
        "Leaves out component groups behind the third if they are empty, and the second or third is not.",
        (
            Mended(
                lambda: part10({"PatientName": "A=B=C=", "OtherPatientNames": ["Doe^John", "A=B=="]}),
                lambda: part10({"PatientName": "A=B=C", "OtherPatientNames": ["Doe^John", "A=B="]}),
            ),
            Mended(
                lambda: part10({"PatientName": "TmFtZQ==="}), lambda: part10({"PatientName": "TmFtZQ==="})
            ),
        ),
    ),
    cases=(
        good(PatientName="Yamada^Tarou=A^B=C^D"),
        good(PatientName="=="),
        good(SpecificCharacterSet="ISO_IR 192", PatientName="Yamada^Tarou=山田^太郎=やまだ^たろう"),
        bad("PatientName", PatientName="A=B=C=D"),
        bad("PatientName", PatientName="TmFtZQ==="),
        bad("OtherPatientNames", OtherPatientNames=["Doe^John", "A=B=C="]),
    ),
)
