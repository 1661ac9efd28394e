"""An attribute that a condition requires, if only without a value (Type 2C), is missing.

## What it does
Finds attributes of Type 2C that are absent although their condition holds. The condition is looked up in
the same Item first, then in the enclosing Items and in the functional groups of the frame. Where it
cannot be decided, nothing is reported. It is an error where two independent sources of the condition
agree, and a warning where only one of them says so.

## Why this matters
The empty attribute says that the sender has no value. When it is absent, receivers cannot tell whether
the value is unknown or the sender never thought of it: for Laterality that decides on the side of the body.

## Example
A CT image without Patient Position.

## Fix
Write the attribute: with its value, or empty if there is none.
"""

from __future__ import annotations

from dcmlint.rule import Rule, bad, good

_CT = "1.2.840.10008.5.1.4.1.1.2"
_SERIES = {"SOPClassUID": _CT, "ImageOrientationPatient": [1, 0, 0, 0, 1, 0], "Laterality": "L"}

RULE = Rule(
    severity="error",
    scope="table",
    citation="PS3.5 Section 7.4.4",
    message="{attribute} is missing; its condition in {module} requires it, empty if need be (Type 2C)",
    cases=(
        good(_SERIES, PatientPosition="HFS"),
        good(_SERIES, PatientPosition=None),
        good(SOPClassUID="1.2.840.10008.5.1.4.1.1.104.1"),
        bad("PatientPosition", _SERIES),
    ),
)
