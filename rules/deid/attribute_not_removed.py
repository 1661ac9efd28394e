"""An Attribute that the profile removes is there.

## What it does
`dcmlint deid verify` reports each Attribute, at any depth, for which PS3.15 Table E.1-1 with the options of
the profile has action X (remove). Private Attributes are told by `deid/private-retained`. What lies inside
of a Sequence that is itself to be removed is not told again. Where
the value is empty or a dummy, as tools write where the IOD requires the Attribute, it is a note. With
`--against` it says where the value is one of the original; others are often invented by the tool.

## Why this matters
The standard lists these Attributes because they identify patients, persons, places or devices, or because
they are free text in which somebody wrote such things.

## Example
`OtherPatientIDs, which the profile removes, is there`

## Fix
Remove it with the tool that de-identified the files, or name the option that allows it, such as
`basic+clean-desc`.
"""

from __future__ import annotations

from dcmlint.rule import Rule

RULE = Rule(
    severity="error",
    scope="file",
    citation="PS3.15 Table E.1-1",
    message="{attribute}, which the profile removes, {how}",
    on_bytes=True,
)
