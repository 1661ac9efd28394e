"""A Person Name has more than five components in a component group.

## What it does
Counts the components, separated by `^`, of each component group of a Person Name: family name complex,
given name complex, middle name, name prefix, name suffix.

## Why this matters
The sixth component has no meaning: readers drop it or refuse the name, and names no longer match.

## Example
Patient's Name (0010,0010) with the value `Doe^John^^^^^MD`.

## Fix
Put suffixes and degrees into the fifth component, separated by spaces or commas. `^` is not allowed inside
a component.
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
    """Yield a finding for the first component group with too many components."""
    for name in text_values(value):
        for group in name.split("=")[:3]:
            if group.count("^") > 4:
                yield Found(value.tag, {"count": group.count("^") + 1})
                return


def fixed(faulty: Faulty) -> Iterator[Edit]:
    """Yield the value with names of the form that PS3.5 has."""
    from dcmlint.fix.make import replaced
    from dcmlint.fix.names import five_components, mended_names

    value = mended_names(faulty.item, faulty.tag or 0, five_components)
    if value is not None:
        yield replaced(faulty.item, faulty.tag or 0, value)


RULE = Rule(
    severity="error",
    scope="value",
    citation="PS3.5 Section 6.2.1.1",
    message="{attribute} has {count} components in a component group, five are allowed",
    selects=("PN",),
    check=check,
    by_value=True,
    fix=Fix(
        False,
        fixed,
        "Joins what follows the fourth component to one suffix, with spaces between.",
        (
            Mended(
                lambda: part10(
                    {"PatientName": "Doe^John^^^^^MD", "OtherPatientNames": ["A^B", "A^B^C^D^E^"]}
                ),
                lambda: part10({"PatientName": "Doe^John^^^MD", "OtherPatientNames": ["A^B", "A^B^C^D^E"]}),
            ),
        ),
    ),
    cases=(
        good(PatientName="Doe^John^Quincy^Rev.^B.A., M.Div."),
        good(PatientName="^^^^"),
        good(PatientName="Yamada^Tarou=A^B^C^D^E=F^G^H^I^J"),
        good(SpecificCharacterSet=["", "ISO 2022 IR 87"], PatientName="Yamada^Tarou=山田^太郎"),
        bad("PatientName", PatientName="Doe^John^^^^^MD"),
        bad("PatientName", PatientName="Yamada^Tarou=A^B^C^D^E^F"),
        bad("OtherPatientNames", OtherPatientNames=["Doe^John", "A^B^C^D^E^"]),
    ),
)
