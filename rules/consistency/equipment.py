"""Instances of one series were made by different equipment.

## What it does
Compares the Attributes of the Equipment Information Entity over all instances of a Series Instance UID
(0020,000E). Pixel Padding Value and Spatial Resolution, which depend on the image, are left out. Absent and
empty values disagree with nothing.

## Why this matters
One Series has one Equipment. Statistics by scanner, dose reports and harmonisation of research data rely on
it; a workstation that adds to the series of a scanner hides what is derived.

## Example
A workstation stores reformatted images, with its own Manufacturer, into the series of the scanner.

## Fix
Store what another device makes as a series of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from dcmlint.model import Found
from dcmlint.rule import Rule, bad_group, good_group

if TYPE_CHECKING:
    from dcmlint.group import Group, Member


def check(group: Group) -> Iterator[tuple[Member, Found]]:
    """Yield what differs from most of the series."""

    from dcmlint.agree import disagreements, told

    for each in disagreements("equipment", group.members):
        yield each.member, told(each, "instance", "the series")


_ONE = {
    "SOPInstanceUID": "1.2.3.1",
    "SeriesInstanceUID": "1.2.4",
    "Manufacturer": "Acme",
    "StationName": "CT1",
    "PixelPaddingValue": -2000,
}
_TWO = {**_ONE, "SOPInstanceUID": "1.2.3.2"}

RULE = Rule(
    severity="error",
    scope="group",
    citation="PS3.3 Sections A.1.2.3, A.1.2.4 and C.7.5.1",
    message="{attribute} differs from that of {others}{such}",
    over=("series",),
    check=check,
    cases=(
        good_group(_ONE, _TWO),
        good_group(_ONE, {**_TWO, "StationName": "", "PixelPaddingValue": -1024}),
        good_group(_ONE, {**_TWO, "SeriesInstanceUID": "1.2.5", "StationName": "CT2"}),
        bad_group("1", "StationName", _ONE, {**_TWO, "StationName": "CT2"}),
        bad_group("1", "Manufacturer", _ONE, {**_TWO, "Manufacturer": "Other"}),
    ),
)
