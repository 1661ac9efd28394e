"""Attributes are present that the IOD does not have.

## What it does
Lists attributes of the standard that are in no module of the object's IOD. The object is then of a Standard
Extended SOP Class, which is allowed: this is a note. Private attributes, retired ones and those that are
unknown to the tables are left out.

## Why this matters
Receivers ignore such attributes or stumble over them. Often they were copied from another object, as when
a secondary capture keeps the X-ray technique of the image it was made from.

## Example
KVP in an RT Structure Set.

## Fix
Nothing, if the attributes mean something here. Otherwise remove them. The Conformance Statement has to
mention those that an implementation adds.
"""

from __future__ import annotations

from dcmlint.rule import Rule, bad, good

_CT = "1.2.840.10008.5.1.4.1.1.2"
_STRUCTURES = "1.2.840.10008.5.1.4.1.1.481.3"

RULE = Rule(
    severity="note",
    scope="table",
    citation="PS3.4 Section B.3.2.1",
    message="{count} attributes are not part of the {iod} IOD (Standard Extended SOP Class)",
    cases=(
        good(SOPClassUID=_CT, KVP=120, PatientID="1"),
        good(SOPClassUID=_CT, InstanceNumber="1", OverlayRows=4),
        good({"00090010": "ACME", "00091001": "X"}, SOPClassUID=_CT),
        good(SOPClassUID="1.2.3.4", KVP=120),
        bad("", SOPClassUID=_STRUCTURES, KVP=120),
        bad("", SOPClassUID=_CT, NumberOfBeams=1),
    ),
)
