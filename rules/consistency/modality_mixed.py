"""Instances of one series have different modalities.

## What it does
Compares Modality (0008,0060) over all instances of a Series Instance UID (0020,000E).

## Why this matters
All instances of a Series are of one modality. Worklists, hanging protocols and routing rules look at the
first instance of a series and treat the others like it.

## Example
A dose report (SR) stored into the series of the CT images.

## Fix
Store what has another modality as a series of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from dcmlint.model import Found
from dcmlint.rule import Rule, bad_group, good_group

if TYPE_CHECKING:
    from dcmlint.group import Group, Member


_MODALITY = 0x00080060


def check(group: Group) -> Iterator[tuple[Member, Found]]:
    """Yield the instances that are not of the modality of most."""

    from dcmlint.agree import disagreements

    for each in disagreements("series", group.members, tags=(_MODALITY,)):
        yield each.member, Found(_MODALITY, {"value": each.value, "value_other": each.value_other})


_CT = {"SOPInstanceUID": "1.2.3.1", "SeriesInstanceUID": "1.2.4", "Modality": "CT"}
_SR = {"SOPInstanceUID": "1.2.3.2", "SeriesInstanceUID": "1.2.4", "Modality": "SR"}

RULE = Rule(
    severity="error",
    scope="group",
    citation="PS3.3 Sections A.1.2.3 and C.7.3.1.1.1",
    message="{attribute} is {value} in a series of {value_other}",
    over=("series",),
    check=check,
    cases=(
        good_group(_CT, {**_CT, "SOPInstanceUID": "1.2.3.2"}),
        good_group(_CT, {**_SR, "SeriesInstanceUID": "1.2.5"}),
        bad_group("1", "Modality", _CT, _SR),
    ),
)
